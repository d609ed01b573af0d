"""Where an order is, for the customer whose it is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from voicebot.dialogue.spoken.numbers import bag, in_words
from voicebot.stages import Card
from voicebot.tools.base import Tool, ToolContext, ToolResult, error, listed, refusal

if TYPE_CHECKING:
    from voicebot.store import Order

_SPOKEN_ITEMS = 3
_ASK = "Would you like the tracking number?"
_ON_ITS_WAY = ("shipped", "in transit", "out for delivery")


def run(context: ToolContext, order_id: str) -> ToolResult:
    refused = refusal(context, order_id)
    if refused is not None:
        return refused
    order = context.store.order(order_id)
    if order is None:
        return error("not_found", f"there is no order {order_id}", "I can't find that order.")
    data = card_data(order)
    card = Card("order", dict(data))
    if not (data["status"] in _ON_ITS_WAY and order.tracking_number):
        return ToolResult(True, data, say(order), card)
    # The screen is for the customer's eyes, the voice for all who stand near.
    offer = f"The tracking number ends in {order.tracking_number[-4:]}, and is on the screen."
    return ToolResult(True, data, say(order), card, ask=_ASK, offer=offer)


def card_data(order: Order) -> dict[str, Any]:
    """What may be shown of an order: nothing of the person."""
    data: dict[str, Any] = {
        "order_id": order.order_id,
        "status": "returned" if order.returned else order.status,
        "items": list(order.items),
        "total": order.total,
        "shipping_eta": order.shipping_eta,
        "tracking_number": order.tracking_number,
    }
    if order.delivered_at is not None:
        data["delivered_at"] = order.delivered_at.isoformat()
    if order.returned:
        data["return_id"] = order.returned
    return data


def say(order: Order) -> str:
    """One or two short sentences."""
    what = f"Order {order.order_id}, {_items(order.items)},"
    eta = f" It should arrive {_when(order.shipping_eta)}." if order.shipping_eta else ""
    if order.returned:
        return f"{what} has been returned. The return is {order.returned}."
    match order.status:
        case "delivered":
            on = (
                f" on {order.delivered_at:%B} {order.delivered_at.day}"
                if order.delivered_at
                else ""
            )
            return f"{what} was delivered{on}."
        case "shipped" | "in transit" | "out for delivery" as status:
            way = {"shipped": "has been shipped", "in transit": "is on its way"}
            return f"{what} {way.get(status, 'is out for delivery')}.{eta}"
        case "processing" | "pending" | "confirmed" | "placed":
            return f"{what} is being prepared and hasn't been shipped yet.{eta}"
        case "cancelled":
            return f"{what} was cancelled."
        case "returned":
            return f"{what} has been returned."
        case status:
            return f"{what} has the status {status}.{eta}"


def _items(items: tuple[str, ...]) -> str:
    counts = Counter(items)
    names = [name if n == 1 else f"{in_words(n)} {name}" for name, n in counts.items()]
    if len(names) <= _SPOKEN_ITEMS:
        return listed(names)
    told = _SPOKEN_ITEMS - 1
    return listed([*names[:told], f"{sum(list(counts.values())[told:])} more items"])


def _when(eta: str) -> str:
    """The shop's own words for the arrival, made to follow "arrive"."""
    first = eta.split()[0].lower()
    if first[0].isdigit() and ("day" in eta or "week" in eta or "hour" in eta):
        return f"in {eta}"
    if first in _DAYS or first in _MONTHS or first[0].isdigit():
        return f"on {eta}"
    lowered = first in ("today", "tomorrow", "in", "on", "by", "within", "this", "next", "between")
    return eta[0].lower() + eta[1:] if lowered else eta


_DAYS = bag("monday tuesday wednesday thursday friday saturday sunday")
_MONTHS = bag(
    "january february march april may june july august september october november december"
    " jan feb mar apr jun jul aug sep sept oct nov dec"
)

TOOL = Tool(
    name="check_order_status",
    description="Tell a customer where their order is and when it arrives.",
    examples=(
        "Where is my order?",
        "What's the status of my order?",
        "Can you check order ORD123 for me?",
        "When will my package arrive?",
        "Has my order been shipped yet?",
        "I'd like to track my package.",
        "I ordered something last week and it hasn't come.",
        "Is order 456 on its way?",
        "My delivery is late.",
        "Could you look up my order, please?",
        "What did I order?",
        "Do you have a tracking number for my order?",
    ),
    arguments={"order_id": "order_id"},
    required=("order_id",),
    changes=False,
    needs_verification=True,
    run=run,
)
