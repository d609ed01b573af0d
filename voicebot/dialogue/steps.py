"""The dialogue's state, and the steps that follow from it: what is to be said, looked up or done.
Values; `flow.py` makes them, `reply.py` follows them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from voicebot.dialogue.slots import Slot
from voicebot.dialogue.spoken.identifiers import HeardId
from voicebot.dialogue.subjects import Good, Subject
from voicebot.dialogue.turns import Expecting

Asked = Literal[
    "order_id", "which_order", "proof", "reason", "confirm", "argument", "staff", "offer"
]
OFFERS = ("staff", "offer")  # questions that are simply dropped when something else is said
STATUS, SEARCH, RETURN = "check_order_status", "search_products", "create_return"
ORDER_TOOLS = (STATUS, RETURN)


@dataclass(frozen=True)
class Task:
    """A tool that waits for what it still needs."""

    tool: str
    order_id: str | None = None
    options: tuple[str, ...] = ()
    reason: str = ""
    proof: str = ""  # given before it was asked for
    slots: tuple[Slot, ...] = ()  # of a tool of the shop's own, and what of them is known
    known: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class State:
    """All that a dialogue remembers beside its history. verified: orders whose proof was given."""

    asked: Asked | None = None
    task: Task | None = None
    verified: frozenset[str] = frozenset()
    tries: int = 0  # of the open question, answered without sense so far
    said: str = ""  # the last answer, for "say that again"
    unanswered: str = ""  # the question for which a colleague was offered
    offer: str = ""  # what a yes gets to hear
    subjects: tuple[Subject, ...] = ()  # what the last turns were about, the newest first
    waiting: tuple[str, ...] = ()  # asked for besides, and taken up when no question is open


@dataclass(frozen=True)
class Say:
    text: str
    state: State


@dataclass(frozen=True)
class Weigh:
    """Hold an order number that does not exist against its sound: one that does may be meant."""

    text: str
    heard: HeardId
    state: State


@dataclass(frozen=True)
class Verify:
    """Hold the customer's words against the order."""

    order_id: str
    answer: str
    state: State


@dataclass(frozen=True)
class CheckReturn:
    """Look whether the order may be returned at all."""

    order_id: str
    state: State


@dataclass(frozen=True)
class Run:
    tool: str
    arguments: dict[str, Any] = field(hash=False)
    state: State
    confirmed: bool = False
    detail: bool = False  # tell what is known of it, rather than price and stock

    @property
    def call(self) -> str:
        """The same for the same call."""
        return f"{self.tool} {sorted(self.arguments.items())}"


@dataclass(frozen=True)
class CallStaff:
    state: State


Step: TypeAlias = Say | Weigh | Verify | CheckReturn | Run | CallStaff


def describe(state: State, good: Good) -> Run:
    """Tell what is known of a product."""
    return Run(SEARCH, {"query": good.name}, state, detail=True)


def expecting(state: State) -> Expecting:
    """What the customer is likely to say next, for turn-taking."""
    match state.asked:
        case "order_id":
            return Expecting.IDENTIFIER
        case "confirm" | "staff" | "offer" | "which_order" | "proof":
            return Expecting.SHORT
        case _:
            return Expecting.ANYTHING


def was_put(state: State, heard: str) -> bool:
    """Whether the open question counts as asked, of whose answer `heard` was played before it was
    cut. A yes must not change anything unless the order was named."""
    if state.asked != "confirm" or state.task is None:
        return True
    return (state.task.order_id or "") in heard
