"""A tool of the shop's own: one Python file that `tools.files` names.

EXAMPLES = ("When do you open on Sunday?", ...)
SAY = "On {day} we are open {hours}."

def store_hours(day: Literal["today", "Sunday"] = "today") -> dict[str, str]:
    \"\"\"When the shop is open.\"\"\"
"""

from __future__ import annotations

import importlib.util
import inspect
import string
import sys
import traceback
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from voicebot.dialogue.slots import Slot
from voicebot.errors import ConfigError
from voicebot.tools.base import Argument, Tool, ToolContext, ToolResult, error

LEAST_EXAMPLES = 3
SORRY = "I'm sorry, I can't find that out right now."
_KINDS: Mapping[str, Argument] = {"text": "text", "number": "number", "choice": "choice"}


def load(path: Path) -> Tool:
    """The tool in that file. Raises ConfigError with file, line and what to do."""
    module = _imported(path)
    function = getattr(module, path.stem, None)
    if not inspect.isfunction(function):
        raise ConfigError(
            f"tools.files: {path} has no function {path.stem}(): name it like its file"
        )
    where = f"tools.files: {path}, line {function.__code__.co_firstlineno}"
    described = inspect.getdoc(function)
    if not described:
        raise ConfigError(f"{where}: {path.stem}() has no docstring: say in one what it does")
    examples = getattr(module, "EXAMPLES", ())
    if isinstance(examples, str) or not _are_texts(examples) or len(examples) < LEAST_EXAMPLES:
        raise ConfigError(
            f"tools.files: {path}: EXAMPLES needs {LEAST_EXAMPLES} or more sentences with which"
            " customers ask for it"
        )
    slots = _slots(function, getattr(module, "ASK", {}), where)
    say = getattr(module, "SAY", "")
    _check_template(say, f"tools.files: {path}")
    return Tool(
        name=path.stem,
        description=described.splitlines()[0],
        examples=tuple(examples),
        arguments={slot.name: _KINDS[slot.kind] for slot in slots},
        required=tuple(slot.name for slot in slots if slot.required),
        changes=False,
        needs_verification=False,
        run=_runner(path.stem, function, say),
        slots=slots,
        own=True,
    )


def _imported(path: Path) -> ModuleType:
    name = f"voicebot_tool_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ConfigError(f"tools.files: there is no Python file {path}")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as exc:
        raise ConfigError(f"tools.files: {exc.filename}, line {exc.lineno}: {exc.msg}") from exc
    except (Exception, SystemExit) as exc:
        lines = [
            f.lineno for f in traceback.extract_tb(exc.__traceback__) if f.filename == str(path)
        ]
        line = f", line {lines[-1]}" if lines else ""
        raise ConfigError(f"tools.files: {path}{line}: {exc!r}") from exc
    return module


def _slots(function: Callable[..., Any], ask: Mapping[str, str], where: str) -> tuple[Slot, ...]:
    try:
        hints = typing.get_type_hints(function)
    except Exception as exc:
        raise ConfigError(f"{where}: its types cannot be read: {exc}") from exc
    found: list[Slot] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise ConfigError(f"{where}: *{name} cannot be filled: name each parameter")
        kind, choices = _kind(hints.get(name))
        if not kind:
            raise ConfigError(
                f"{where}: the type of {name} must be str, int, float or a Literal of texts"
            )
        question = ask.get(name, f"What {name.replace('_', ' ')}, please?")
        required = parameter.default is parameter.empty
        found.append(Slot(name, kind, choices, required, question))
    return tuple(found)


def _kind(hint: Any) -> tuple[typing.Literal["text", "number", "choice", ""], tuple[str, ...]]:
    options = [one for one in typing.get_args(hint) if one is not type(None)]
    if typing.get_origin(hint) is typing.Literal:
        return ("choice", tuple(options)) if _are_texts(options) else ("", ())
    if options and len(options) == 1:  # X | None
        return _kind(options[0])
    if hint is str:
        return "text", ()
    return ("number", ()) if hint in (int, float) else ("", ())


def _are_texts(values: Any) -> bool:
    return isinstance(values, list | tuple) and all(isinstance(one, str) and one for one in values)


def _check_template(say: Any, where: str) -> None:
    try:
        fields = list(string.Formatter().parse(say))
    except (TypeError, ValueError) as exc:
        raise ConfigError(
            f"{where}: SAY is no template: {exc}; write {{name}} for a value"
        ) from exc
    if any(name is not None and not name.isidentifier() for _, name, _, _ in fields):
        raise ConfigError(f"{where}: SAY may only have {{names}} of what the function returns")


def _runner(name: str, function: Callable[..., Any], say: str) -> Callable[..., ToolResult]:
    defaults = {
        key: one.default
        for key, one in inspect.signature(function).parameters.items()
        if one.default is not one.empty
    }
    integers = {key for key, hint in typing.get_type_hints(function).items() if hint is int}

    def run(_: ToolContext, **arguments: Any) -> ToolResult:
        given = {k: int(v) if k in integers else v for k, v in arguments.items()}
        try:
            result = function(**given)
            data = dict(result) if isinstance(result, Mapping) else {"result": result}
            words = say.format(**{**defaults, **given, **data}) if say else str(result)
        except (Exception, SystemExit) as exc:  # it is the shop's own code, and may raise anything
            return error("failed", f"{name}: {exc!r}", SORRY)
        return ToolResult(True, data, words)

    return run
