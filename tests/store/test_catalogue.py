from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.store import Catalogue, Product

CATALOGUE = Catalogue(
    [
        Product("SoundPro Wireless Headphones", 89.99, 50, "Headphones", "Over-ear, 30 hours"),
        Product("ClearTone Wired Headphones", 34.99, 4, "Headphones", "With a microphone"),
        Product("HardShell Headphone Case", 15.99, 65, "Accessories", "Fits most headphones"),
        Product("BudMax Sport Earbuds", 59.99, 30, "Earbuds", "Wireless sport earbuds"),
        Product("BoomBox Portable Speaker", 69.99, 22, "Speakers", "Bluetooth speaker"),
        Product("PocketTune Mini Speaker", 29.99, 0, "Speakers", "Bluetooth speaker"),
        Product("USB-C Cable", 19.99, 200, "Cables and chargers", sku="UC-510"),
        Product("SmartFit Sports Watch", 159.99, 9, "Fitness", "Watch with GPS"),
    ]
)


def names(query: str, max_price: float | None = None) -> list[str]:
    return [product.name for product in CATALOGUE.search(query, max_price).products]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("headphones wireless", "SoundPro Wireless Headphones"),
        ("wireless headphones", "SoundPro Wireless Headphones"),
        ("wired headphones", "ClearTone Wired Headphones"),
        ("wireless hedphones", "SoundPro Wireless Headphones"),
        ("wireless head phones", "SoundPro Wireless Headphones"),
        ("wireless head fones", "SoundPro Wireless Headphones"),
        ("a headphone case", "HardShell Headphone Case"),
        ("earbuds", "BudMax Sport Earbuds"),
        ("smartwatches", "SmartFit Sports Watch"),
        ("I'm looking for a cable", "USB-C Cable"),
        ("bluetooth speakers", "BoomBox Portable Speaker"),
        ("UC-510", "USB-C Cable"),
        ("the boombox", "BoomBox Portable Speaker"),
        ("the boom box most", "BoomBox Portable Speaker"),
    ],
)
def test_the_best_comes_first(query: str, best: str) -> None:
    assert names(query)[0] == best


def test_synonyms_find_one_another() -> None:
    assert "SoundPro Wireless Headphones" in names("earphones")
    assert "BudMax Sport Earbuds" in names("earphones")


@pytest.mark.parametrize("query", ["red umbrella", "unicorn", "lamp", "a laptop", "xyzzy plugh"])
def test_what_is_not_sold_is_not_found(query: str) -> None:
    found = CATALOGUE.search(query)
    assert found.products == ()
    assert found.cheapest is None


def test_the_price_limit_holds() -> None:
    assert names("headphones", 40) == ["ClearTone Wired Headphones"]
    found = CATALOGUE.search("headphones", 20)
    assert found.products == ()
    assert found.cheapest is not None
    assert found.cheapest.name == "ClearTone Wired Headphones"


def test_no_word_to_go_by_shows_what_is_in_stock_cheapest_first() -> None:
    everything = names("what do you have")
    assert len(everything) == 8
    assert everything[0] == "HardShell Headphone Case"
    assert everything[-1] == "PocketTune Mini Speaker"


def test_an_empty_catalogue() -> None:
    assert Catalogue([]).search("headphones").products == ()
    assert Catalogue([]).search("").products == ()


@settings(deadline=None)
@given(st.text(max_size=60), st.none() | st.floats(0, 200))
def test_no_query_is_too_much(query: str, limit: float | None) -> None:
    found = CATALOGUE.search(query, limit)
    assert all(limit is None or product.price <= limit for product in found.products)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("How much are the but max air buds?", "BudMax Sport Earbuds"),
        ("Is the pocket tomb speaker in stock?", "PocketTune Mini Speaker"),
        ("The boomed ox", "BoomBox Portable Speaker"),
    ],
)
def test_goods_that_may_have_been_named_are_told_to_who_listens_once_more(
    text: str, name: str
) -> None:
    assert name in CATALOGUE.likely_words(text)


def test_the_kinds_of_goods_are_always_likely() -> None:
    kinds = {"headphones", "case", "earbuds", "speaker", "cable", "watch"}
    assert kinds <= set(CATALOGUE.likely_words("Hm."))


@pytest.mark.parametrize(
    ("query", "lacking"),
    [
        ("red headphones", ("red",)),
        ("sound pro headphones", ()),
        ("boom box speaker", ()),
        ("gaming headphones", ("gaming",)),
    ],
)
def test_what_was_found_lacks_only_what_it_does_not_sound_like(
    query: str, lacking: tuple[str, ...]
) -> None:
    best = CATALOGUE.search(query).products[0]
    assert CATALOGUE.lacks(query, best) == lacking
