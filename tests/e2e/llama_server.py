"""llama-cpp-python's own server with OpenAI's API: `python llama_server.py --model F --port N ...`.

Where a virtual machine announces AMX and has none, weights must not be packed for it; the server
has no option for that (see `llama_context`).
"""

from __future__ import annotations

import runpy
from typing import Any

import llama_cpp

_defaults = llama_cpp.llama_cpp.llama_model_default_params


def _without_extra_buffers() -> Any:
    params = _defaults()
    params.use_extra_bufts = False
    return params


if __name__ == "__main__":
    llama_cpp.llama_cpp.llama_model_default_params = _without_extra_buffers
    runpy.run_module("llama_cpp.server", run_name="__main__")
