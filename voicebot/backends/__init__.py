"""Adapters of the stages' libraries. Importing anything from here first prepares the environment.

The libraries read these variables once, when they are first imported or make their first thread, so
they are set here, before any adapter can import its library. What the user has set stays, except
where it would let a library reach for the network.
"""

import os

OFFLINE = {
    # onnxruntime looks up a telemetry host at its import and again later.
    "ORT_DISABLE_TELEMETRY": "1",
    # Model files are fetched by `models pull` alone.
    "HF_HUB_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
}
THREADS = {
    # The tokenizers are used on one thread each; their own pool only warns about forks.
    "TOKENIZERS_PARALLELISM": "false",
    # Threads that spin at barriers starve everything else on a box with two cores.
    "OMP_WAIT_POLICY": "passive",
}

os.environ.update(OFFLINE)
for name, value in THREADS.items():
    os.environ.setdefault(name, value)
