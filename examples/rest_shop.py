"""A shop system that answers with JSON over HTTP, attached to voicebot.

    [store]
    shop = "examples/rest_shop.py"

SHOP_URL is where it answers, SHOP_KEY its key; both come from the environment.

    GET /orders          {"ids": ["ORD123", ...]}
    GET /orders/ORD123   an order, or 404
    GET /products        a list of products
    HEAD /products       an ETag, another one whenever a product or the list of orders changes
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

import httpx

TIMEOUT_S = 1.0  # a customer waits


class RestShop:
    def __init__(self, url: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S)

    def revision(self) -> Hashable:
        return self._http.head("/products").raise_for_status().headers["ETag"]

    def order_ids(self) -> Iterable[str]:
        ids: list[str] = self._get("/orders")["ids"]
        return ids

    def order(self, order_id: str) -> Mapping[str, Any] | None:
        answer = self._http.get(f"/orders/{quote(order_id, safe='')}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        theirs = answer.raise_for_status().json()
        # Their names on the right, ours on the left.
        return {
            "order_id": theirs["number"],
            "customer": theirs["billing"]["name"],
            "email": theirs["billing"]["email"],
            "postcode": theirs["billing"]["postcode"],
            "status": theirs["state"],
            "items": [line["title"] for line in theirs["lines"] for _ in range(line["quantity"])],
            "total": theirs["total_cents"] / 100,
            "tracking_number": theirs.get("tracking"),
            "delivered_at": theirs.get("delivered"),
        }

    def products(self) -> Iterable[Mapping[str, Any]]:
        return [
            {
                "name": theirs["title"],
                "price": theirs["price_cents"] / 100,
                "stock": theirs["in_stock"],
                "category": theirs.get("group", ""),
                "sku": theirs["sku"],
            }
            for theirs in self._get("/products")
        ]

    def _get(self, path: str) -> Any:
        return self._http.get(path).raise_for_status().json()


def open_shop() -> RestShop:
    return RestShop(os.environ["SHOP_URL"], os.environ["SHOP_KEY"])
