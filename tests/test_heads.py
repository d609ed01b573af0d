"""Long utterances in a call: their heads are transcribed while they go on."""

from __future__ import annotations

import pytest

from tests.calls import Call, calling
from tests.fakes import Journal, Kit, ScriptedAcoustics, silence
from voicebot import events
from voicebot.errors import SttError
from voicebot.heads import WholeSound, both
from voicebot.stages import Transcript

FIRST, SECOND, THIRD = "I have these headphones", "since last week and", "they are too loud."
WHOLE = f"{FIRST} {SECOND} {THIRD}"


async def begin(call: Call, *, first: str = FIRST, second: str = SECOND, slow: bool = True) -> None:
    """7.5 s, of which the first 4.5 are cut off. slow: they were not transcribed in the pause that
    ends them."""
    transcriber, sound = call.kit.transcriber, call.kit.voice.sound
    call.kit.judge.probability = 0.1
    if slow:
        transcriber.gate.close()
    call.line.hear(*sound(first, 4.5), *silence(0.2), *sound(second, 1.0))
    await call.heard()
    transcriber.gate.open()
    call.line.hear(*sound(second, 1.8))
    await call.heard()


async def begin_slowly(call: Call) -> None:
    """The same, and the head is being transcribed."""
    call.kit.judge.probability = 0.1
    call.kit.transcriber.gate.close()
    sound = call.kit.voice.sound
    call.line.hear(*sound(FIRST, 4.5), *silence(0.2), *sound(SECOND, 2.8))
    await call.heard()
    assert call.kit.transcriber.gate.inside == 1


def end(call: Call, third: str = THIRD) -> None:
    """Without a pause."""
    call.line.hear(*call.kit.voice.sound(third, 1.0), *silence(1.4))


def heads(journal: Journal) -> list[str]:
    return [event.text for event in journal.of(events.Transcribed) if event.speculative]


@pytest.mark.parametrize("slow", [True, False])
async def test_only_the_tail_is_left_at_the_end(kit: Kit, journal: Journal, slow: bool) -> None:
    async with calling(kit, journal) as call:
        await begin(call, slow=slow)
        await journal.until(lambda: kit.transcriber.heard == [FIRST])
        assert heads(journal) == ([FIRST] if slow else [])
        end(call)
        assert (await call.ended(1)).user == WHOLE
        assert kit.transcriber.heard == [FIRST, f"{SECOND} {THIRD}"]
        assert kit.transcriber.after == ["", FIRST]
        assert [event.turn for event in journal.of(events.Transcribed)] == [1, 1]


async def test_the_next_utterance_has_no_part_in_it(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        await begin(call)
        end(call)
        await call.ended(1)
        call.says("Tell me a joke.")
        assert (await call.ended(2)).user == "Tell me a joke."


async def test_a_pause_in_the_tail_leaves_the_head(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        await begin(call)
        call.line.hear(*silence(0.3))
        await journal.until(lambda: SECOND in kit.transcriber.heard)
        end(call)
        assert (await call.ended(1)).user == WHOLE
        assert kit.transcriber.heard[-1] == f"{SECOND} {THIRD}"


async def test_going_on_after_the_end_keeps_the_head(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        kit.synthesizer.gate.close()
        await begin(call)
        end(call)
        await kit.synthesizer.gate.reached()
        await journal.next(events.TurnTaken)
        call.line.hear(*kit.voice.sound("And they hurt.", 0.2))
        await call.heard()
        kit.synthesizer.gate.open()
        call.line.hear(*silence(1.4))
        await journal.until(lambda: f"{WHOLE} And they hurt." in call.users)
        assert kit.transcriber.heard[-1].endswith(f"{THIRD} And they hurt.")
        assert FIRST not in kit.transcriber.heard[-1]


async def test_a_number_is_heard_as_one(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        first, second = "It is the order O R D one", "two three and"
        await begin(call, first=first, second=second)
        end(call)
        assert (await call.ended(1)).user == f"{first} {second} {THIRD}"
        assert kit.transcriber.heard == [first, f"{first} {second} {THIRD}"]


async def test_who_is_asked_for_a_number_is_heard_whole(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        call.says("I want to return my order.")
        await call.ended(1)
        await begin(call)
        end(call)
        call.line.hear(*silence(0.4))  # who is asked for one gets longer
        assert (await call.ended(2)).user == WHOLE
        assert heads(journal) == []


async def test_a_head_that_comes_late_is_waited_for(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        await begin_slowly(call)
        end(call)
        await call.heard()
        assert kit.transcriber.gate.inside == 1  # the tail comes after it
        kit.transcriber.gate.open()
        assert (await call.ended(1)).user == WHOLE
        assert kit.transcriber.heard == [FIRST, f"{SECOND} {THIRD}"]


async def test_a_head_that_failed_is_heard_again(kit: Kit, journal: Journal) -> None:
    async with calling(kit, journal) as call:
        await begin_slowly(call)
        kit.transcriber.broken = True
        kit.transcriber.gate.open()
        await journal.next(events.StageFailed)
        kit.transcriber.broken = False
        end(call)
        assert (await call.ended(1)).user == WHOLE
        assert kit.transcriber.heard == [WHOLE]


@pytest.mark.parametrize("how", ["typed", "reset", "gone"])
async def test_nobody_hears_the_head_of_what_is_dropped(
    kit: Kit, journal: Journal, how: str
) -> None:
    async with calling(kit, journal) as call:
        await begin_slowly(call)
        before = kit.transcriber.gate.cancelled
        if how == "gone":
            await call.leaves()
        else:
            call.line.type("Tell me a joke.") if how == "typed" else call.line.reset()
        await journal.until(lambda: kit.transcriber.gate.inside == 0)
        assert kit.transcriber.gate.cancelled == before + 1
        assert heads(journal) == []


async def test_a_second_hearing_hears_all_of_it(kit: Kit, journal: Journal) -> None:
    acoustics = kit.transcriber.acoustics = ScriptedAcoustics({})
    async with calling(kit, journal) as call:
        await begin(call)
        end(call)
        await call.ended(1)  # nothing was made of the words, so the sound was asked
        assert kit.transcriber.heard == [FIRST, f"{SECOND} {THIRD}", WHOLE]
        assert len(acoustics.hints) == 1


async def test_the_whole_sound_is_kept(kit: Kit) -> None:
    acoustics = kit.transcriber.acoustics = ScriptedAcoustics({"This.": -1.0}, told="That.")
    wave = kit.voice.sound(WHOLE)[0].wave
    heard = WholeSound(kit.transcriber, wave, plain=WHOLE, confidence=-0.1)
    assert await heard.again("This, that.") == "That."
    assert await heard.score(["This."]) == (-1.0,)
    assert kit.transcriber.heard == [WHOLE]
    assert acoustics.hints == ["This, that."]


async def test_a_transcriber_that_keeps_no_sound_cannot_hear_again(kit: Kit) -> None:
    sound = WholeSound(kit.transcriber, silence(0.1)[0].wave, plain="", confidence=0.0)
    with pytest.raises(SttError, match="keeps no sound"):
        await sound.again("This.")


def test_both_are_as_sure_as_the_less_sure(kit: Kit) -> None:
    wave, acoustics = silence(0.1)[0].wave, ScriptedAcoustics({})
    head = Transcript("I bought it", -0.9, attempts=2, acoustics=acoustics)
    tail, nothing = Transcript("here.", -0.1, acoustics=acoustics), Transcript("", -2.0)
    heard = both(head, tail, kit.transcriber, wave)
    assert heard == Transcript("I bought it here.", -0.9, attempts=2)
    assert isinstance(heard.acoustics, WholeSound)
    assert both(head, nothing, kit.transcriber, wave) is head
    assert both(nothing, tail, kit.transcriber, wave) is tail
    unheard = both(Transcript("I bought it"), tail, kit.transcriber, wave)
    assert unheard.acoustics is None
