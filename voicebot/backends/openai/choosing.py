"""A choice among options in the API's terms, and what came back held against the options."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from voicebot.stages import Option

TOOL = "choose"
UNLIKELY = -20.0  # log probability of a word that is not among the likeliest tokens


def offered(options: Sequence[Option], how: Literal["tools", "tool", "schema"]) -> dict[str, Any]:
    """The fields of a request that may only be answered with one of the options.

    tools: a tool each. tool: one tool with a list, for servers that can be made to call a named
    tool but not any. schema: for models that call no tools.
    """
    if how == "tools":
        # No arguments: what a tool is called with is what the dialogue has heard and proved.
        nothing = {"type": "object", "properties": {}, "additionalProperties": False}
        tools = [_function(one.tool, one.description, nothing) for one in options]
        return {"tools": tools, "tool_choice": "required"}
    schema = {
        "type": "object",
        "properties": {"choice": {"type": "string", "enum": [one.word for one in options]}},
        "required": ["choice"],
        "additionalProperties": False,
    }
    if how == "tool":
        named = {"type": "function", "function": {"name": TOOL}}
        listed = "; ".join(f"{one.word}: {one.description}" for one in options)
        return {"tools": [_function(TOOL, listed, schema)], "tool_choice": named}
    form = {"name": TOOL, "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": form}}


def _function(name: str, description: str, parameters: dict[str, Any]) -> dict[str, Any]:
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


def admitted(text: str, tool: str, arguments: str, options: Sequence[Option]) -> str | None:
    """The word of the option that was chosen by a tool call or, where tool is empty, by a text;
    None where it is none of them."""
    if tool and tool != TOOL:
        return next((one.word for one in options if one.tool == tool), None)
    said = arguments if tool else text
    try:
        value = json.loads(said)
    except ValueError:
        value = said.strip()
    chosen = value.get("choice") if isinstance(value, dict) else value
    return next((one.word for one in options if one.word == chosen), None)


def weights(likeliest: Sequence[tuple[str, float]], words: Sequence[str]) -> tuple[float, ...]:
    """Log probability of each word, from the likeliest tokens of the first place and theirs. A word
    is as likely as the likeliest token that it begins with, however that is written."""
    found = []
    for word in words:
        tokens = [(token.strip().lower(), logprob) for token, logprob in likeliest]
        fitting = [logprob for token, logprob in tokens if token and word.startswith(token)]
        found.append(max(fitting, default=UNLIKELY))
    return tuple(found)
