"""What customers say and what has to come of it: scenarios in TOML, questions in JSON.

    [shop]                                  # of this file; paths are relative to it
    orders = "orders.json"                  # where none is given, the shop's own data are used
    products = "products.json"
    documents = "manuals"

    [[scenario]]
    id = "return-broken"
    kind = "returns"
    orders = [{ order_id = "ORD900", delivered_at = "today-3", ... }]   # rows that override
    returns = [{ order_id = "ORD900", reason = ["broken", "defect"] }]  # at the end; [] is none

    [[scenario.turns]]
    customer = "I want to return order ORD900."
    says = [["last name", "surname"], "order"]  # each has to be said; of a list, one
    never = ["Garcia"]
    means = ["dialogue"]                        # one of events.Means
    tools = []                                  # exactly these, in this order; not given: any

Whatever a scenario does not expect of the shop's data must not happen to them.
"""

from __future__ import annotations

import difflib
import json
import tomllib
import typing
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from voicebot.errors import ConfigError
from voicebot.evaluation.words import normalised
from voicebot.events import Means


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _sayable(text: str) -> str:
    if not normalised(text):
        raise ValueError(f"{text!r} has no word or figure in it")
    return text


Phrase = Annotated[str, AfterValidator(_sayable)]
Either = Annotated[tuple[Phrase, ...], BeforeValidator(_listed), Field(min_length=1)]
Slug = Annotated[str, Field(pattern=r"^[\w.-]+$")]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExpectedTool(_Table):
    """arguments: those that matter. A text has to stand in what the tool was given, of a list one
    has to; numbers and truth values have to be equal."""

    name: str
    arguments: dict[str, str | float | bool | list[str]] = {}


class ExpectedReturn(_Table):
    """reason: one of these stands in the reason that was written down; () is any."""

    order_id: str
    reason: Annotated[tuple[Phrase, ...], BeforeValidator(_listed)] = ()


class Turn(_Table):
    """spoken: how it is said aloud, where a synthesiser would read `customer` wrongly."""

    customer: str = Field(min_length=1)
    spoken: str = ""
    says: tuple[Either, ...] = ()
    never: tuple[Phrase, ...] = ()
    means: tuple[Means, ...] = ()
    tools: tuple[ExpectedTool, ...] | None = None

    @property
    def expects(self) -> bool:
        return bool(self.says or self.never or self.means) or self.tools is not None


class Scenario(_Table):
    """One dialogue. orders, products: rows as in the shop's files; "today" and "today-N" are dates.
    returns: all that are to be made; () where None is to be."""

    id: Slug
    kind: Slug
    about: str = ""
    documents: str = ""
    orders: tuple[dict[str, Any], ...] = ()
    products: tuple[dict[str, Any], ...] = ()
    turns: tuple[Turn, ...] = Field(min_length=1)
    returns: tuple[ExpectedReturn, ...] = ()

    @model_validator(mode="after")
    def _can_fail(self) -> Scenario:
        if not self.returns and not any(turn.expects for turn in self.turns):
            raise ValueError("it expects nothing: give a turn `says`, `never`, `means` or `tools`")
        return self


class _Shop(_Table):
    orders: str = ""
    products: str = ""
    documents: str = ""


class _ScenarioFile(_Table):
    shop: _Shop = _Shop()
    scenario: tuple[Scenario, ...] = Field(min_length=1)


class _Question(_Table):
    """source, why: for people: where its answer stands, or what is missing."""

    id: Slug
    ask: str = Field(min_length=1)
    facts: tuple[Either, ...] = ()
    wrong: tuple[Phrase, ...] = ()
    kind: Slug = "documents"
    source: str | tuple[str, ...] = ()
    why: str = ""


class _QuestionFile(_Table):
    shop: str = ""
    questions: tuple[_Question, ...] = Field(min_length=1)


@dataclass(frozen=True)
class ShopFiles:
    """Where a scenario's shop comes from; None: from the settings in force. empty: no orders and no
    products at all, where another shop's documents are asked."""

    orders: Path | None = None
    products: Path | None = None
    documents: Path | None = None
    empty: bool = False


@dataclass(frozen=True)
class Case:
    """A scenario that can be run. answerable: of a question, whether the documents hold its answer;
    None for what is no question."""

    scenario: Scenario
    shop: ShopFiles
    answerable: bool | None = None


def load(paths: Iterable[Path], documents: Path | None = None) -> list[Case]:
    """All cases of the files; of a folder, all *.toml and questions*.json below it.

    documents: for cases whose file names none. Raises ConfigError: a file that cannot be read, an
    unknown key with the nearest known one, an id that stands twice, a folder without scenarios.
    """
    cases = [case for path in _files(paths) for case in _read(path, documents)]
    twice = [name for name, n in Counter(case.scenario.id for case in cases).items() if n > 1]
    if twice:
        raise ConfigError(f"these ids stand twice: {', '.join(twice)}; give each scenario its own")
    return cases


def only(cases: Sequence[Case], wanted: Sequence[str]) -> list[Case]:
    """Those whose kind or id is wanted; all where nothing is. Raises ConfigError for a name that
    no case has."""
    known = {name for case in cases for name in (case.scenario.kind, case.scenario.id)}
    for name in wanted:
        if name not in known:
            raise ConfigError(f"no scenario is of kind or id {name!r}{_meant(name, known)}")
    return [
        case
        for case in cases
        if not wanted or case.scenario.kind in wanted or case.scenario.id in wanted
    ]


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted([*path.rglob("*.toml"), *path.rglob("questions*.json")])
        if not found:
            raise ConfigError(f"{path} holds no scenarios (*.toml) or questions (questions*.json)")
        yield from found


def _read(path: Path, documents: Path | None) -> list[Case]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as exc:  # TOML's and JSON's errors are ValueErrors
        raise ConfigError(f"{path} cannot be read: {exc}") from exc
    if path.suffix == ".json":
        questions = _parsed(path, _QuestionFile, data).questions
        shop = ShopFiles(documents=documents, empty=documents is not None)
        return [Case(_asked(question), shop, bool(question.facts)) for question in questions]
    file = _parsed(path, _ScenarioFile, data)
    return [Case(scenario, _shop(path, file, scenario, documents)) for scenario in file.scenario]


def _asked(question: _Question) -> Scenario:
    """Nothing but "I don't know" is right where the documents are silent."""
    means: tuple[Means, ...] = () if question.facts else ("unknown",)
    turn = Turn(customer=question.ask, says=question.facts, never=question.wrong, means=means)
    return Scenario(id=question.id, kind=question.kind, about=question.why, turns=(turn,))


def _shop(path: Path, file: _ScenarioFile, scenario: Scenario, documents: Path | None) -> ShopFiles:
    def beside(name: str) -> Path | None:
        if not name:
            return None
        found = (path.parent / name).resolve()
        if not found.exists():
            raise ConfigError(f"{path}: there is no {found}, named as {name!r}")
        return found

    own = beside(scenario.documents or file.shop.documents)
    return ShopFiles(beside(file.shop.orders), beside(file.shop.products), own or documents)


# ------------------------------------------------------------------ what is wrong with a file

T = typing.TypeVar("T", bound=BaseModel)


def _parsed(path: Path, model: type[T], data: Any) -> T:
    try:
        return model.model_validate(data)
    except ValidationError as exc:
        problems = [_problem(model, data, dict(error)) for error in exc.errors()]
    raise ConfigError(f"{path}: {'; '.join(dict.fromkeys(problems))}")


def _problem(model: type[BaseModel], data: Any, error: dict[str, Any]) -> str:
    loc = tuple(error["loc"])
    place = _place(data, loc)
    if error["type"] == "extra_forbidden":
        known = _keys(model, loc[:-1])
        return f"{_place(data, loc[:-1])}unknown key {loc[-1]!r}{_meant(str(loc[-1]), known)}"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{place}{message[:1].lower()}{message[1:]}"


def _place(data: Any, loc: Sequence[str | int]) -> str:
    """("scenario", 3, "turns", 0, "says") as "scenario return-broken, turns 1, says: "."""
    parts: list[str] = []
    for part in loc:
        try:
            data = data[part]
        except (LookupError, TypeError):
            data = None
        if isinstance(part, int) and parts:
            name = data.get("id") if isinstance(data, dict) else None
            parts[-1] += f" {name or part + 1}"
        else:
            parts.append(str(part))
    return f"{', '.join(parts)}: " if parts else ""


def _keys(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys that are known at a place."""
    for part in loc:
        field = model.model_fields.get(str(part)) if isinstance(part, str) else None
        if field is not None:
            model = next(_models(field.annotation), model)
    return list(model.model_fields)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models(inner)


def _meant(name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f": did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
