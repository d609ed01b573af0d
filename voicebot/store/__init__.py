"""The shop's orders, products and returns in a database."""

from voicebot.store.catalogue import Catalogue, Found
from voicebot.store.live import Shop
from voicebot.store.records import (
    Counts,
    LoadReport,
    Order,
    Product,
    Refusal,
    Refused,
    Return,
    ReturnOutcome,
    Verification,
    VerifyBy,
)
from voicebot.store.shop import Store

__all__ = [
    "Catalogue",
    "Counts",
    "Found",
    "LoadReport",
    "Order",
    "Product",
    "Refusal",
    "Refused",
    "Return",
    "ReturnOutcome",
    "Shop",
    "Store",
    "Verification",
    "VerifyBy",
]
