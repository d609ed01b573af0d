"""One customer: frames in, turns taken, answers out, interruptions.

    line.heard() -> voice detection -> turn-taking -> transcriber -+
                                            |                      +-> reply -> playout -> line.play
                                        turn judge ---------------+

Transcription, the turn's judgement and the answer up to its first clause (`preparation.py`) all run
in the customer's silence; whoever goes on speaking makes them void. Only the head of what becomes
long is transcribed before, and kept (`heads.py`). Whoever speaks over the bot makes it quieter at
once, then silent, and the words decide: an interruption is flush, cancel, await; after anything
else the answer goes on with the clause that was cut. One reply at a time.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from voicebot import events
from voicebot.audio import HEARING_RATE, Waveform
from voicebot.config import Turns, Vad
from voicebot.dialogue import phrases, steps
from voicebot.dialogue.heads import Cut
from voicebot.dialogue.interruption import Heard, judged
from voicebot.dialogue.turns import (
    AskJudge,
    Began,
    Dismissed,
    Ended,
    Interrupted,
    Noticed,
    Paused,
    Resumed,
    TurnEvent,
    Wording,
)
from voicebot.dialogue.wording import wording
from voicebot.ears import Ears, Hearing
from voicebot.playout import Playout
from voicebot.preparation import Answer, Preparation, words
from voicebot.recorder import Recording
from voicebot.reply import Replier
from voicebot.screen import Screen
from voicebot.session import Dialogue
from voicebot.speaking import Mouth
from voicebot.stages import Line, Reset, Sound, Transcript, Typed

DEAF_S = 5.0  # without a sample from the customer, be it silence: nothing more will be heard


class Conversation:
    """Serves one customer until he leaves; state of its own, models shared."""

    def __init__(
        self,
        line: Line,
        hearing: Hearing,
        replier: Replier,
        dialogue: Dialogue,
        *,
        turns: Turns,
        vad: Vad,
        welcome: str,
        recording: Recording | None = None,
    ) -> None:
        self._line, self._replier = line, replier
        self.dialogue, self._welcome = dialogue, welcome
        self._ears = Ears(hearing, turns, vad, recording)
        self._taker = self._ears.taker
        self._screen = Screen(line)
        self._playout = Playout(line, self._screen)
        self._mouth = Mouth(self._playout, self._screen, replier, self._spawn)
        self._begun: set[asyncio.Task[Any]] = set()  # and not over
        self._one_reply = asyncio.Lock()
        self._reply: asyncio.Task[None] | None = None
        self._transcript: asyncio.Task[Transcript | None] | None = None
        self._judgement: asyncio.Task[None] | None = None
        self._head: asyncio.Task[None] | None = None  # of what is being said, transcribed
        self._prepared: Preparation | None = None  # the answer, should this silence be the end
        self._pending: _Turn | None = None  # taken, but nothing of the answer was heard yet
        self._barge: _BargeIn | None = None  # of which it is not known yet what it is
        self._segment = ""  # of the customer's transcript

    async def run(self) -> None:
        """Until the customer leaves. Cancelling it falls silent and ends all that it began."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._spawn(self._screen.run())
                self._start_reply(self._greet)
                async for heard in self._line.heard():
                    match heard:
                        case Sound(wave):
                            self._listen(wave)
                        case Typed(text):
                            self._take_typed(text)
                        case Reset():
                            self._start_again()
                self._silence()
                for task in self._begun:
                    task.cancel()
        finally:
            self._line.flush()

    # ------------------------------------------------------------ hearing

    def _listen(self, wave: Waveform) -> None:
        self._taker.bot_speaks(self._playout.sounding)
        self._taker.expecting = steps.expecting(self._answered_to())
        self._follow(self._ears.hear(wave, self._playout.sounded()))
        # One at a time: what is cut meanwhile goes with the next piece.
        if self._ears.cut is not None and (self._head is None or self._head.done()):
            self._head = self._spawn(self._hear_head(self._ears.cut, self.dialogue.turn + 1))

    def _follow(self, found: tuple[TurnEvent, ...]) -> None:
        for event in found:
            match event:
                case Noticed():
                    self._playout.duck()
                case Dismissed():
                    self._playout.unduck()
                case Interrupted():
                    self._stop_to_hear(event)
                case Began():
                    self._begin(event)
                case Paused(start, end):
                    coming = self.dialogue.turn + 1
                    self._transcript = self._spawn(self._transcribe(start, end, coming))
                case AskJudge():
                    self._judgement = self._spawn(self._judge(event))
                case Resumed():
                    self._drop_hearing()
                    self._drop_prepared()
                case Ended():
                    self._end_turn(event)

    def _begin(self, event: Began) -> None:
        """The customer speaks: an answer that does not sound yet waits, and goes on if this turns
        out to be a cough. A turn that was taken was not finished if nothing of its answer has been
        heard: then both belong together."""
        coming = self.dialogue.turn + 1
        self._tell(coming)(events.SpeechBegan(at=self._ears.moment(event.start)))
        self._segment = f"customer-{uuid.uuid4().hex[:12]}"
        self._playout.unduck()
        pending = self._pending
        if pending is not None and self.dialogue.changes > pending.changes:
            self._pending = None
            return  # what was said has been done: it is told, and what follows stands alone
        if self._barge is not None and self._playout.heard():
            return
        if not self._playout.sounding:
            self._playout.hold()
        if pending is not None and pending.start is not None:
            self._taker.continue_from(pending.start)
            self._segment = pending.segment

    def _end_turn(self, event: Ended) -> None:
        coming = self.dialogue.turn + 1
        ended = _Ended(self._ears.moment(event.end), event, self._segment)
        transcript = self._transcript or self._spawn(
            self._transcribe(event.start, event.end, coming)
        )
        self._transcript = None
        self._drop_hearing()
        if self._reply is not None and not self._reply.done() and self._playout.held:
            self._spawn(self._reconsider(ended, transcript))
        else:
            self._take_turn(ended, transcript)

    async def _reconsider(self, ended: _Ended, transcript: asyncio.Task[Transcript | None]) -> None:
        """An answer waits for what the customer still said. Nothing, or nothing new: it goes on."""
        heard, pending = await transcript, self._pending
        text = heard.text if heard else ""
        if self._barge is not None:
            if (was := self._what_was(heard or Transcript(""))) is not Heard.MEANT:
                self._go_on(was)
                return
            self._interrupt()
        elif not text or (pending is not None and words(text) == words(pending.text)):
            self._drop_prepared()
            self._free_floor()
            return
        self._unsay()
        self._take_turn(ended, transcript)

    def _take_turn(self, ended: _Ended, transcript: asyncio.Task[Transcript | None]) -> None:
        event = ended.event
        silence_ms = round(event.silence * 1000 / HEARING_RATE)
        self.dialogue.begin_turn(event.cause, silence_ms=silence_ms, ended_at=ended.at)
        self._start_answer(self._turn(event.start, ended.segment), transcript)

    def _answered_to(self) -> steps.State:
        """The state that the customer's present words belong to: not what an answer has made of
        them that nobody has heard."""
        pending = self._pending
        if pending is not None and self._playout.held and not self._was_put():
            return pending.before
        return self.dialogue.state

    def _was_put(self) -> bool:
        """Whether the answer that was cut had been heard so far that what follows belongs to it."""
        heard = self._playout.heard() if self._barge is not None else ""
        return bool(heard) and steps.was_put(self.dialogue.state, heard)

    def _free_floor(self) -> None:
        """The bot may begin to sound, unless the customer is speaking again."""
        if not self._taker.in_speech:
            self._playout.release()

    async def _transcribe(self, start: int, end: int, turn: int) -> Transcript | None:
        """What was said in start..end, None where that cannot be known. Tells turn-taking, if it
        still asks."""
        events.work_for(self.dialogue.room, turn)
        if self._head is not None:
            await asyncio.wait([self._head])
        heard = await self._ears.words(start, end, self._tell(turn))
        if self._transcript is asyncio.current_task():
            found = Wording.OPEN if heard is None else wording(heard.text)
            if heard is not None and self._barge is not None:
                if not await self._is_interrupted(heard):
                    return heard
                if self._transcript is not asyncio.current_task():
                    return heard
            if heard is not None and heard.text and found is not Wording.HANGS:
                self._prepare(heard)
            odds = None if heard is None else await self._ears.odds(heard.text, found)
            if self._transcript is asyncio.current_task():
                self._follow(self._taker.transcribed(found, odds))
        return heard

    async def _hear_head(self, cut: Cut, turn: int) -> None:
        events.work_for(self.dialogue.room, turn)
        await self._ears.hear_head(cut, self._tell(turn))

    def _prepare(self, heard: Transcript) -> None:
        """Answer these words while it is found out whether they are all."""
        state = self._answered_to()
        self._drop_prepared()
        self._prepared = Preparation(
            self._replier, self.dialogue, heard, state=state, spawn=self._spawn
        )

    def _drop_prepared(self) -> None:
        if self._prepared is not None:
            self._prepared.drop()
            self._prepared = None

    async def _judge(self, asked: AskJudge) -> None:
        """After the words, which may make it needless: on two cores both at once take longer than
        one after the other."""
        if self._ears.words_tell and self._transcript is not None:
            await asyncio.wait([self._transcript])
            if self._taker.certain:
                return
        probability = await self._ears.finished(asked, self._tell(self.dialogue.turn + 1))
        if probability is not None and self._judgement is asyncio.current_task():
            self._follow(self._taker.judged(probability))

    def _forget_hearing(self) -> None:
        """What is being said is not answered."""
        self._drop_hearing()
        self._drop_prepared()
        if self._head is not None:
            self._head.cancel()
        self._taker.reset()

    def _drop_hearing(self) -> None:
        for task in (self._transcript, self._judgement):
            if task is not None and task is not asyncio.current_task():
                task.cancel()
        self._transcript = self._judgement = None

    def _tell(self, turn: int) -> Callable[[events.Event], None]:
        return lambda event: self.dialogue.tell(event, turn)

    # ------------------------------------------------------------ voices over the bot's

    def _stop_to_hear(self, event: Interrupted) -> None:
        """Silence: what it is, the words will tell."""
        self._playout.hold()
        now = time.monotonic()
        self._barge = _BargeIn(now, (now - self._ears.moment(event.start)) * 1000)
        self.dialogue.tell(events.Held(ms=self._barge.ms))
        self._screen.state("listening")
        self._spawn(self._mind_deafness(self._barge))

    async def _mind_deafness(self, barge: _BargeIn) -> None:
        """A microphone that goes off over the bot's voice must not leave it silent for ever."""
        heard = -1
        while self._barge is barge and heard != self._taker.now:
            heard = self._taker.now
            await asyncio.sleep(DEAF_S)
        if self._barge is barge:
            self._taker.reset()
            self._go_on(Heard.NOTHING)

    def _what_was(self, heard: Transcript) -> Heard:
        pending, sounded = self._pending, self._playout.heard()
        if not sounded and pending is not None and words(heard.text) == words(pending.text):
            return Heard.NOTHING  # new: both were heard as one
        asking = self._playout.clause.endswith("?")
        own = sounded if self._ears.hear_us else ""
        over, confidence = self._playout.over, heard.confidence
        return judged(heard.text, confidence=confidence, asking=asking, over=over, own=own)

    async def _is_interrupted(self, heard: Transcript) -> bool:
        """Whether these words end the answer; returns when it has ended. If not, it goes on, or
        waits for what an "um" announces."""
        was, reply = self._what_was(heard), self._reply
        if was is Heard.MEANT:
            self._interrupt()
            if reply is not None:
                await asyncio.wait([reply])
            return True
        if was is not Heard.HESITATION:
            self._go_on(was)
        return False

    def _go_on(self, was: Heard) -> None:
        """It was no interruption, unless the customer is speaking again: that will tell."""
        if self._barge is None or (self._taker.in_speech and not self._taker.paused):
            return
        silent_ms = (time.monotonic() - self._barge.at) * 1000
        self._barge = None
        self.dialogue.tell(events.WentOn(was=was.name.lower(), silent_ms=silent_ms))
        self._forget_hearing()
        self._screen.state("speaking")
        self._playout.release()

    def _interrupt(self) -> None:
        """The answer is over; what was heard of it counts."""
        ms = self._barge.ms if self._barge is not None else 0.0
        put, heard = self._was_put(), self._playout.heard()
        self._silence()
        if not put:
            self._unsay(heard)
        self._pending = None
        self.dialogue.tell(events.CutOff(heard=heard, ms=ms))

    # ------------------------------------------------------------ what else customers do

    def _take_typed(self, text: str) -> None:
        self._forget_hearing()
        self._silence()
        if not steps.was_put(self.dialogue.state, heard := self._playout.heard()):
            self._unsay(heard)
        self.dialogue.begin_turn("typed")
        self._start_answer(self._turn(None, f"customer-{uuid.uuid4().hex[:12]}"), text)

    def _start_again(self) -> None:
        self._forget_hearing()
        self._silence()
        self._pending = None
        self._free_floor()
        self.dialogue.forget()
        self._start_reply(self._welcome_back)

    def _unsay(self, heard: str = "") -> None:
        """The answer was not heard, or not enough of it: spoken words that it was given to are
        taken up again with those that follow. Typed ones stand: a "no" must not be lost."""
        pending = self._pending
        if pending is None or self.dialogue.changes != pending.changes:
            return
        if pending.start is not None or not steps.was_put(self.dialogue.state, heard):
            self.dialogue.state = pending.before

    def _silence(self) -> None:
        """Flush and cancel; the next reply awaits the end of this one."""
        self._barge = None
        self._playout.stop()
        self._cut_reply()

    def _cut_reply(self) -> None:
        if self._reply is None or self._reply.done() or self._reply is asyncio.current_task():
            return
        self._reply.cancel()
        self.dialogue = self.dialogue.go_on()

    # ------------------------------------------------------------ answering

    def _turn(self, start: int | None, segment: str) -> _Turn:
        dialogue = self.dialogue
        return _Turn(dialogue.turn, start, segment, dialogue.state, dialogue.changes)

    def _start_answer(self, turn: _Turn, said: asyncio.Task[Transcript | None] | str) -> None:
        self._pending = turn
        self._free_floor()
        self._start_reply(partial(self._answer, turn, said))

    def _start_reply(self, reply: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Ends the former one, and begins when that is over: it may have a change to finish."""
        self._cut_reply()
        self._reply = self._spawn(self._in_turn(reply))

    async def _in_turn(self, reply: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async with self._one_reply:
            await reply()

    async def _greet(self) -> None:
        self._screen.state("listening")
        await self._mouth.say(self.dialogue, self._welcome)
        self.dialogue.state = steps.State(said=self._welcome)

    async def _welcome_back(self) -> None:
        self.dialogue.forget()  # once more: the answer that was cut wrote down what was heard
        await self._mouth.say(self.dialogue, phrases.WELCOME_BACK)

    async def _answer(self, turn: _Turn, said: asyncio.Task[Transcript | None] | str) -> None:
        """One turn's answer: the words, then the sound. Cancelled, what was heard is kept."""
        heard = Transcript(said) if isinstance(said, str) else await said
        if heard is None or not heard.text:
            self._pending = None
            if heard is None:
                await self._mouth.say(self.dialogue, phrases.NOT_HEARD)
            return
        turn.text = text = heard.text
        self.dialogue.acoustics = heard.acoustics
        self._screen.customer(turn.segment, text, final=True)
        self._screen.state("thinking")
        try:
            answer = self._answer_to(text)
            await self._mouth.speak(self.dialogue, answer)
        finally:
            if self._pending is turn:
                self._pending = None
            said_aloud, sounded = self._playout.said(), self._playout.heard()
            self.dialogue.end_turn(text, said_aloud, sounded, turn.number)

    def _answer_to(self, text: str) -> Answer:
        """The one that was prepared, if it is to these words and nothing has happened since."""
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            if prepared.holds(text, self.dialogue):
                self.dialogue, answer = prepared.take(self.dialogue.turn)
                return answer
            prepared.drop()
        return Answer(self.dialogue, self._replier.sound(self.dialogue, text), self._spawn)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self._tasks.create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return task


@dataclass
class _Turn:
    """A turn that was taken. start: of its utterance, None if it was typed; before, changes: the
    dialogue's when it was taken; text: its words, once they are known."""

    number: int
    start: int | None
    segment: str
    before: steps.State
    changes: int
    text: str = ""


@dataclass(frozen=True)
class _BargeIn:
    """Something sounds over the bot's voice. at: monotonic time at which the bot fell silent, ms
    after the first of it."""

    at: float
    ms: float


@dataclass(frozen=True)
class _Ended:
    """An utterance that is over. at: monotonic time of its last voice."""

    at: float
    event: Ended
    segment: str
