"""What was said and what of it was heard, on a line whose clock the test turns."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes import FakeLine, Journal, settled
from voicebot.audio import SPEAKING_RATE, Speech
from voicebot.playout import DUCKED, Playout
from voicebot.screen import Screen


def speech(seconds: float, text: str = "") -> Speech:
    return Speech(np.zeros(round(seconds * SPEAKING_RATE), np.int16), text)


@pytest.fixture
async def line() -> FakeLine:
    return FakeLine(Journal(), instant=False)


@pytest.fixture
async def playout(line: FakeLine) -> Playout:
    return Playout(line, Screen(line))


async def play_all(playout: Playout, *pieces: Speech) -> None:
    playout.begin("bot-1")
    for piece in pieces:
        await playout.play(piece)
    await playout.finish()
    playout.close()


async def test_an_answer_that_was_played_was_heard_whole(line: FakeLine, playout: Playout) -> None:
    playing = asyncio.ensure_future(
        play_all(playout, speech(0.4, "Hello there."), speech(0.2), speech(0.4, "How are you?"))
    )
    await settled()
    assert playout.sounding
    await line.advance(1.0)
    await playing
    assert playout.said() == playout.heard() == "Hello there. How are you?"
    assert not playout.sounding


async def test_whoever_interrupts_has_heard_what_had_left_the_line(
    line: FakeLine, playout: Playout
) -> None:
    playing = asyncio.ensure_future(
        play_all(playout, speech(1.0, "one two three four five six seven eight nine ten"))
    )
    await line.advance(0.55)
    line.flush()
    playout.stop()
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    await line.advance(1.0)
    assert playout.heard() == "one two three four five"


async def test_words_are_counted_by_the_length_that_a_clause_will_have(
    line: FakeLine, playout: Playout
) -> None:
    first = speech(0.4, "one two three four five six seven eight nine ten")
    playing = asyncio.ensure_future(
        play_all(playout, replace(first, expected=SPEAKING_RATE), speech(0.2), speech(0.3))
    )
    await line.advance(0.35)
    assert playout.heard() == "one two three"
    await line.advance(0.25)
    assert playout.heard() == "one two three four five six"
    await line.advance(0.3)
    await playing
    assert playout.heard() == playout.said()


async def test_the_next_answer_is_counted_from_where_the_last_was_cut(
    line: FakeLine, playout: Playout
) -> None:
    first = asyncio.ensure_future(play_all(playout, speech(1.0, "one two three four five")))
    await line.advance(0.5)
    line.flush()
    playout.stop()
    first.cancel()
    await asyncio.wait([first])
    playout.close()

    second = asyncio.ensure_future(play_all(playout, speech(0.4, "six seven eight nine")))
    await line.advance(0.2)
    assert playout.heard() == "six seven"
    await line.advance(0.3)
    await second
    assert playout.heard() == "six seven eight nine"


async def test_the_page_gets_the_words_in_one_segment_that_is_closed(
    line: FakeLine, playout: Playout
) -> None:
    line.instant = True
    screen = Screen(line)
    sending = asyncio.ensure_future(screen.run())
    await play_all(Playout(line, screen), speech(0.1, "Hello there."), speech(0.1, "Welcome."))
    await settled()
    sending.cancel()
    assert line.bot_segments["bot-1"].text == "Hello there. Welcome. "
    assert line.bot_segments["bot-1"].final


async def test_a_page_that_takes_nothing_does_not_hold_up_the_sound(line: FakeLine) -> None:
    line.instant = True
    playout = Playout(line, Screen(line))  # nobody sends
    await play_all(playout, *[speech(0.01, "word")] * 200)
    assert len(playout.heard().split()) == 200


CLAUSES = ("one two three four five", "six seven eight nine ten")
WORDS = " ".join(CLAUSES)


async def begun(line: FakeLine, playout: Playout, seconds: float) -> asyncio.Future[None]:
    """Two clauses of a second, so much of them heard."""
    pieces = [speech(1.0, text) for text in CLAUSES]
    playing = asyncio.ensure_future(play_all(playout, *pieces))
    await line.advance(seconds)
    return playing


@pytest.mark.parametrize(
    ("held_at", "heard", "left"),
    [
        (0.2, "one", 2.0),
        (0.65, "one two three", 2.0),
        (0.75, "one two three", 1.0),  # of the first clause the pause was left
        (1.45, "one two three four five six seven", 1.0),
    ],
)
async def test_what_was_held_goes_on_with_the_clause_that_was_cut(
    line: FakeLine, playout: Playout, held_at: float, heard: str, left: float
) -> None:
    playing = await begun(line, playout, held_at)
    playout.hold()
    assert (playout.held, playout.sounding, line.queued) == (True, False, 0)
    assert playout.heard() == heard
    before = line.played
    await line.advance(1.0)
    assert line.played == before
    playout.release()
    await line.advance(left)
    await playing
    assert line.played - before == round(left * SPEAKING_RATE)
    assert playout.heard() == playout.said() == WORDS


async def test_of_a_clause_that_was_all_but_over_nothing_is_said_again(
    line: FakeLine, playout: Playout
) -> None:
    playing = await begun(line, playout, 1.85)
    assert playout.over
    playout.hold()
    playout.release()
    await settled()
    await playing
    assert playout.heard() == WORDS


async def test_what_was_held_and_stopped_does_not_go_on(line: FakeLine, playout: Playout) -> None:
    playing = await begun(line, playout, 1.25)
    assert playout.clause == CLAUSES[1]
    playout.hold()
    playout.stop()
    playing.cancel()
    await asyncio.wait([playing])
    playout.release()
    playout.close()
    assert playout.heard() == "one two three four five six"
    assert not playout.held


async def test_an_answer_that_is_held_before_it_begins_waits(
    line: FakeLine, playout: Playout
) -> None:
    playout.hold()
    playing = await begun(line, playout, 0.5)
    assert (line.played, playout.heard()) == (0, "")
    playout.release()
    await line.advance(2.0)
    await playing
    assert playout.heard() == WORDS


async def test_a_first_sign_makes_it_quieter_and_silence_does_not_stay_so(
    line: FakeLine, playout: Playout
) -> None:
    playing = await begun(line, playout, 0.1)
    playout.duck()
    playout.unduck()
    playout.duck()
    playout.hold()
    assert line.volumes == [DUCKED, 1.0, DUCKED, 1.0]
    playing.cancel()
    await asyncio.wait([playing])


async def test_the_caption_of_a_cut_answer_holds_what_was_heard(line: FakeLine) -> None:
    screen = Screen(line)
    sending = asyncio.ensure_future(screen.run())
    playout = Playout(line, screen)
    playing = await begun(line, playout, 1.25)
    await settled()
    assert line.bot_segments["bot-1"].text.split() == WORDS.split()
    playout.stop()
    playing.cancel()
    await asyncio.wait([playing])
    playout.close()
    await settled()
    sending.cancel()
    shown = line.bot_segments["bot-1"]
    assert (shown.text, shown.final) == ("one two three four five six", True)


async def test_an_answer_without_words_leaves_no_caption(line: FakeLine) -> None:
    screen = Screen(line)
    sending = asyncio.ensure_future(screen.run())
    await play_all(Playout(line, screen))
    await settled()
    sending.cancel()
    assert line.bot_segments == {}
