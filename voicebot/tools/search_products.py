"""What the shop sells, found by a customer's words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from voicebot.dialogue.spoken import amounts
from voicebot.stages import Card
from voicebot.tools.base import Tool, ToolContext, ToolResult, dollars

if TYPE_CHECKING:
    from voicebot.store import Product

MOST = 5  # products given
_SPOKEN = 3
_CHEAPEST = re.compile(r"\b(?:cheapest|least expensive|lowest priced?)\b", re.IGNORECASE)
_SMALL = ("no", "one", "two", "three", "four", "five")


def run(context: ToolContext, query: str, max_price: float | None = None) -> ToolResult:
    limits = amounts.price_limits(query)
    if max_price is None:
        max_price = limits.maximum
    named = amounts.without_prices(query)
    cheapest = _CHEAPEST.search(named) is not None
    catalogue = context.store.catalogue()
    found = catalogue.search(
        _CHEAPEST.sub(" ", named), max_price, min_price=limits.minimum, cheapest=cheapest
    )
    best = found.products[:MOST]
    data: dict[str, Any] = {"products": [_row(product) for product in best]}
    if best:
        lacking = catalogue.lacks(named, best[0])
        words = _without(named, best) if lacking else _say(best, cheapest=cheapest)
        detail = _described(best[0]) if len(best) == 1 else ""
        return ToolResult(True, data, words, Card("products", dict(data)), detail=detail)
    if found.cheapest is None:
        return ToolResult(True, data, "I'm sorry, I couldn't find that in our range.")
    nearest = found.cheapest
    data["cheapest"] = _row(nearest)
    words = (
        f"I found nothing {_range(limits.minimum, max_price)}. The cheapest is {_named(nearest)}."
    )
    return ToolResult(True, data, words, Card("products", {"products": [data["cheapest"]]}))


def _range(minimum: float | None, maximum: float | None) -> str:
    if minimum is None:
        return f"under {dollars(maximum or 0)}"
    if maximum is None:
        return f"over {dollars(minimum)}"
    return f"between {dollars(minimum)} and {dollars(maximum)}"


def _described(product: Product) -> str:
    """What is known of it beside price and stock."""
    return f"The {product.name}: {product.description}" if product.description else ""


def _without(named: str, best: tuple[Product, ...]) -> str:
    """Nothing is just as it was asked for; never a yes."""
    spoken = [_named(product) for product in best[:_SPOKEN]]
    return f"I don't see any {named}. We have {_listed(spoken)}."


def _row(product: Product) -> dict[str, Any]:
    row: dict[str, Any] = {"name": product.name, "price": product.price, "stock": product.stock}
    for name in ("category", "description", "sku"):
        if value := getattr(product, name):
            row[name] = value
    return row


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{'; '.join(parts[:-1])}; and {parts[-1]}"


def _say(best: tuple[Product, ...], *, cheapest: bool) -> str:
    if cheapest:
        return _cheapest(best)
    if len(best) == 1:
        product = best[0]
        if not product.stock:
            return f"We do carry {_named(product)} now."
        return f"Yes, {_named(product)}. It is in stock."
    spoken, more = best[:_SPOKEN], len(best) - _SPOKEN
    stocked = [product for product in spoken if product.stock]
    parts = [_named(product, tell_stock=len(stocked) < len(spoken)) for product in spoken]
    words = f"We have {_listed(parts)}."
    if len(stocked) == len(spoken):
        words += " Both are in stock." if len(spoken) == 2 else " All are in stock."
    elif not stocked:
        words = words.replace(", which is out of stock", "")
        words += " But they are out of stock now."
    if more > 0:
        words += f" And {_SMALL[more]} more on the screen."
    return words


def _cheapest(best: tuple[Product, ...]) -> str:
    words = f"The cheapest is {_named(best[0])}."
    return f"{words} After that comes {_named(best[1])}." if len(best) > 1 else words


def _named(product: Product, *, tell_stock: bool = True) -> str:
    out = ", which is out of stock" if tell_stock and not product.stock else ""
    return f"the {product.name} for {dollars(product.price)}{out}"


TOOL = Tool(
    name="search_products",
    description="Find products of the shop with their prices and whether they are in stock.",
    examples=(
        "Do you have wireless headphones?",
        "I'm looking for a phone case.",
        "How much is the laptop stand?",
        "What headphones do you have under sixty dollars?",
        "Do you sell chargers?",
        "Is the bluetooth speaker in stock?",
        "Show me your keyboards.",
        "What does the smart watch cost?",
        "I need a cable for my laptop.",
        "Have you got any bags for less than 50 dollars?",
        "What is your cheapest mouse?",
        "Which lamps can I buy here?",
    ),
    arguments={"query": "text", "max_price": "amount"},
    required=("query",),
    changes=False,
    needs_verification=False,
    run=run,
)
