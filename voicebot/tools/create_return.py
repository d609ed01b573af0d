"""Returning an order: for the customer whose it is, after their yes."""

from __future__ import annotations

from typing import Any

from voicebot.stages import Card
from voicebot.tools.base import Tool, ToolContext, ToolResult, dollars, error, refusal


def run(context: ToolContext, order_id: str, reason: str) -> ToolResult:
    refused = refusal(context, order_id, change=True)
    if refused is not None:
        return refused
    outcome = context.store.create_return(order_id, reason, context.key)
    if outcome.made is None:
        why = outcome.refusal
        assert why is not None
        return error(why.code, why.say)
    made = outcome.made
    data: dict[str, Any] = {
        "return_id": made.return_id,
        "order_id": made.order_id,
        "reason": made.reason,
        "refund_amount": made.refund_amount,
        "refund_eta": made.refund_eta,
    }
    words = (
        f"Your return is set up, the number is {made.return_id}."
        f" You'll get {dollars(made.refund_amount)} back within {_days(made.refund_eta)}."
    )
    return ToolResult(True, data, words, Card("return", dict(data)))


def _days(eta: str) -> str:
    """ "5 to 7 business days": a dash cannot be spoken."""
    return eta.replace("-", " to ")


TOOL = Tool(
    name="create_return",
    description="Return a delivered order and refund it.",
    examples=(
        "I want to return my order.",
        "I'd like to return order ORD123.",
        "Can I send this back?",
        "I want my money back.",
        "I need a refund for my order.",
        "The headphones I bought are broken, I want to return them.",
        "Please start a return for me.",
        "How do I return order 789?",
        "I'd like to give these shoes back.",
        "It doesn't fit, can you take it back?",
        "I changed my mind about what I bought and want a refund.",
        "Set up a return, please.",
    ),
    arguments={"order_id": "order_id", "reason": "text"},
    required=("order_id", "reason"),
    changes=True,
    needs_verification=True,
    run=run,
)
