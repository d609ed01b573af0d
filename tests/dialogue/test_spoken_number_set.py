"""Order numbers held against the sound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue.spoken import identifiers, number_set
from voicebot.dialogue.spoken.ids import IdIndex
from voicebot.dialogue.spoken.number_set import (
    BEHIND,
    BEHIND_FITTING,
    DECOYS,
    LEAD,
    MOST,
    Rival,
    Verdict,
)

INDEX = IdIndex(("ORD48213", "ORD90417", "ORD123"))


def rivals(text: str, index: IdIndex = INDEX) -> tuple[Rival, ...]:
    heard = identifiers.heard(text, prefix_known=index.prefixes, expected=True)
    return number_set.rivals(text, heard[0], index)


def test_a_digit_too_many_is_put_right_in_the_place_where_it_was_written() -> None:
    known = [one for one in rivals("It's order 482113, please.") if one.order_id]
    assert known == [Rival("ORD48213", "It's order 48213, please.")]


def test_the_number_is_written_as_the_transcript_writes_it() -> None:
    found = rivals("4-8-2-1-1-3.")
    assert found[0].order_id == "ORD48213"
    assert found[0].text in ("4-8-2-1-3.", "4-8-2--1-3.", "4-8-2-1--3.")


def test_there_are_numbers_among_them_that_nobody_has() -> None:
    others = [one for one in rivals("482113") if not one.order_id]
    assert 0 < len(others) <= DECOYS


def test_a_number_far_from_all_others_has_no_rivals() -> None:
    assert rivals("order 77777") == ()


def test_where_too_many_are_near_none_is_tried() -> None:
    crowd = IdIndex([f"ORD4821{digit}" for digit in range(MOST + 1)])
    assert rivals("482199", crowd) == ()


def test_short_numbers_are_all_near_one_another() -> None:
    assert rivals("order 12") == ()


TEST = (Rival("ORD48213", "48213"), Rival("", "48113"))


def test_the_number_that_leads_and_comes_near_is_believed() -> None:
    found = number_set.verdict(-2.0, TEST, (-2.5, -9.0), fits=False)
    assert found == Verdict(("ORD48213",), sure=True)


def test_one_that_nobody_has_is_not_told() -> None:
    assert number_set.verdict(-2.0, TEST, (-9.0, -2.5), fits=False) == Verdict()


def test_without_a_lead_it_is_asked_about() -> None:
    found = number_set.verdict(-2.0, TEST, (-2.0, -2.0 - LEAD / 2), fits=False)
    assert found == Verdict(("ORD48213",))


def test_what_the_sound_speaks_against_is_not_believed() -> None:
    assert not number_set.verdict(0.0, TEST, (-BEHIND - 0.1, -30.0), fits=False).sure


def test_a_transcript_that_could_be_right_is_given_up_less_easily() -> None:
    scores = (-(BEHIND + BEHIND_FITTING) / 2, -30.0)
    assert number_set.verdict(0.0, TEST, scores, fits=False).sure
    assert number_set.verdict(0.0, TEST, scores, fits=True) == Verdict()


@given(st.text("0123456789", min_size=4, max_size=7), st.integers(0, 6))
def test_every_number_one_digit_away_is_found(digits: str, place: int) -> None:
    written = digits[:place] + digits[place + 1 :]
    index = IdIndex((f"ORD{digits}",))
    if index.holds(written) or len(written) < 3:
        return
    assert [one.order_id for one in rivals(f"ORD{written}", index)][:1] == [f"ORD{digits}"]
