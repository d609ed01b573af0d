"""One answer: from a customer's words to sound.

The first means that is sure of itself answers, and the turn's events say which it was:
1. the dialogue: a question of ours is open and the words answer it;
2. a tool, chosen by similarity, its arguments filled from what exists, spoken by its template;
3. the shop's own sentence, quoted; or the word that the documents are silent;
4. the language model: small talk, checked for claims about the shop.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from voicebot import events
from voicebot.audio import Speech
from voicebot.desk import Desk
from voicebot.dialogue import followup, intents, phrases, several, steps, subjects
from voicebot.dialogue.flow import Flow
from voicebot.dialogue.followup import Resolved
from voicebot.dialogue.spoken import answers
from voicebot.dialogue.steps import State
from voicebot.errors import StageError, StoreError
from voicebot.events import Means
from voicebot.grounding import Grounded, Grounding
from voicebot.knowledge.quotes import Quote
from voicebot.reading import Reading
from voicebot.second_hearing import SecondHearing
from voicebot.session import Dialogue
from voicebot.small_talk import SmallTalk
from voicebot.speaker import Parts, Speaker
from voicebot.stages import Card, Hit
from voicebot.tools.base import ToolResult, failure
from voicebot.understand import Understander, Understanding

SIDE_QUESTION = 0.6  # similarity from which words are no answer to our question but one of theirs
UNSURE = -0.25  # confidence; over babble, of words below it one in six was what had been said


@dataclass(frozen=True)
class _Choice:
    """How the means was come by."""

    asked_model: bool = False
    ms: float = 0.0

    def also(self, asked_model: bool, ms: float) -> _Choice:
        return _Choice(self.asked_model or asked_model, self.ms + ms)


@dataclass(frozen=True)
class Replier:
    """Answers for all conversations; holds no state of any."""

    rules: Flow
    desk: Desk
    understander: Understander
    grounding: Grounding
    small_talk: SmallTalk
    speaker: Speaker

    @property
    def _again(self) -> SecondHearing:
        return SecondHearing(self.desk, self.reading)

    @property
    def reading(self) -> Reading:
        return Reading(self.rules, self.desk, self.understander)

    # ------------------------------------------------------------ sound

    def sound(self, dialogue: Dialogue, text: str) -> AsyncGenerator[Speech | Card, None]:
        """The answer as speech, clause by clause, and what the page shows beside it. Cancelling
        stops the model and the synthesis; a change to the database that has begun is finished."""
        return self.speaker.sound(dialogue, self.words(dialogue, text))

    # ------------------------------------------------------------ words

    async def words(self, dialogue: Dialogue, text: str) -> Parts:
        """The answer as text deltas, and cards. The dialogue's state moves on as the first of it is
        given out, or as a change to the shop's data begins. A stage's failure is an apology."""
        events.work_for(dialogue.room, dialogue.turn)
        try:
            async with aclosing(self._answers(dialogue, text)) as parts:
                async for part in parts:
                    yield part
        except (StageError, StoreError) as error:
            dialogue.tell(events.StageFailed(stage=type(error).__name__, error=str(error)))
            self._chose(dialogue, "apology")
            yield phrases.TROUBLE

    async def _answers(self, dialogue: Dialogue, text: str) -> Parts:
        """To all that was asked, one after the other; what comes behind a question of ours waits
        until that is answered."""
        await self.desk.refresh()
        state = dialogue.state
        dialogue.ran.clear()
        dialogue.chats = False
        heard = dialogue.acoustics
        if heard is not None and _is_open(state) and not self.rules.names_order(state, text):
            text = heard.plain or text  # no request is expected now
        dialogue.unsure = heard is not None and heard.confidence < UNSURE
        now, *besides = await self.reading.several(state, text)
        before = state.waiting
        state = replace(state, waiting=several.wait(before, *besides))
        told: list[str] = []
        while True:
            async with aclosing(await self._answer(dialogue, state, now)) as parts:
                async for part in parts:
                    yield part
            state = dialogue.state
            told.append(state.said)
            if state.asked is not None or not state.waiting:
                break
            now, rest = state.waiting[0], state.waiting[1:]
            state = replace(state, waiting=rest)
            yield f" {phrases.NEXT} " if now in before else " "
        if len(told) > 1:
            dialogue.state = replace(state, said=" ".join(told))

    async def _answer(self, dialogue: Dialogue, state: State, text: str) -> Parts:
        """The means that answers, about to begin."""
        if (polite := self._courtesy(state, text)) is not None:
            self._chose(dialogue, "dialogue", "courtesy")
            dialogue.state = state
            return _only(polite)
        step = None if self.rules.is_aside(state, text) else self.rules.answer(state, text)
        if step is not None:
            return self._take(dialogue, step)
        question = await self.reading.meant(state, text)
        if isinstance(question, steps.Run):
            return self._take(dialogue, question)
        found = await self.reading.intent(state, question)
        dialogue.tell(events.PassagesFound(passages=_shown(found), ms=found.retrieval_ms))
        if _is_open(state) and not (self.rules.is_aside(state, text) or _is_another(found)):
            step = self.rules.answer(state, text)
            again = "" if step else await self._again.words(dialogue, state, text)
            if again and self.rules.is_aside(state, again):  # never an answer, let alone a yes
                return await self._answer(dialogue, state, again)
            return self._take(dialogue, step or self.rules.again(state))
        return await self._by_intent(dialogue, state, found, question)

    def _courtesy(self, state: State, text: str) -> str | None:
        """Words that want no looking up."""
        if answers.wants_repeat(text):
            return state.said or phrases.NOTHING_TO_REPEAT
        if answers.wants_quiet(text) and not (_is_open(state) and answers.wants_to_stop(text)):
            return phrases.LISTENING
        if _is_open(state) or (state.asked and answers.yes_no(text) is not None):
            return None
        if answers.is_greeting(text):
            return phrases.FINE if answers.asks_how_we_are(text) else phrases.HELLO
        if answers.is_thanks(text):
            return phrases.THANKS
        return phrases.GOODBYE if answers.is_goodbye(text) else None

    async def _by_intent(
        self, dialogue: Dialogue, state: State, found: Understanding, question: Resolved
    ) -> Parts:
        intent, text = found.intent, question.text
        chose = _Choice(found.asked_model, found.ms)
        if intent in steps.ORDER_TOOLS:
            if self.reading.may_ask_for_rules(state, text):
                grounded = await self.grounding.find(question, found.hits)
                if grounded.quote is not None:
                    return self._quote(dialogue, state, found.hits, question, chose, grounded)
            return self._take(dialogue, self.rules.begin(state, intent, text), chose)
        if intent == steps.SEARCH:
            if again := await self._again.words(dialogue, state, text):
                return await self._answer(dialogue, state, again)
            return await self._search(dialogue, state, found, question, chose)
        if intent == intents.STAFF:
            return self._take(dialogue, steps.CallStaff(state), chose)
        if intent == intents.SMALL_TALK:
            if again := await self._again.words(dialogue, state, text):
                return await self._answer(dialogue, state, again)
            if _misheard(dialogue, state):
                return self._take(dialogue, _say_again(state), chose)
            return self._talk(dialogue, state, text, chose)
        if intent == intents.DOCUMENTS:
            return self._quote(dialogue, state, found.hits, question, chose)
        slots = self.desk.slots(intent)
        return self._take(dialogue, self.rules.begin_own(state, intent, slots, text), chose)

    # ------------------------------------------------------------ the means

    async def _take(
        self, dialogue: Dialogue, step: steps.Step, chose: _Choice | None = None
    ) -> Parts:
        """Follow the steps to the one that speaks."""
        means: Means = "dialogue"
        while not isinstance(step, steps.Say):
            match step:
                case steps.Weigh():
                    step = self.rules.weighed(step, await self._again.number(dialogue, step))
                case steps.Verify(order_id, answer, state):
                    answer = await self._again.name(dialogue, order_id, answer)
                    await dialogue.binding()
                    outcome = await self.desk.verify(order_id, answer, dialogue.session)
                    step = self.rules.verified(state, outcome)
                case steps.CheckReturn(order_id, state):
                    refusal, items = await self.desk.returnable(order_id)
                    step = self.rules.returnable(state, refusal, items)
                case steps.CallStaff(state):
                    dialogue.tell(events.StaffCalled(question=state.unanswered))
                    step = steps.Say(phrases.STAFF_COMES, replace(state, unanswered=""))
                case steps.Run(_, _, state) if step.call in dialogue.ran:
                    step = steps.Say("", state)
                case steps.Run(tool, _, state):
                    means = "tool"
                    if self.desk.changes(tool):
                        await dialogue.binding()
                    dialogue.ran.add(step.call)
                    if step.confirmed:  # from here on it cannot be unsaid, whatever is cut
                        dialogue.state, dialogue.changes = state, dialogue.changes + 1
                    self._chose(dialogue, means, tool, chose)
                    result = await self._run(dialogue, step)
                    if result.card:
                        yield result.card
                    said = (result.detail if step.detail else "") or result.say
                    step = self.rules.told(step, result.data, said, result.ask, result.offer)
        if means == "dialogue":
            self._chose(dialogue, means, step.state.asked or "", chose)
        dialogue.state = replace(step.state, said=step.text)
        yield step.text

    async def _search(
        self,
        dialogue: Dialogue,
        state: State,
        found: Understanding,
        question: Resolved,
        chose: _Choice,
    ) -> Parts:
        """In the catalogue; what it does not have may stand in the documents ("can I leave old
        paint here?")."""
        run = await self.reading.search(state, question.text)
        stocked = await self.desk.stocks(run.arguments["query"])
        if not stocked:
            grounded = await self.grounding.find(question, found.hits)
            if grounded.quote is not None:
                return self._quote(dialogue, state, found.hits, question, chose, grounded)
        return self._sought(dialogue, run, question.text, chose, stocked=stocked)

    async def _sought(
        self, dialogue: Dialogue, run: steps.Run, question: str, chose: _Choice, *, stocked: bool
    ) -> Parts:
        """In the catalogue, after the documents or without them. stocked: whether it is there; what
        is not may have been said otherwise, or a colleague knows."""
        lost = not stocked and _misheard(dialogue, run.state)
        step = _say_again(run.state) if lost else run
        async with aclosing(self._take(dialogue, step, chose)) as parts:
            async for part in parts:
                yield part
        if not stocked and not lost:
            offer = self._unknown(dialogue, dialogue.state, question, told=True)
            async with aclosing(offer):
                async for part in offer:
                    yield part

    async def _unknown(
        self,
        dialogue: Dialogue,
        state: State,
        question: str,
        chose: _Choice | None = None,
        *,
        told: bool = False,
    ) -> Parts:
        """told: whether the customer has heard that it leads nowhere."""
        self._chose(dialogue, "unknown", "", chose)
        dialogue.tell(events.Unanswered(question=question))
        open_still = self.rules.again(state) if _is_open(state) else None
        offer = open_still or self.rules.offer_staff(state, question, told=told)
        words = f" {offer.text}" if told and offer.text else offer.text
        dialogue.state = replace(offer.state, said=f"{state.said if told else ''}{words}")
        yield words

    async def _run(self, dialogue: Dialogue, step: steps.Run) -> ToolResult:
        began, state = time.monotonic(), step.state
        result = await self.desk.run(
            step.tool,
            step.arguments,
            session=dialogue.session,
            verified=state.verified,
            confirmed=step.confirmed,
        )
        if (trouble := failure(result)) is not None:
            dialogue.tell(events.StageFailed(stage=f"tool {step.tool}", error=trouble))
        dialogue.tell(
            events.ToolRan(
                name=step.tool,
                arguments=step.arguments,
                result=result.data,
                ms=(time.monotonic() - began) * 1000,
            )
        )
        return result

    async def _quote(
        self,
        dialogue: Dialogue,
        state: State,
        hits: Sequence[Hit],
        question: Resolved,
        chose: _Choice,
        grounded: Grounded | None = None,
    ) -> Parts:
        """grounded: what was found for the question, where that is known."""
        asked, grounded = question, grounded or await self.grounding.find(question, hits)
        whole = (
            "" if question.leans else followup.whole(question.text, subjects.topic(state.subjects))
        )
        if grounded.quote is None and whole:
            question = Resolved(whole, leans=True)
            hits = await self.understander.search(whole)
            grounded = grounded.then(await self.grounding.find(question, hits))
        chose = chose.also(grounded.judged > 0, grounded.ms)
        if grounded.quote is None:
            if not asked.leans and (again := await self._again.words(dialogue, state, asked.text)):
                async with aclosing(await self._answer(dialogue, state, again)) as parts:
                    async for part in parts:
                        yield part
                return
            other = await self.reading.instead(state, question)
            if other is not None:
                stocked = await self.desk.stocks(other.arguments["query"])
                instead = self._sought(dialogue, other, question.text, chose, stocked=stocked)
            elif _misheard(dialogue, state) and not _is_open(state):
                instead = self._take(dialogue, _say_again(state), chose)
            else:
                instead = self._unknown(dialogue, state, question.text, chose)
            async with aclosing(instead):
                async for part in instead:
                    yield part
            return
        best = grounded.quote.hits[0]
        self._chose(dialogue, "quote", f"{best.source} p. {best.page}", chose)
        yield _quote_card(grounded.quote)
        about, said = followup.answered(question, state.subjects), ""
        async with aclosing(self.grounding.words(question.text, grounded.quote)) as parts:
            async for part in parts:
                said += part
                dialogue.state = replace(state, said=said.strip(), subjects=about)
                yield part

    async def _talk(self, dialogue: Dialogue, state: State, text: str, chose: _Choice) -> Parts:
        self._chose(dialogue, "model", "", replace(chose, asked_model=True))
        dialogue.chats, said = True, ""
        async with aclosing(self.small_talk.words(dialogue, text)) as parts:
            async for part in parts:
                said += part
                yield part
        dialogue.state = replace(state, said=said.strip())

    def _chose(
        self, dialogue: Dialogue, means: Means, detail: str = "", chose: _Choice | None = None
    ) -> None:
        chose = chose or _Choice()
        dialogue.tell(
            events.MeansChosen(
                means=means, detail=detail, asked_model=chose.asked_model, ms=chose.ms
            )
        )


async def _only(text: str) -> Parts:
    yield text


def _is_open(state: State) -> bool:
    """Whether a question of ours wants an answer before anything else goes on."""
    return state.asked is not None and state.asked not in steps.OFFERS


def _misheard(dialogue: Dialogue, state: State) -> bool:
    """Whether words that lead nowhere are worth a question back: once, and not amid others."""
    return dialogue.unsure and not state.waiting and state.said != phrases.NOT_HEARD


def _say_again(state: State) -> steps.Say:
    return steps.Say(phrases.NOT_HEARD, state)


def _is_another(found: Understanding) -> bool:
    """Whether words that are no answer to our question ask for something else."""
    return max(found.scores.values(), default=0.0) >= SIDE_QUESTION


def _quote_card(quote: Quote) -> Card:
    best = quote.hits[0]
    data = {"text": quote.text, "source": best.source, "page": best.page, "modified": best.modified}
    return Card("quote", data)


def _shown(found: Understanding) -> tuple[dict[str, object], ...]:
    return tuple(
        {
            "source": hit.source,
            "page": hit.page,
            "text": hit.sentence,
            "score": round(hit.score, 4),
            "keywords": round(hit.keywords, 4),
            "modified": hit.modified,
        }
        for hit in found.hits
    )
