"""The boxes' book in a real database, of both kinds."""

from __future__ import annotations

import threading

from voicebot.store.boxes import BoxBook


def test_a_room_is_one_boxs(url: str) -> None:
    a, b = BoxBook(url, "a"), BoxBook(url, "b")
    a.enter()
    b.enter()
    assert a.take("r1")
    assert a.take("r1")
    assert not b.take("r1")
    b.drop("r1")
    assert b.served() == {"r1"}
    a.drop("r1")
    assert b.take("r1")
    b.leave()
    assert a.served() == frozenset()
    assert a.beat() == {"a": 2}
    a.close()
    b.close()


def test_a_dead_box_is_buried_once_and_a_living_one_is_not(url: str) -> None:
    a, b = BoxBook(url, "a"), BoxBook(url, "b")
    a.enter()
    b.enter()
    b.take("r1")
    beats = a.beat()
    assert beats == {"a": 2, "b": 1}
    b.beat()
    a.bury("b", beats["b"])
    assert a.served() == {"r1"}
    a.bury("b", beats["b"] + 1)
    assert a.served() == frozenset()
    assert b.beat() is None
    b.enter()
    assert b.beat() == {"a": 2, "b": 2}
    a.close()
    b.close()


def test_a_box_that_starts_again_has_no_rooms(url: str) -> None:
    first = BoxBook(url, "a")
    first.enter()
    first.take("r1")
    first.beat()
    first.close()
    again = BoxBook(url, "a")
    again.enter()
    assert again.served() == frozenset()
    assert again.beat() == {"a": 4}
    again.close()


def test_of_boxes_that_reach_for_a_room_together_one_gets_it(url: str) -> None:
    books = [BoxBook(url, f"box-{n}") for n in range(4)]
    together = threading.Barrier(4)
    taken: dict[int, list[str]] = {n: [] for n in range(4)}

    def reach(n: int) -> None:
        books[n].enter()
        together.wait()
        taken[n] = [room for room in (f"r{r}" for r in range(10)) if books[n].take(room)]

    threads = [threading.Thread(target=reach, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(room for rooms in taken.values() for room in rooms) == sorted(
        f"r{r}" for r in range(10)
    )
    for book in books:
        book.close()
