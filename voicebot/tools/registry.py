"""All tools, and calling one by name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from voicebot.tools import check_order_status, create_return, search_products
from voicebot.tools.base import Tool, ToolContext, ToolResult, error


def load_tools() -> tuple[Tool, ...]:
    """The tools of this shop; their names are unique."""
    return (check_order_status.TOOL, search_products.TOOL, create_return.TOOL)


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
        if kind == "amount":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or value < 0:
                return f"{name} must be a number from 0 on"
        elif not isinstance(value, str) or not value.strip():
            return f"{name} must be a text that is not empty"
    missing = [name for name in tool.required if name not in arguments]
    return f"{', '.join(missing)} is missing" if missing else ""
