"""From a customer's words to what they are about, with what this dialogue and the shop's own data
say of them: an order's number means that order, goods that exist mean the catalogue, "the second
one" what was told before. Nothing here changes anything; cancelling it drops the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from voicebot.desk import Desk
from voicebot.dialogue import followup, intents, reference, requests, steps, subjects
from voicebot.dialogue.arguments import (
    asks_for_goods,
    goods_asked,
    product_search,
    taken_back,
)
from voicebot.dialogue.flow import Flow
from voicebot.dialogue.followup import Resolved
from voicebot.dialogue.spoken import identifiers
from voicebot.dialogue.steps import Run, State
from voicebot.dialogue.subjects import OrderNamed
from voicebot.understand import Understander, Understanding

_ASIDE = frozenset(("order", "number", "thanks", "thank", "hi", "hello", "hey", "please"))


@dataclass(frozen=True)
class Reading:
    """Shared by all conversations."""

    rules: Flow
    desk: Desk
    understander: Understander

    async def several(self, state: State, text: str) -> tuple[str, ...]:
        """What is asked for, one after the other. Words that answer a question of ours come first,
        and a yes to a change stands alone: with anything else it is none."""
        if state.asked == "confirm":
            return (text,)
        if state.asked is not None and state.asked not in steps.OFFERS:
            parts = requests.answer_and_requests(text)
            if state.asked == "reason" and not all(map(requests.is_question, parts[1:])):
                return (text,)
            answered = len(parts) == 1 or self.rules.answer(state, parts[0]) is not None
            return parts if answered else (text,)
        if (other := taken_back(text)) is not None and await self.desk.stocks(other[1]):
            text = other[0]
        found: list[str] = []
        for part in requests.requests(text):
            goods = goods_asked(part)
            known = [await self.desk.stocks(query) for query in goods]
            found += [f"Do you have {one}?" for one in goods] if all(known) and goods else [part]
        return tuple(found)

    async def meant(self, state: State, text: str) -> Run | Resolved:
        """What words that lean on what was told before stand for."""
        about = state.subjects
        topic = about[0].text if about and isinstance(about[0], subjects.Question) else ""
        question = followup.resolve(text, topic)
        if question.leans:
            return question
        match reference.meant(text, about):
            case reference.Picked(good, "", _):
                return Run(steps.SEARCH, {"query": good.name}, state)
            case reference.Picked(good, _, True):
                return steps.describe(state, good)
            case reference.Picked(good, asks, _):
                return Resolved(asks, leans=True, good=good)
            case reference.Search(query, limit, new, certain):
                if certain or await self.desk.stocks(new):
                    arguments: dict[str, Any] = {"query": query}
                    if limit is not None:
                        arguments["max_price"] = limit
                    return Run(steps.SEARCH, arguments, state)
        question = followup.resolve(text, subjects.topic(about))
        return question if question.focus else Resolved(text)

    async def intent(self, state: State, question: Resolved) -> Understanding:
        """What is wanted. Raises EmbeddingError."""
        text, possible = await self._narrowed(state, question)
        return await self.understander.understand(text, possible)

    async def _narrowed(self, state: State, question: Resolved) -> tuple[str, Sequence[str]]:
        """The words to understand, and what they may mean; () leaves everything open."""
        text = question.text
        if question.leans:
            return text, (intents.DOCUMENTS,)
        numbers = self._numbers(text)
        if numbers:
            for number in reversed(numbers):
                text = text[: number.start] + text[number.end :]
            if intents.wants_it_back(text):
                return text, (steps.RETURN,)
            if intents.asks_where_it_is(text) or intents.tells_of_its_way(text):
                return text, (steps.STATUS,)
            if not followup.own_words(text) - _ASIDE:
                return text, (steps.STATUS,)
            return text, steps.ORDER_TOOLS
        if subjects.of(state.subjects, OrderNamed) or state.task is not None:
            if intents.asks_where_it_is(text):
                return text, (steps.STATUS,)
            if intents.wants_it_back(text):
                return text, (steps.RETURN,)
        if intents.wants_a_return(text):
            return text, (steps.RETURN,)
        if intents.asks_for_rules(text):
            return text, (intents.DOCUMENTS,)
        if intents.speaks_of_order(text):
            return text, (steps.STATUS,)
        if not asks_for_goods(text):
            return text, ()
        goods = await self.desk.stocks(product_search(text)["query"]) or await self._meant(text)
        return text, (steps.SEARCH,) if goods else ()

    def _numbers(self, text: str) -> list[identifiers.HeardId]:
        # Whether such an order exists must not show in what is answered; that numbers like it do
        # is no secret. Others are parts, sizes and the like.
        prefixes = self.desk.index().prefixes
        numbers = [
            number
            for number in identifiers.heard(text, prefix_known=prefixes)
            if number.cue or number.order_id.isdigit() or number.order_id.startswith(prefixes)
        ]
        if not numbers and intents.may_be_of_an_order(text):
            numbers = [*identifiers.bare(text, self.desk.index())]
        return numbers

    def may_ask_for_rules(self, state: State, text: str) -> bool:
        """Whether words that sound like a wish to return something may only ask whether one could:
        no order has been named."""
        named = subjects.of(state.subjects, OrderNamed) or state.task is not None
        return not named and intents.asks_for_rules_in_a_case(text) and not self._numbers(text)

    async def makes_sense(self, state: State, text: str) -> bool:
        """Whether the words ask for goods that there are, point to some that were told of, or are
        of an order."""
        if reference.meant(text, state.subjects) is not None or intents.speaks_of_order(text):
            return True
        return asks_for_goods(text) and await self.desk.stocks(product_search(text)["query"])

    async def search(self, state: State, text: str) -> Run:
        """For what the words name, or else mean."""
        arguments = product_search(text)
        if not await self.desk.stocks(arguments["query"]) and (name := await self._meant(text)):
            arguments["query"] = name
        return Run(steps.SEARCH, arguments, state)

    async def instead(self, state: State, question: Resolved) -> Run | None:
        """Where the documents are silent: what the catalogue has to say, if goods are asked of."""
        if question.good is not None:
            return steps.describe(state, question.good) if question.good.description else None
        if state.asked is None and asks_for_goods(question.text):
            return await self.search(state, question.text)
        return None

    async def _meant(self, text: str) -> str:
        """The name of the one product that fits what the words mean, or ""."""
        goods = self.desk.goods()
        found = await self.understander.nearest.find(
            text, [f"{good.name}. {good.description}" for good in goods]
        )
        return "" if found is None else goods[found].name
