"""One answer: from a customer's words to sound.

The first means that is sure of itself answers, and the turn's events say which it was:
1. the dialogue: a question of ours is open and the words answer it;
2. a tool, chosen by similarity, its arguments filled from what exists, spoken by its template;
3. the shop's own sentence, quoted; or the word that the documents are silent;
4. the language model: small talk, checked for claims about the shop.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from voicebot import events
from voicebot.audio import Speech
from voicebot.desk import Desk
from voicebot.dialogue import flow, followup, intents, phrases, prompt
from voicebot.dialogue.arguments import asks_for_goods, product_search
from voicebot.dialogue.ear import for_the_ear
from voicebot.dialogue.flow import Flow, State
from voicebot.dialogue.followup import Resolved
from voicebot.dialogue.history import History
from voicebot.dialogue.sentences import Clauses, clauses
from voicebot.dialogue.spoken import answers, identifiers
from voicebot.errors import LlmError, StageError, StoreError
from voicebot.events import Event, Means
from voicebot.grounding import Grounding
from voicebot.knowledge.quotes import Quote
from voicebot.stages import Card, Hit, LanguageModel, Synthesizer
from voicebot.tools.base import ToolResult
from voicebot.understand import Understander, Understanding

Tell: TypeAlias = Callable[[Event], None]  # takes events of this turn
Parts: TypeAlias = AsyncGenerator[str | Card, None]  # text deltas, and cards before their words
SIDE_QUESTION = 0.6  # similarity from which words are no answer to our question but one of theirs


@dataclass
class Dialogue:
    """What one customer's conversation has come to. session: whose attempts at a proof are counted
    together; emit: takes its events."""

    room: str
    session: str
    history: History
    emit: Tell
    state: State = field(default_factory=State)
    turn: int = 0
    hint: str = ""  # words that the customer is likely to say next
    changes: int = 0  # to the shop's data, begun for this customer

    def tell(self, event: Event, turn: int | None = None) -> None:
        """turn: whose it is, if not the present one's."""
        self.emit(replace(event, room=self.room, turn=self.turn if turn is None else turn))

    def begin_turn(self, cause: str, *, silence_ms: int = 0, ended_at: float | None = None) -> None:
        """The bot's turn. ended_at: monotonic time of the end of the customer's voice."""
        self.turn += 1
        self.tell(events.SpeechEnded() if ended_at is None else events.SpeechEnded(at=ended_at))
        self.tell(events.TurnTaken(silence_ms=silence_ms, cause=cause))

    def end_turn(self, user: str, say: str, heard: str, turn: int | None = None) -> None:
        if heard:
            self.history.add(user, heard)
        self.tell(events.ReplyEnded(user=user, say=say, heard=heard), turn)

    def forget(self) -> None:
        """Start again: nothing that was said or proved counts any more."""
        self.history.clear()
        self.state, self.hint = State(), ""


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
    model: LanguageModel
    synthesizer: Synthesizer
    shop: str
    temperature: float

    # ------------------------------------------------------------ sound

    async def sound(self, dialogue: Dialogue, text: str) -> AsyncGenerator[Speech | Card, None]:
        """The answer as speech, clause by clause, and what the page shows beside it. Cancelling
        stops the model and the synthesis; a change to the database that has begun is finished."""
        splitter = Clauses()
        async with aclosing(self.words(dialogue, text)) as words:
            async for part in words:
                if isinstance(part, Card):
                    yield part
                    continue
                for clause in splitter.push(part):
                    async with aclosing(self._speak(dialogue, clause)) as pieces:
                        async for speech in pieces:
                            yield speech
            for clause in splitter.close():
                async with aclosing(self._speak(dialogue, clause)) as pieces:
                    async for speech in pieces:
                        yield speech

    async def say(self, dialogue: Dialogue, text: str) -> AsyncGenerator[Speech, None]:
        """A text that is known whole, as speech."""
        for clause in clauses(text):
            async with aclosing(self._speak(dialogue, clause)) as pieces:
                async for speech in pieces:
                    yield speech

    async def _speak(self, dialogue: Dialogue, clause: str) -> AsyncGenerator[Speech, None]:
        """One clause; its first piece carries the caption."""
        began, caption = time.monotonic(), clause
        async with aclosing(self.synthesizer.synthesize(for_the_ear(clause))) as pieces:
            async for piece in pieces:
                if caption:
                    ms = (time.monotonic() - began) * 1000
                    dialogue.tell(events.ClauseReady(text=clause, ms=ms, audio_s=piece.seconds))
                yield Speech(piece.pcm, caption)
                caption = ""

    # ------------------------------------------------------------ words

    async def words(self, dialogue: Dialogue, text: str) -> Parts:
        """The answer as text deltas, and cards. The dialogue's state moves on as the first of it is
        given out, or as a change to the shop's data begins. A stage's failure is an apology."""
        try:
            async with aclosing(await self._answer(dialogue, text)) as parts:
                async for part in parts:
                    yield part
        except (StageError, StoreError) as error:
            dialogue.tell(events.StageFailed(stage=type(error).__name__, error=str(error)))
            self._chose(dialogue, "apology")
            yield phrases.TROUBLE

    async def _answer(self, dialogue: Dialogue, text: str) -> Parts:
        """The means that answers, about to begin."""
        await self.desk.refresh()
        state = dialogue.state
        if state.asked == "proof" and _echoes(text, dialogue.hint):
            return self._take(dialogue, self.rules.again(state))
        if (polite := self._courtesy(state, text)) is not None:
            self._chose(dialogue, "dialogue", "courtesy")
            return _only(polite)
        step = None if _is_question(text) else self.rules.answer(state, text)
        if step is not None:
            return self._take(dialogue, step)
        question = followup.resolve(text, state.topic)
        found = await self.understander.understand(*await self._narrowed(question))
        dialogue.tell(events.PassagesFound(passages=_shown(found), ms=found.retrieval_ms))
        if _is_open(state) and not _is_another(found, text):
            step = self.rules.answer(state, text) or self.rules.again(state)
            return self._take(dialogue, step)
        return self._by_intent(dialogue, found, question)

    async def _narrowed(self, question: Resolved) -> tuple[str, tuple[str, ...]]:
        """The words to understand, and what they and the shop's own data say they may mean: an
        order's number means that order, goods that are asked for and exist mean the catalogue. ()
        leaves everything open."""
        text, prefixes = question.text, self.desk.index().prefixes
        if question.leans:
            return text, (intents.DOCUMENTS,)
        # Whether such an order exists must not show in what is answered; that numbers like it do
        # is no secret. Others are parts, sizes and the like.
        numbers = [
            number
            for number in identifiers.heard(text, prefix_known=prefixes)
            if number.cue or number.order_id.isdigit() or number.order_id.startswith(prefixes)
        ]
        if numbers:
            for number in reversed(numbers):
                text = text[: number.start] + text[number.end :]
            return text, flow.ORDER_TOOLS
        if intents.asks_for_rules(text):
            return text, (intents.DOCUMENTS,)
        goods = asks_for_goods(text) and await self.desk.stocks(product_search(text)["query"])
        return text, (flow.SEARCH,) if goods else ()

    def _courtesy(self, state: State, text: str) -> str | None:
        """Words that want no looking up."""
        if answers.wants_repeat(text):
            return state.said or phrases.NOTHING_TO_REPEAT
        if answers.wants_quiet(text) and not (_is_open(state) and answers.wants_to_stop(text)):
            return phrases.LISTENING
        if _is_open(state) or (state.asked and answers.yes_no(text) is not None):
            return None
        if answers.is_thanks(text):
            return phrases.THANKS
        return phrases.GOODBYE if answers.is_goodbye(text) else None

    def _by_intent(self, dialogue: Dialogue, found: Understanding, question: Resolved) -> Parts:
        state, intent, text = dialogue.state, found.intent, question.text
        chose = _Choice(found.asked_model, found.ms)
        if intent in flow.ORDER_TOOLS:
            return self._take(dialogue, self.rules.begin(state, intent, text), chose)
        if intent == flow.SEARCH:
            step = flow.Run(intent, product_search(text), state)
            return self._take(dialogue, step, chose)
        if intent == intents.STAFF:
            return self._take(dialogue, flow.CallStaff(state), chose)
        if intent == intents.SMALL_TALK:
            return self._talk(dialogue, text, chose)
        if intent == intents.DOCUMENTS:
            return self._quote(dialogue, found.hits, question, chose)
        return self._take(dialogue, flow.Run(intent, {}, state), chose)

    # ------------------------------------------------------------ the means

    async def _take(
        self, dialogue: Dialogue, step: flow.Step, chose: _Choice | None = None
    ) -> Parts:
        """Follow the steps to the one that speaks."""
        means: Means = "dialogue"
        while not isinstance(step, flow.Say):
            match step:
                case flow.Verify(order_id, answer, state):
                    outcome = await self.desk.verify(order_id, answer, dialogue.session)
                    step = self.rules.verified(state, outcome)
                case flow.CheckReturn(order_id, state):
                    refusal, items = await self.desk.returnable(order_id)
                    step = self.rules.returnable(state, refusal, items)
                case flow.CallStaff(state):
                    dialogue.tell(events.StaffCalled(question=state.unanswered))
                    step = flow.Say(phrases.STAFF_COMES, replace(state, unanswered=""))
                case flow.Run(tool, _, state):
                    means = "tool"
                    if step.confirmed:  # from here on it cannot be unsaid, whatever is cut
                        dialogue.state, dialogue.changes = state, dialogue.changes + 1
                    self._chose(dialogue, means, tool, chose)
                    result = await self._run(dialogue, step)
                    if result.card:
                        yield result.card
                    step = self.rules.told(state, result.say, result.offer)
        if means == "dialogue":
            self._chose(dialogue, means, step.state.asked or "", chose)
        dialogue.hint = await self._hint(step.state)
        dialogue.state = replace(step.state, said=step.text, topic="")
        yield step.text

    async def _hint(self, state: State) -> str:
        if state.asked != "proof" or state.task is None or state.task.order_id is None:
            return ""
        return await self.desk.proof_hint(state.task.order_id)

    async def _run(self, dialogue: Dialogue, step: flow.Run) -> ToolResult:
        began, state = time.monotonic(), step.state
        result = await self.desk.run(
            step.tool,
            step.arguments,
            session=dialogue.session,
            verified=state.verified,
            confirmed=step.confirmed,
        )
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
        self, dialogue: Dialogue, hits: Sequence[Hit], question: Resolved, chose: _Choice
    ) -> Parts:
        state = dialogue.state
        grounded = await self.grounding.find(question, hits)
        whole = "" if question.leans else followup.whole(question.text, state.topic)
        if grounded.quote is None and whole:
            question = Resolved(whole, leans=True)
            hits = await self.understander.search(whole)
            grounded = grounded.then(await self.grounding.find(question, hits))
        chose = chose.also(grounded.judged > 0, grounded.ms)
        if grounded.quote is None:
            self._chose(dialogue, "unknown", "", chose)
            dialogue.tell(events.Unanswered(question=question.text))
            open_still = self.rules.again(state) if _is_open(state) else None
            step = open_still or self.rules.offer_staff(state, question.text)
            dialogue.state = replace(step.state, said=step.text)
            yield step.text
            return
        best = grounded.quote.hits[0]
        self._chose(dialogue, "quote", f"{best.source} p. {best.page}", chose)
        yield _quote_card(grounded.quote)
        topic = state.topic if question.leans else question.text
        said = ""
        async with aclosing(self.grounding.words(question.text, grounded.quote)) as parts:
            async for part in parts:
                said += part
                dialogue.state = replace(dialogue.state, said=said.strip(), topic=topic)
                yield part

    async def _talk(self, dialogue: Dialogue, text: str, chose: _Choice) -> Parts:
        """Clause by clause, each checked before it is spoken; one that claims ends the answer."""
        self._chose(dialogue, "model", "", replace(chose, asked_model=True))
        request = prompt.talk(self.shop, dialogue.history.messages(), text, self.temperature)
        splitter, said, checked, first = Clauses(), "", True, True
        try:
            async with aclosing(self.model.generate(request)) as deltas:
                async for delta in deltas:
                    if first:
                        dialogue.tell(events.FirstToken())
                        first = False
                    for clause in splitter.push(delta):
                        checked = checked and not prompt.claims_something(clause)
                        if checked:
                            said += clause + " "
                            yield clause + " "
                    if not checked:
                        break
            for clause in splitter.close():
                checked = checked and not prompt.claims_something(clause)
                if checked:
                    said += clause
                    yield clause
        except LlmError as error:
            dialogue.tell(events.StageFailed(stage="llm", error=str(error)))
        if not said:
            said = prompt.SMALL_TALK_FALLBACK
            yield said
        dialogue.state = replace(dialogue.state, said=said.strip())

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


_QUESTION = re.compile(
    r"^(?:and |so |but |well |okay |ok )*(?:what|when|where|who|how|which|why|do you|does|are you|"
    r"can you|could you|is there|are there)\b",
    re.IGNORECASE,
)


def _is_question(text: str) -> bool:
    """Whether the customer asks rather than answers."""
    return _QUESTION.match(text.strip()) is not None


def _is_open(state: State) -> bool:
    """Whether a question of ours wants an answer before anything else goes on."""
    return state.asked is not None and state.asked not in flow.OFFERS


def _echoes(text: str, hint: str) -> bool:
    """Whether several of the names that the transcriber was told stand in the words: it repeats
    them, or somebody tries many at once. Neither proves anything."""
    said = set(re.findall(r"\w+", text.lower()))
    return len(said & set(re.findall(r"\w+", hint.lower()))) > 1


def _is_another(found: Understanding, text: str) -> bool:
    """Whether words that are no answer to our question ask for something else."""
    return _is_question(text) or max(found.scores.values(), default=0.0) >= SIDE_QUESTION


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
