"""The dialogue's state and what follows from it: which question is open, what an answer to it
means, what must be known before a tool may run. Pure: the steps say what to do, `reply.py` does it.

A tool that tells or changes anything of an order needs the order's number, then what the shop asks
for as proof, then, for a change, a yes in a turn of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from voicebot.dialogue import (
    corrections,
    phrases,
    reference,
    requests,
    several,
    subjects,
    volunteered,
)
from voicebot.dialogue.slots import Slot, answer, filled, missing
from voicebot.dialogue.spoken import answers, identifiers, names, number_set
from voicebot.dialogue.spoken.identifiers import IdIndex
from voicebot.dialogue.spoken.number_set import Verdict
from voicebot.dialogue.steps import (
    OFFERS,
    RETURN,
    SEARCH,
    Asked,
    CallStaff,
    CheckReturn,
    Run,
    Say,
    State,
    Step,
    Task,
    Verify,
    Weigh,
)
from voicebot.dialogue.subjects import OrderNamed

TRIES = 3  # of one question; then a colleague is offered
SURE = 0.9  # score of an order number that needs no asking back
LIKELY = 0.7  # below it, a number is not even asked about
NEAR = 0.05  # scores closer than this are two readings of the same sound

# Words that stop a task elsewhere, and are what many give as their reason.
_GIVES_REASON = re.compile(r"\bchanged? my mind\b|\bdon't (?:want|need) it\b", re.IGNORECASE).search
_LEADS_UP = re.compile(r"[^,.;:]*$")
# Tapped or said to the next question, before that was heard.
_EARLY_YES = re.compile(r"(?:(?:yes|yeah|yep|sure|ok|okay|please)\W*)+", re.IGNORECASE).fullmatch
_PLAIN_YES = re.compile(r"\s*(?:oh )?(?:yes|yeah|yep|sure|ok|okay|please)\b", re.IGNORECASE).match


@dataclass(frozen=True)
class Flow:
    """The rules of one shop: ids gives the order numbers that exist now, proof is store.verify."""

    ids: Callable[[], IdIndex]
    proof: str = "last_name"

    # ------------------------------------------------------------ beginning

    def begin(self, state: State, tool: str, text: str) -> Step:
        """Start an order tool from the words that asked for it."""
        former = state.task
        task = Task(tool, proof=volunteered.proof(text, self.proof))
        state = replace(state, asked=None, task=task)
        bare = bool(identifiers.bare(text, self.ids()))
        if (step := self._with_number(state, text, expected=bare)) is not None:
            return step
        # Of the order that is being talked about, or was: whose it is, is still to be proved.
        order_id = reference.order(text, state.subjects)
        if former is not None and former.order_id and not reference.asks_for_another(text):
            order_id = former.order_id
            if former.tool == tool:
                task = replace(task, reason=former.reason)
        if order_id:
            return self._advance(state, replace(task, order_id=order_id))
        return self._ask(state, "order_id", phrases.ASK_ORDER, task)

    def begin_own(self, state: State, tool: str, slots: tuple[Slot, ...], text: str) -> Step:
        """Start a tool of the shop's own."""
        known = tuple(filled(slots, text).items())
        fresh = replace(state, asked=None, tries=0)
        return self._with_arguments(fresh, Task(tool, slots=slots, known=known))

    def _with_arguments(self, state: State, task: Task) -> Step:
        lacking = missing(task.slots, dict(task.known))
        if lacking is not None:
            return self._ask(state, "argument", lacking.ask, task)
        return Run(task.tool, dict(task.known), replace(state, asked=None, task=None, tries=0))

    def _argument(self, state: State, text: str) -> Step | None:
        task = state.task
        assert task is not None
        lacking = missing(task.slots, dict(task.known))
        value = None if lacking is None else answer(lacking, text)
        if lacking is None or value is None:
            return None
        task = replace(task, known=(*task.known, (lacking.name, value)))
        return self._with_arguments(replace(state, asked=None, tries=0), task)

    def _with_number(self, state: State, text: str, *, expected: bool) -> Step | None:
        """Go on with the order number in the text; None if there is none."""
        task = state.task
        assert task is not None
        prefixes = self.ids().prefixes
        heard = identifiers.heard(text, prefix_known=prefixes, expected=expected)
        text, others = several.one_number(text, heard)
        if others:
            besides = (several.about(task.tool, one) for one in others)
            state = replace(state, waiting=several.wait(state.waiting, *besides))
        if expected and not task.proof and heard and self.proof == "last_name":
            # Words that lead up to the number are no name: "Its order 131.", "Oh Art D128."
            before = _LEADS_UP.sub("", text[: heard[0].start])
            rest = before + text[heard[-1].end :]
            given = volunteered.proof(text, self.proof) or volunteered.alone(rest)
            task = replace(task, proof=given)
        found = identifiers.match(text, self.ids(), expected=expected)
        if found and found[0].score >= LIKELY:
            best = [m.order_id for m in found if m.score >= found[0].score - NEAR]
            if len(best) == 1 and found[0].score >= SURE:
                return self._advance(state, replace(task, order_id=best[0]))
            options = tuple(best[:3])
            return self._ask(
                state, "which_order", phrases.ask_which(options), replace(task, options=options)
            )
        if heard := identifiers.heard(text, prefix_known=prefixes, expected=expected):
            return Weigh(text, heard[0], replace(state, task=task))
        return None

    def weighed(self, step: Weigh, verdict: Verdict) -> Step:
        """After Weigh: what the sound speaks for."""
        state, task, index = step.state, step.state.task, self.ids()
        assert task is not None
        near = verdict.order_ids
        if verdict.sure:
            return self._advance(state, replace(task, order_id=near[0]))
        if not any(index.fits(reading) for reading in step.heard.readings):
            if not near and state.tries:  # said twice: it will be one of these
                rivals = number_set.rivals(step.text, step.heard, index)
                near = tuple(rival.order_id for rival in rivals if rival.order_id)
            if 0 < len(near) <= number_set.ASKED:
                task = replace(task, options=near)
                return self._ask(state, "which_order", phrases.ask_which(near), task)
            # That it has too many digits or too few is told; which numbers there are, is not.
            return self._ask(state, "order_id", phrases.ask_order_heard(step.heard.order_id), task)
        # A number that does not exist goes the same way, or the bot would tell which ones do.
        said = step.heard.order_id
        whole = f"{index.prefixes[0]}{said}" if said.isdigit() and index.prefixes else said
        return self._advance(state, replace(task, order_id=whole))

    def _corrects(self, text: str, order_id: str) -> bool:
        """Whether the words name another order number; one that exists or not, for the same cause.
        Digits alone may be a postcode or an address where that is the proof; with letters that no
        order has, they are a name that was spelled ("Smith, S N I K 8")."""
        index, named = self.ids(), self.proof == "last_name"
        heard = identifiers.heard(text, prefix_known=index.prefixes)
        return any(
            (
                one.cue
                or one.order_id.startswith(index.prefixes)
                or (named and index.lettered(one.order_id))
            )
            and _number(one.order_id) != _number(order_id)
            for one in heard or (identifiers.bare(text, index) if named else ())
        )

    def _names_another(self, text: str, order_id: str) -> bool:
        """The same where digits alone may be anything."""
        return self._corrects(text, order_id) and self._names_order(text)

    def _names_order(self, text: str) -> bool:
        prefixes = self.ids().prefixes
        return any(
            one.cue or one.order_id.startswith(prefixes)
            for one in identifiers.heard(text, prefix_known=prefixes)
        )

    def _ask(self, state: State, asked: Asked, text: str, task: Task | None) -> Say:
        tries = state.tries + 1 if state.asked == asked else 0
        if tries >= TRIES:
            return Say(
                phrases.OFFER_STAFF,
                replace(state, asked="staff", task=None, tries=0, unanswered=""),
            )
        if tries == TRIES - 1 and asked in ("order_id", "proof"):
            text = f"{text} {phrases.OR_TYPE}"
        return Say(text, replace(state, asked=asked, task=task, tries=tries))

    def _advance(self, state: State, task: Task) -> Step:
        """The next thing the task needs, or the tool itself."""
        order_id = task.order_id
        assert order_id is not None
        state = replace(state, subjects=subjects.after(state.subjects, OrderNamed(order_id)))
        done = replace(state, asked=None, task=None, tries=0)
        if self.proof != "none" and order_id not in state.verified:
            if task.proof:
                return Verify(order_id, task.proof, replace(done, task=replace(task, proof="")))
            return self._ask(state, "proof", phrases.ask_proof(order_id, self.proof), task)
        if task.tool != RETURN:
            return Run(task.tool, {"order_id": order_id}, done)
        return CheckReturn(order_id, replace(done, task=task))

    # ------------------------------------------------------------ an open question

    def answer(self, state: State, text: str) -> Step | None:
        """What the words mean as an answer to the open question; None if they are none."""
        if state.asked is None:
            return None
        if answers.wants_to_stop(text) and not (state.asked == "reason" and _GIVES_REASON(text)):
            said = phrases.LEFT if state.waiting else phrases.STOPPED
            return Say(said, replace(state, asked=None, task=None, tries=0))
        if state.asked != "argument" and (other := self._other(state, text)) is not None:
            return other
        match state.asked:
            case "order_id":
                return self._with_number(state, text, expected=True)
            case "which_order":
                return self._which(state, text)
            case "proof":
                return self._proof(state, text)
            case "reason":
                return self._reason(state, text)
            case "confirm":
                return self._confirm(state, text)
            case "argument":
                return self._argument(state, text)
            case "staff" | "offer":
                return self._offered(state, text)

    def names_order(self, state: State, text: str) -> bool:
        """Whether the words give an order number that there is, where one may be given."""
        found = identifiers.match(text, self.ids(), expected=True)
        likely = bool(found) and found[0].score >= LIKELY
        return likely and state.asked in ("order_id", "which_order", "proof")

    def is_aside(self, state: State, text: str) -> bool:
        """Whether the words ask for something else than what our open question wants to know."""
        if state.asked in OFFERS and answers.yes_no(text) and not _PLAIN_YES(text):
            return requests.is_request(text)
        if state.asked in ("order_id", "which_order", "proof"):
            return requests.is_request(text)
        return requests.is_question(text)

    def again(self, state: State) -> Say:
        """The open question was not answered, and nothing else was meant: ask once more."""
        assert state.asked is not None
        text = phrases.YES_OR_NO
        match state.asked:
            case "order_id":
                text = phrases.ASK_ORDER_AGAIN
            case "which_order" if state.task:
                text = phrases.ask_which(state.task.options)
            case "proof" if state.task:
                text = phrases.ask_proof_again(state.task.order_id or "", self.proof)
            case "reason":
                text = phrases.ASK_REASON
            case "argument" if state.task:
                lacking = missing(state.task.slots, dict(state.task.known))
                text = lacking.ask if lacking else text
        return self._ask(state, state.asked, text, state.task)

    def _which(self, state: State, text: str) -> Step | None:
        assert state.task is not None
        options = state.task.options
        if len(options) == 1 and (yes := answers.yes_no(text)) is not None:
            if yes:
                return self._advance(state, replace(state.task, order_id=options[0]))
            if identifiers.bare(text, self.ids()):  # "No, 137."
                return self._with_number(state, text, expected=True)
            return self._ask(state, "order_id", phrases.ASK_ORDER_AGAIN, Task(state.task.tool))
        heard = identifiers.heard(text, prefix_known=self.ids().prefixes)
        numbers = {_number(one.order_id) for one in heard}
        named = [one for one in options if _number(one) in numbers]
        place = answers.ordinal(text)
        if len(named) != 1 and place and -len(options) <= place <= len(options):
            named = [options[place - 1 if place > 0 else place]]
        if len(named) == 1:
            return self._advance(state, replace(state.task, order_id=named[0]))
        return self._with_number(state, text, expected=True)

    def _proof(self, state: State, text: str) -> Step | None:
        task = state.task
        assert task is not None
        assert task.order_id is not None
        if self._corrects(text, task.order_id):
            return self._changed(state, text)
        if corrections.denies_number(text):
            fresh = replace(task, order_id=None, options=())
            return self._ask(state, "order_id", phrases.ASK_ORDER_AGAIN, fresh)
        said = corrections.name(text)
        named = names.candidates(said) and not requests.plays_for_time(said)
        if self.proof == "last_name" and not named:
            return None  # somebody talks: that is no attempt
        return Verify(task.order_id, said, state)

    def _changed(self, state: State, text: str) -> Step | None:
        """Another order than the one that was being talked about."""
        task = state.task
        assert task is not None
        former, fresh = task.order_id or "", replace(state, asked=None, tries=0)
        bare = bool(identifiers.bare(text, self.ids()))
        step = self._with_number(fresh, text, expected=bare)
        if step is None or step.state.task is None:
            return step
        now = step.state.task.order_id or ""
        waiting = several.instead(step.state.waiting, task.tool, now, former)
        return replace(step, state=replace(step.state, waiting=waiting))

    def _other(self, state: State, text: str) -> Step | None:
        """ "Actually the other order", where no number is given with it."""
        task = state.task
        if task is None or state.asked == "which_order" or not reference.asks_for_another(text):
            return None
        if identifiers.heard(text, prefix_known=self.ids().prefixes):
            return None
        order_id = reference.order(text, state.subjects)
        fresh = replace(state, asked=None, tries=0)
        if not order_id:
            return self._ask(fresh, "order_id", phrases.ASK_ORDER, Task(task.tool))
        return self._advance(fresh, replace(task, order_id=order_id, proof=""))

    def _reason(self, state: State, text: str) -> Step | None:
        assert state.task is not None
        if not text.strip() or answers.wants_repeat(text) or _EARLY_YES(text.strip()):
            return None
        task = replace(state.task, reason=text.strip())
        return CheckReturn(task.order_id or "", replace(state, task=task))

    def _confirm(self, state: State, text: str) -> Step | None:
        task, yes = state.task, answers.yes_no(text)
        assert task is not None
        if self._names_another(text, task.order_id or ""):
            return self._changed(state, text)
        if reason := corrections.reason(text):
            task = replace(task, reason=reason)
            return CheckReturn(task.order_id or "", replace(state, asked=None, tries=0, task=task))
        if corrections.names_a_part(text):
            text = phrases.whole_order(task.order_id or "")
            return self._ask(replace(state, asked=None), "confirm", text, task)
        # "I'd like to return it" asks for it once more: that is not the yes.
        again = requests.is_request(text) and not _PLAIN_YES(text)
        if yes is None or (yes and (again or not answers.agrees(text))):
            return None
        done = replace(state, asked=None, task=None, tries=0)
        if not yes:
            return Say(phrases.NO_RETURN, done)
        arguments = {"order_id": task.order_id, "reason": task.reason}
        return Run(task.tool, arguments, done, confirmed=True)

    def _offered(self, state: State, text: str) -> Step | None:
        yes = answers.yes_no(text)
        if yes is None or self._names_order(text):  # "Yes, it's so, Rd141."
            return None
        done = replace(state, asked=None, task=None, tries=0, offer="")
        if not yes:
            return Say(phrases.STOPPED, done)
        if state.asked == "staff":
            return CallStaff(replace(done, waiting=()))
        return Say(state.offer, done)

    # ------------------------------------------------------------ what was found

    def verified(self, state: State, outcome: str) -> Step:
        """After Verify: outcome is "ok", "wrong" or "locked"."""
        task = state.task
        assert task is not None
        assert task.order_id is not None
        if outcome == "ok":
            state = replace(state, verified=state.verified | {task.order_id}, tries=0, asked=None)
            return self._advance(state, task)
        if outcome == "locked":
            return Say(phrases.LOCKED, replace(state, asked=None, task=None, tries=0))
        return self._ask(state, "proof", phrases.ask_proof_again(task.order_id, self.proof), task)

    def returnable(self, state: State, refusal: str | None, items: tuple[str, ...]) -> Step:
        """After CheckReturn: refusal is the reason in words, or None."""
        task = state.task
        assert task is not None
        assert task.order_id is not None
        if refusal is not None:
            return Say(refusal, replace(state, asked=None, task=None, tries=0))
        if not task.reason:
            return self._ask(state, "reason", phrases.ASK_REASON, task)
        text = phrases.confirm_return(task.order_id, items, task.reason)
        return self._ask(state, "confirm", text, task)

    def told(
        self, run: Run, data: Mapping[str, Any], say: str, ask: str = "", offer: str = ""
    ) -> Say:
        """After Run: what the tool says, and what it offers besides, unless more is to be told."""
        state = run.state
        if run.tool == SEARCH and (found := subjects.goods(run.arguments, data)):
            state = replace(state, subjects=subjects.after(state.subjects, found))
        if offer and not state.waiting:
            return Say(f"{say} {ask}", replace(state, asked="offer", offer=offer))
        return Say(say, state)

    def offer_staff(self, state: State, question: str, *, told: bool = False) -> Say:
        """told: whether it was said already that the question leads nowhere."""
        if state.waiting:
            return Say("" if told else phrases.DONT_KNOW, state)
        return Say(
            phrases.COLLEAGUE if told else phrases.UNKNOWN,
            replace(state, asked="staff", task=None, tries=0, unanswered=question),
        )


def _number(order_id: str) -> str:
    return "".join(c for c in order_id if c.isdigit()).lstrip("0")
