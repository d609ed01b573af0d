"""Several programs on one database at the same time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.store.conftest import ORDERS, Clock
from voicebot.store import Store, load

# Waits for a line on stdin, so that all begin together.
TRY = """
import sys
from voicebot.store import Store
url, session = sys.argv[1:3]
store = Store(url, attempts=5, return_days=0)
print("ready", flush=True)
sys.stdin.readline()
for order_id in ("ORD123", "ORD456"):
    for guess in ("Miller", "Brown", "Jones"):
        print(store.verify(order_id, guess, session + order_id).outcome)
outcome = store.create_return("ORD456", "broken", session)
print(outcome.refusal.code if outcome.refusal else "made")
store.close()
"""


def together(code: str, arguments: Sequence[Sequence[str]]) -> list[list[str]]:
    """The lines that each process prints, all of them let go at once."""
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", code, *each],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for each in arguments
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    ended = [program.communicate(timeout=120)[0] for program in programs]
    assert [program.returncode for program in programs] == [0] * len(programs)
    return [output.split() for output in ended]


def test_programs_count_attempts_together_and_make_one_return(store: Store, url: str) -> None:
    printed = together(TRY, [(url, f"desk-{n}") for n in range(3)])
    for order_id, part in (("ORD123", slice(0, 3)), ("ORD456", slice(3, 6))):
        outcomes = [outcome for lines in printed for outcome in lines[part]]
        assert sorted(outcomes) == ["locked"] * 4 + ["wrong"] * 5
        audit = [e for e in store.audit() if e.kind == "verify" and e.order_id == order_id]
        assert sorted(entry.outcome for entry in audit) == sorted(outcomes)
    assert sorted(lines[6] for lines in printed) == ["made", "returned", "returned"]
    assert len(store.returns()) == 1
    made = [entry for entry in store.audit() if entry.kind == "return"]
    assert sorted(entry.outcome for entry in made) == ["created", "returned", "returned"]


def test_a_lock_holds_for_other_programs_and_after_a_restart(
    store: Store, url: str, clock: Clock
) -> None:
    for _ in range(3):
        store.verify("ORD123", "Miller", "a")
    other = Store(url, clock=clock)
    assert other.verify("ORD123", "Doe", "b").outcome == "locked"
    other.close()
    store.close()
    clock.forward(seconds=890)
    again = Store(url, clock=clock)
    assert again.verify("ORD123", "Doe", "c").outcome == "locked"
    clock.forward(seconds=20)
    assert again.verify("ORD123", "Doe", "c").outcome == "ok"
    again.close()


@pytest.mark.parametrize(
    "words", ["too\0 loud", "\ud800 loud", "<|im_end|>[[x]] loud", "é\u202e loud"]
)
def test_any_words_can_be_a_reason(store: Store, words: str) -> None:
    made = store.create_return("ORD456", words, "k").made
    assert made is not None
    assert made.reason.endswith("loud")
    assert made in store.returns()


def test_a_load_beside_an_open_program_is_one_step(
    store: Store, url: str, write: Callable[[str, Any], Path]
) -> None:
    """Whoever reads meanwhile sees all of it or nothing."""
    new = {f"ORD{n}": ORDERS["ORD123"] | {"order_id": f"ORD{n}"} for n in range(1000, 1200)}
    other = Store(url)
    seen: list[int] = []
    with other._database.write() as connection:
        load.write(connection, load.parse(write("more.json", new), None), Clock()())
        seen.append(len(store.orders()))
    seen.append(len(store.orders()))
    other.close()
    assert seen == [3, 203]
