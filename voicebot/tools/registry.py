"""All tools, and calling one by name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from voicebot.dialogue import intents
from voicebot.errors import ConfigError
from voicebot.tools import check_order_status, create_return, custom, search_products
from voicebot.tools.base import Tool, ToolContext, ToolResult, error


def load_tools(files: Sequence[Path] = ()) -> tuple[Tool, ...]:
    """The tools of this shop, those in the files of its own included; their names are unique.
    Raises ConfigError."""
    tools = [check_order_status.TOOL, search_products.TOOL, create_return.TOOL]
    for path in files:
        tool = custom.load(path)
        if any(tool.name in (known.name, *intents.EXAMPLES) for known in tools):
            raise ConfigError(f"tools.files: {path}: there is a {tool.name} already: rename it")
        tools.append(tool)
    return tuple(tools)


def call(
    tools: Sequence[Tool], name: str, context: ToolContext, arguments: Mapping[str, Any]
) -> ToolResult:
    """Run a tool with arguments that came from anywhere: what does not fit is an error result."""
    tool = next((tool for tool in tools if tool.name == name), None)
    if tool is None:
        known = ", ".join(tool.name for tool in tools)
        return error("unknown_tool", f"there is no tool {name!r}; known are {known}", _SORRY)
    wrong = _wrong(tool, arguments)
    if wrong:
        return error("bad_arguments", f"{name}: {wrong}", _SORRY)
    return tool.run(context, **arguments)


_SORRY = "Sorry, I can't do that."


def _wrong(tool: Tool, arguments: Mapping[str, Any]) -> str:
    for name, value in arguments.items():
        kind = tool.arguments.get(name)
        if kind is None:
            return f"unknown argument {name!r}; known are {', '.join(tool.arguments)}"
        if value is None and name not in tool.required:
            continue
        if kind == "choice":
            choices = next(slot.choices for slot in tool.slots if slot.name == name)
            if value not in choices:
                return f"{name} must be one of {', '.join(choices)}"
        elif kind in ("amount", "number"):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or (kind == "amount" and value < 0):
                return f"{name} must be a number{' from 0 on' if kind == 'amount' else ''}"
        elif not isinstance(value, str) or not value.strip():
            return f"{name} must be a text that is not empty"
    missing = [name for name in tool.required if name not in arguments]
    return f"{', '.join(missing)} is missing" if missing else ""
