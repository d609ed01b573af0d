from __future__ import annotations

from voicebot.backends.llama_context import Saved
from voicebot.backends.llama_texts import Texts


def text(*tokens: int, size: int = 10) -> Saved:
    return Saved(tokens, bytes(size))


def test_a_text_is_found_at_the_beginning_of_a_prompt() -> None:
    texts = Texts()
    kept = text(1, 2, 3, 4)
    texts.add(kept)
    assert texts.find([1, 2, 3, 4, 9]) == (kept, 4)
    assert texts.find([1, 2, 9, 9, 9]) == (kept, 2)  # its end went on with what followed
    assert texts.find([1, 9, 9, 9, 9]) is None
    assert texts.find([1, 2, 3, 4]) is None  # nothing would be left to evaluate


def test_another_beginning_ends_all_copies() -> None:
    texts = Texts()
    texts.behind([7, 8])
    texts.add(text(1, 2, 3))
    texts.behind([7, 8])
    assert texts.find([1, 2, 3, 4])
    texts.behind([7])
    assert texts.find([1, 2, 3, 4]) is None


def test_the_one_used_longest_ago_goes() -> None:
    texts = Texts(room=20)
    texts.add(text(1, 1, 1))
    texts.add(text(2, 2, 2))
    assert texts.find([1, 1, 1, 9])
    texts.add(text(3, 3, 3))
    assert texts.find([2, 2, 2, 9]) is None
    assert texts.find([1, 1, 1, 9])
    assert texts.find([3, 3, 3, 9])
