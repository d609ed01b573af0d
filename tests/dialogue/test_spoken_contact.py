from __future__ import annotations

import pytest

from voicebot.dialogue.spoken import contact


@pytest.mark.parametrize(
    ("text", "expected", "right"),
    [
        ("nine oh two one oh", "90210", True),
        ("It's 9 0 2 1 0.", "90210", True),
        ("90210", "90210-1234", True),
        ("90211", "90210", False),
        ("9021", "90210", False),
        ("it's SW1A 1AA", "sw1a 1aa", True),
        ("S W one A one A A", "SW1A 1AA", True),
        ("I don't know", "90210", False),
        ("90210", "", False),
        ("", "", False),
    ],
)
def test_postcode(text: str, expected: str, right: bool) -> None:
    assert contact.matches_postcode(text, expected) is right


@pytest.mark.parametrize(
    ("text", "expected", "right"),
    [
        ("it's john dot doe at example dot com", "john.doe@example.com", True),
        ("john.doe@example.com", "John.Doe@example.com", True),
        ("my email address is j o h n at example.com.", "john@example.com", True),
        ("john underscore doe at example dot com", "john_doe@example.com", True),
        ("john dot doe at example dot com", "doe@example.com", False),
        ("jane at example dot com", "john@example.com", False),
        ("", "", False),
    ],
)
def test_email(text: str, expected: str, right: bool) -> None:
    assert contact.matches_email(text, expected) is right
