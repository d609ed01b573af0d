"""What a tool is, what it is given and what it gives.

A tool guards itself: whatever the dialogue or a language model asks for, `refusal` is called
before anything of an order is told or changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from voicebot.dialogue.slots import Slot
from voicebot.stages import Card

if TYPE_CHECKING:
    from voicebot.store import Store

Argument = Literal["order_id", "text", "amount", "number", "choice"]


@dataclass(frozen=True)
class ToolResult:
    """data: JSON; of an error {"error": {"code", "message"}}. say: what is spoken, plain text with
    amounts as $59.99. card: what the page shows beside it. ask: a question to end with, and offer:
    what a yes to it gets to hear. detail: said in its place where more is asked than that."""

    ok: bool
    data: dict[str, Any]
    say: str
    card: Card | None = None
    ask: str = ""
    offer: str = ""
    detail: str = ""


@dataclass(frozen=True)
class ToolContext:
    """verified: orders whose proof this customer gave. confirmed: orders for which this customer
    said yes to the change in a turn of its own. key: of that yes, for idempotency."""

    store: Store
    verified: frozenset[str] = frozenset()
    confirmed: frozenset[str] = frozenset()
    key: str = ""


@dataclass(frozen=True)
class Tool:
    """examples: sentences of customers who want it; what they say is compared with them.

    run(context, **arguments) is synchronous; it may raise StoreError. changes: it changes the
    shop's data and wants a yes first. slots: what the dialogue fills by itself. own: the shop's
    own code, which may take its time.
    """

    name: str
    description: str
    examples: tuple[str, ...]
    arguments: Mapping[str, Argument]
    required: tuple[str, ...]
    changes: bool
    needs_verification: bool
    run: Callable[..., ToolResult] = field(repr=False)
    slots: tuple[Slot, ...] = ()
    own: bool = False


def error(code: str, message: str, say: str = "") -> ToolResult:
    """A refusal; say: what is spoken, the message where nothing else is given."""
    return ToolResult(False, {"error": {"code": code, "message": message}}, say or message)


def failure(result: ToolResult) -> str | None:
    """What went wrong in a tool; None where it answered, or refused for a good reason."""
    wrong = result.data.get("error", {})
    return wrong["message"] if wrong.get("code") in ("failed", "timeout", "busy") else None


def refusal(context: ToolContext, order_id: str, *, change: bool = False) -> ToolResult | None:
    """Why this customer may not know of the order, or change it; None where they may."""
    if context.store.needs_verification and order_id not in context.verified:
        return error(
            "not_verified",
            "the customer has not given what store.verify asks for",
            "I need to check that the order is yours first.",
        )
    if change and order_id not in context.confirmed:
        return error(
            "not_confirmed",
            "the customer has not said yes to it",
            "I need your yes before I do that.",
        )
    return None


def dollars(amount: float) -> str:
    """ "$59.99", "$60", "$1,200"."""
    return f"${amount:,.0f}" if amount == round(amount) else f"${amount:,.2f}"


def listed(names: list[str]) -> str:
    """ "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
