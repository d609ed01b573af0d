from __future__ import annotations

import asyncio
import json
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import ORDERS, PRODUCTS
from tests.evaluation.makers import scenario
from tests.fakes import WordEmbedder
from voicebot import assemble
from voicebot.assemble import Files
from voicebot.config import Knowledge, Sections
from voicebot.config import Store as StoreSettings
from voicebot.errors import ConfigError, IngestError, StoreError
from voicebot.evaluation.scenario import Case, ShopFiles
from voicebot.evaluation.shops import Shops, merged, state
from voicebot.knowledge.index import ChromaKnowledge
from voicebot.store import Store

SAYS = {"says": ["x"]}
ROW = {
    "order_id": "ORD900",
    "customer": "Ann Lee",
    "status": "delivered",
    "items": ["Cable"],
    "total": 9.99,
}


@pytest.fixture
def settings(tmp_path: Path) -> Sections:
    """A shop with data of its own in force."""
    (tmp_path / "orders.json").write_text(json.dumps(ORDERS))
    (tmp_path / "products.json").write_text(json.dumps(PRODUCTS))
    url = f"sqlite:///{tmp_path}/real.db"
    with closing(Store(url)) as store:
        store.load(tmp_path / "orders.json", tmp_path / "products.json")
    return Sections(store=StoreSettings(url=url), knowledge=Knowledge(index=tmp_path / "index"))


@pytest.fixture
def shops(settings: Sections, tmp_path: Path) -> Shops:
    (tmp_path / "copies").mkdir()
    return Shops(settings, tmp_path / "copies")


def in_force(**more: Any) -> Case:
    return Case(scenario(SAYS, **more), ShopFiles())


def test_what_is_done_to_a_copy_is_done_to_no_other(shops: Shops, settings: Sections) -> None:
    first, second = shops.fresh(in_force()), shops.fresh(in_force())
    with closing(Store(first)) as store:
        assert store.create_return("ORD124", "broken", "key").ok
    assert len(state(first).returns) == 1
    assert state(second).returns == ()
    assert state(settings.store.url).returns == ()
    assert state(shops.fresh(in_force())).returns == ()


def test_a_copy_has_what_the_real_one_has_not_written_back_yet(
    shops: Shops, settings: Sections
) -> None:
    with closing(Store(settings.store.url)) as open_still:
        assert open_still.create_return("ORD124", "broken", "key").ok
        assert len(state(shops.fresh(in_force())).returns) == 1


def test_a_scenarios_own_rows_go_before(shops: Shops) -> None:
    cable = {"name": "Sport Earbuds", "stock": 7}
    lamp = {"name": "Lamp", "price": 5.5, "stock": 1}
    found = state(shops.fresh(in_force(orders=[ROW], products=[cable, lamp])))
    assert {order.order_id for order in found.orders} == {"ORD123", "ORD124", "ORD900"}
    assert {product.name: product.stock for product in found.products} == {
        "Wireless Headphones": 5,
        "Sport Earbuds": 7,
        "Lamp": 1,
    }


def test_days_are_counted_from_today(shops: Shops) -> None:
    row = ROW | {"ordered_at": "today-9", "delivered_at": "today"}
    orders = {o.order_id: o for o in state(shops.fresh(in_force(orders=[row]))).orders}
    assert orders["ORD900"].delivered_at == date.today()
    assert orders["ORD900"].ordered_at == date.today() - timedelta(days=9)


def test_rows_that_no_shop_can_have_are_told(shops: Shops) -> None:
    with pytest.raises(ConfigError, match=r"scenario one: .*ORD900: total is missing"):
        shops.fresh(in_force(orders=[{k: v for k, v in ROW.items() if k != "total"}]))


def test_files_of_its_own_are_the_whole_shop(shops: Shops, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(json.dumps({"ORD900": ROW}))
    found = state(shops.fresh(Case(scenario(SAYS), ShopFiles(orders=tmp_path / "own.json"))))
    assert [order.order_id for order in found.orders] == ["ORD900"]
    assert found.products == ()


def test_another_shops_documents_are_asked_in_an_empty_shop(tmp_path: Path) -> None:
    nothing = Sections(store=StoreSettings(url=f"sqlite:///{tmp_path}/none.db"))
    found = state(Shops(nothing, tmp_path).fresh(Case(scenario(SAYS), ShopFiles(empty=True))))
    assert (found.orders, found.products, found.returns) == ((), (), ())


def test_a_shop_without_a_database_is_told(tmp_path: Path) -> None:
    nothing = Sections(store=StoreSettings(url=f"sqlite:///{tmp_path}/none.db"))
    with pytest.raises(StoreError, match="voicebot store load"):
        Shops(nothing, tmp_path).fresh(in_force())
    assert not (tmp_path / "none.db").exists()


def test_a_database_that_cannot_be_copied_is_told(tmp_path: Path) -> None:
    far = Sections(store=StoreSettings(url="postgresql+psycopg://shop@host/name"))
    with pytest.raises(ConfigError, match="need an SQLite store"):
        Shops(far, tmp_path).fresh(in_force())


def test_products_are_merged_by_name() -> None:
    rows = [{"name": "b", "price": 2}, {"name": "c", "price": 3}]
    assert merged([{"name": "a", "price": 1}, {"name": "b", "price": 1, "stock": 4}], rows) == [
        {"name": "a", "price": 1},
        {"name": "b", "price": 2, "stock": 4},
        {"name": "c", "price": 3},
    ]


# ------------------------------------------------------------------ documents


class Counting(WordEmbedder):
    embedded = 0

    async def embed(self, texts: Any) -> NDArray[np.float32]:
        self.embedded += len(texts)
        return await super().embed(texts)


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Counting:
    made = Counting()
    monkeypatch.setenv("VOICEBOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Files, "require", lambda self, roles: None)
    monkeypatch.setattr(assemble, "open_embedder", lambda settings, files: made)
    return made


@pytest.fixture
def manuals(tmp_path: Path) -> Path:
    folder = tmp_path / "manuals"
    folder.mkdir()
    (folder / "hours.md").write_text("# Hours\n\nWe open at nine in the morning every day.\n")
    return folder


async def sentences(folder: Path, embedder: Counting) -> list[str]:
    """What an index has to say on when we open."""
    knowledge = ChromaKnowledge(folder, embedder)
    try:
        return [hit.sentence for hit in await knowledge.search("When do you open in the morning?")]
    finally:
        await asyncio.to_thread(knowledge.close)


async def test_documents_are_embedded_once_for_all_runs(
    settings: Sections, tmp_path: Path, embedder: Counting, manuals: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    found = [await Shops(settings, tmp_path / "one").index(manuals)]
    once = embedder.embedded
    found.append(await Shops(settings, tmp_path / "two").index(manuals))
    assert embedder.embedded == once > 0
    assert found[0] != found[1]
    both = [await sentences(each, embedder) for each in found]
    assert both[0] == both[1] != []
    (manuals / "hours.md").write_text("# Hours\n\nWe open at ten in the morning every day.\n")
    (tmp_path / "three").mkdir()
    changed = await Shops(settings, tmp_path / "three").index(manuals)
    assert await sentences(changed, embedder) != both[0]


async def test_documents_that_cannot_be_read_are_told_and_tried_again(
    settings: Sections, shops: Shops, embedder: Counting, manuals: Path, tmp_path: Path
) -> None:
    (manuals / "broken.pdf").write_bytes(b"no PDF")
    for again in (shops, Shops(settings, tmp_path / "copies" / "again")):
        await again.index(manuals)
        assert [told.partition(":")[0] for told in again.unread] == ["broken.pdf"]


async def test_nothing_to_answer_from_is_told(
    shops: Shops, embedder: Counting, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(IngestError, match="nothing to answer from"):
        await shops.index(tmp_path / "empty")


async def test_the_index_in_force_is_copied(
    shops: Shops, settings: Sections, embedder: Counting, manuals: Path
) -> None:
    made = await shops.index(manuals)
    made.rename(settings.knowledge.index)
    copy = await shops.index(None)
    assert copy != settings.knowledge.index
    assert await sentences(copy, embedder) == ["We open at nine in the morning every day."]


async def test_without_an_index_nothing_is_known(shops: Shops, embedder: Counting) -> None:
    assert await sentences(await shops.index(None), embedder) == []
