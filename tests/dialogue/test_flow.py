"""Whole dialogues through the rules, with a clerk who knows the orders."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue import phrases
from voicebot.dialogue.flow import Flow
from voicebot.dialogue.spoken.identifiers import IdIndex
from voicebot.dialogue.spoken.number_set import Verdict
from voicebot.dialogue.steps import (
    RETURN,
    STATUS,
    CallStaff,
    CheckReturn,
    Run,
    Say,
    State,
    Step,
    Task,
    Verify,
    Weigh,
    expecting,
)
from voicebot.dialogue.turns import Expecting

OWNERS = {"ORD123": "doe", "ORD124": "smith", "ORD777": "brown", "ORD350": "white"}
INDEX = IdIndex(tuple(OWNERS))
NOT_DELIVERED = "Order ORD123 hasn't been delivered yet."
GUESSES = 5  # that the clerk hears before an order is locked


@dataclass
class Talk:
    """A customer's side: `say` gives the answer's text, or the tool that is to run."""

    proof: str = "last_name"
    state: State = field(default_factory=State)
    runs: list[Run] = field(default_factory=list)
    staff: int = 0
    wrong: dict[str, int] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)  # of the last turn

    @property
    def flow(self) -> Flow:
        return Flow(lambda: INDEX, self.proof)

    def begin(self, tool: str, text: str) -> str:
        return self._follow(self.flow.begin(self.state, tool, text))

    def say(self, text: str) -> str:
        step = self.flow.answer(self.state, text)
        return self._follow(step or self.flow.again(self.state))

    def _follow(self, step: Step) -> str:
        self.steps = [step]
        while True:
            match step:
                case Say(text, state):
                    self.state = state
                    return text
                case Run(tool, arguments, state):
                    self.state = state
                    self.runs.append(step)
                    return f"{tool} {arguments['order_id']}"
                case CallStaff(state):
                    self.state, self.staff = state, self.staff + 1
                    return "staff"
                case Weigh():
                    step = self.flow.weighed(step, Verdict())
                case Verify(order_id, answer, state):
                    step = self.flow.verified(state, self._hold(order_id, answer))
                case CheckReturn(order_id, state):
                    refusal = NOT_DELIVERED if order_id == "ORD123" else None
                    step = self.flow.returnable(state, refusal, ("a cable", "a case"))
            self.steps.append(step)

    def _hold(self, order_id: str, answer: str) -> str:
        if self.wrong.get(order_id, 0) >= GUESSES:
            return "locked"
        if OWNERS.get(order_id, "nobody's") in answer.lower():
            return "ok"
        self.wrong[order_id] = self.wrong.get(order_id, 0) + 1
        return "wrong"


ASK_DOE = phrases.ask_proof("ORD123", "last_name")
ASK_SMITH = phrases.ask_proof("ORD124", "last_name")
AGAIN = phrases.ask_proof_again("ORD123", "last_name")
OR_TYPE = f"{{}} {phrases.OR_TYPE}"
CONFIRM = phrases.confirm_return("ORD124", ("a cable", "a case"), "It does not fit")
NUMBER, REASON = phrases.ASK_ORDER, phrases.ASK_REASON

# tool, the words that asked for it, the answer; then words and answers in turn
DIALOGUES: dict[str, tuple[str, str, str, tuple[tuple[str, str], ...]]] = {
    "status with its number": (
        STATUS,
        "Where is my order ORD123?",
        ASK_DOE,
        (("Doe.", f"{STATUS} ORD123"),),
    ),
    "status, then the number, then the proof": (
        STATUS,
        "Where is my order?",
        NUMBER,
        (("It's one two three.", ASK_DOE), ("My name is Doe.", f"{STATUS} ORD123")),
    ),
    "a number that is not understood, then one that is": (
        STATUS,
        "Where is my order?",
        NUMBER,
        (("Let me look.", phrases.ASK_ORDER_AGAIN), ("One two four.", ASK_SMITH)),
    ),
    "no number for long: a colleague is offered, and comes": (
        STATUS,
        "Where is my order?",
        NUMBER,
        (
            ("Hm.", phrases.ASK_ORDER_AGAIN),
            ("Well.", OR_TYPE.format(phrases.ASK_ORDER_AGAIN)),
            ("I have it somewhere.", phrases.OFFER_STAFF),
            ("Yes please.", "staff"),
        ),
    ),
    "a colleague is offered and not wanted": (
        STATUS,
        "Where is my order?",
        NUMBER,
        (
            ("Hm.", phrases.ASK_ORDER_AGAIN),
            ("Well.", OR_TYPE.format(phrases.ASK_ORDER_AGAIN)),
            ("I have it somewhere.", phrases.OFFER_STAFF),
            ("No thanks.", phrases.STOPPED),
        ),
    ),
    "a wrong proof, then the right one": (
        STATUS,
        "Where is order ORD123?",
        ASK_DOE,
        (("Smith.", AGAIN), ("Doe.", f"{STATUS} ORD123")),
    ),
    "three wrong proofs": (
        STATUS,
        "Where is order ORD123?",
        ASK_DOE,
        (("Smith.", AGAIN), ("Brown.", OR_TYPE.format(AGAIN)), ("Miller.", phrases.OFFER_STAFF)),
    ),
    "the number is corrected while the proof is asked for": (
        STATUS,
        "Where is order ORD123?",
        ASK_DOE,
        (("No, sorry, it's order ORD124.", ASK_SMITH), ("Smith.", f"{STATUS} ORD124")),
    ),
    "the same number once more is no correction": (
        STATUS,
        "Where is order ORD123?",
        ASK_DOE,
        (("Order ORD123, the name is Doe.", f"{STATUS} ORD123"),),
    ),
    "a return, confirmed": (
        RETURN,
        "I want to return order ORD124.",
        ASK_SMITH,
        (("Smith.", REASON), ("It does not fit.", CONFIRM), ("Yes.", f"{RETURN} ORD124")),
    ),
    "a return, thought better of": (
        RETURN,
        "I want to return order ORD124.",
        ASK_SMITH,
        (("Smith.", REASON), ("It does not fit.", CONFIRM), ("No.", phrases.NO_RETURN)),
    ),
    "a return, neither yes nor no": (
        RETURN,
        "I want to return order ORD124.",
        ASK_SMITH,
        (
            ("Smith.", REASON),
            ("It does not fit.", CONFIRM),
            ("The blue one.", phrases.YES_OR_NO),
            ("Yes, go ahead.", f"{RETURN} ORD124"),
        ),
    ),
    "an order that may not be returned": (
        RETURN,
        "I want to return order ORD123.",
        ASK_DOE,
        (("Doe.", NOT_DELIVERED),),
    ),
    "one number that sounds alike is asked back": (
        STATUS,
        "Where is order 315?",
        phrases.ask_which(("ORD350",)),
        (("Yes.", phrases.ask_proof("ORD350", "last_name")),),
    ),
    "and is not meant": (
        STATUS,
        "Where is order 315?",
        phrases.ask_which(("ORD350",)),
        (("No.", phrases.ASK_ORDER_AGAIN), ("One two four.", ASK_SMITH)),
    ),
}


@pytest.mark.parametrize("name", DIALOGUES)
def test_dialogue(name: str) -> None:
    tool, words, answer, rest = DIALOGUES[name]
    talk = Talk()
    assert talk.begin(tool, words) == answer
    for said, expected in rest:
        assert talk.say(said) == expected
    for run in talk.runs:
        assert run.confirmed == (run.tool == RETURN)
        assert talk.state.asked is None


def test_the_confirmed_return_has_the_order_and_the_reason_and_happens_once() -> None:
    talk = Talk()
    talk.begin(RETURN, "I want to return order ORD124.")
    for said in ("Smith.", "It does not fit.", "Yes."):
        talk.say(said)
    assert [run.arguments for run in talk.runs] == [
        {"order_id": "ORD124", "reason": "It does not fit."}
    ]
    assert talk.flow.answer(talk.state, "Yes.") is None


@pytest.mark.parametrize("words", ["Yes.", "yes", "Yes, please.", "Okay. Yes."])
def test_a_yes_that_comes_too_early_is_no_reason(words: str) -> None:
    talk = Talk()
    talk.begin(RETURN, "I want to return order ORD124.")
    talk.say("Smith.")
    assert talk.flow.answer(talk.state, words) is None
    talk.say("Yes, it broke.")
    talk.say("Yes.")
    assert [run.arguments["reason"] for run in talk.runs] == ["Yes, it broke."]


def test_a_proof_holds_for_its_order_alone() -> None:
    talk = Talk()
    talk.begin(STATUS, "Where is order ORD123?")
    talk.say("Doe.")
    assert talk.begin(STATUS, "And again, order ORD123?") == f"{STATUS} ORD123"
    assert talk.begin(STATUS, "And order ORD124?") == ASK_SMITH


def test_a_shop_that_wants_no_proof_is_not_given_one() -> None:
    talk = Talk(proof="none")
    assert talk.begin(STATUS, "Where is order ORD123?") == f"{STATUS} ORD123"
    assert talk.begin(RETURN, "Send back order ORD124.") == REASON


def test_a_locked_order_is_a_colleagues() -> None:
    talk = Talk(wrong={"ORD123": GUESSES})
    talk.begin(STATUS, "Where is order ORD123?")
    assert talk.say("Doe.") == phrases.LOCKED
    assert talk.state.task is None
    assert talk.runs == []


TO_EACH_QUESTION = {
    "order_id": (),
    "proof": ("ORD124",),
    "reason": ("ORD124", "Smith."),
    "confirm": ("ORD124", "Smith.", "It does not fit."),
}


@pytest.mark.parametrize("words", ["Never mind.", "Forget it."])
@pytest.mark.parametrize("asked", TO_EACH_QUESTION)
def test_stop_words_end_any_question(asked: str, words: str) -> None:
    talk = Talk()
    talk.begin(RETURN, "I want to return something.")
    for said in TO_EACH_QUESTION[asked]:
        talk.say(said)
    assert talk.state.asked == asked
    assert talk.say(words) == phrases.STOPPED
    assert talk.state.asked is None
    assert talk.state.task is None
    assert talk.runs == []


def test_a_changed_mind_is_a_reason_where_one_is_asked_for_and_stops_elsewhere() -> None:
    talk = Talk()
    talk.begin(RETURN, "I want to return order ORD124.")
    talk.say("Smith.")
    assert "I changed my mind" in talk.say("I changed my mind.")
    assert talk.say("I changed my mind.") == phrases.STOPPED


# ------------------------------------------------------------------ who may know what


def shape(talk: Talk, number: str) -> list[str]:
    return [
        f"{type(step).__name__}: {step.text.replace(number, 'N')}"
        if isinstance(step, Say)
        else type(step).__name__
        for step in talk.steps
        if not isinstance(step, Weigh)  # of which nothing is said
    ]


def ways(talk: Talk, tool: str, number: str, *said: str) -> list[list[str]]:
    talk.begin(tool, f"It is about order {number}.")
    found = [shape(talk, number)]
    for words in said:
        talk.say(words.format(number))
        found.append(shape(talk, number))
    return found


@pytest.mark.parametrize("tool", [STATUS, RETURN])
def test_a_number_that_does_not_exist_goes_the_way_of_one_that_does(tool: str) -> None:
    said = ("Miller.", "Miller.", "Miller.")
    assert ways(Talk(), tool, "ORD888", *said) == ways(Talk(), tool, "ORD777", *said)


def test_nor_does_it_tell_when_only_its_digits_were_said() -> None:
    def way(digits: str) -> str:
        talk = Talk()
        talk.begin(STATUS, "Where is my order?")
        return talk.say(f"{digits}.").replace(digits, "N")

    assert way("888") == way("777")


@pytest.mark.parametrize("said", ["No, it is order ORD{}.", "Sorry, order {}.", "I meant {}."])
def test_nor_when_it_comes_as_a_correction(said: str) -> None:
    def way(digits: str) -> list[str]:
        talk = Talk()
        talk.begin(STATUS, "Where is order ORD123?")
        talk.say(said.format(digits))
        return shape(talk, digits)

    assert way("888") == way("777")


def test_a_postcode_is_no_order_number() -> None:
    talk = Talk(proof="postcode")
    talk.begin(STATUS, "Where is order ORD123?")
    talk.say("It's 62701.")
    assert isinstance(talk.steps[0], Verify)


WORDS = (
    *("yes", "no", "yes please", "doe", "smith", "ORD123", "ORD124", "one two four", "ORD999"),
    *("never mind", "it is broken", "say that again", "order 123", "the first one", "hm", ""),
)


@given(
    st.lists(
        st.tuples(st.sampled_from((STATUS, RETURN, None)), st.sampled_from(WORDS)), max_size=25
    )
)
def test_no_way_leads_to_a_return_without_proof_and_a_yes_of_its_own(
    turns: list[tuple[str | None, str]],
) -> None:
    talk = Talk()
    for tool, words in turns:
        before = talk.state
        if tool is None and before.asked is None:
            continue
        if tool is None:
            talk.say(words)
        else:
            talk.begin(tool, words)
        for step in talk.steps:
            if isinstance(step, Run):
                assert step.arguments["order_id"] in step.state.verified
            if isinstance(step, Run) and step.tool == RETURN:
                assert step.confirmed
                assert before.asked == "confirm"
                assert words.startswith("yes")
                assert before.task is not None
                assert before.task.order_id == step.arguments["order_id"]
        for order_id in talk.state.verified:
            assert order_id in OWNERS


@given(st.text(max_size=60), st.sampled_from(("order_id", "which_order", "proof", "confirm")))
def test_whatever_is_said_gets_a_step(text: str, asked: str) -> None:
    task = Task(RETURN, None if asked == "order_id" else "ORD124", ("ORD123", "ORD124"))
    talk = Talk(state=State(asked=asked, task=task))  # type: ignore[arg-type]
    assert talk.say(text)


# ------------------------------------------------------------------ what turn-taking is told


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, Expecting.ANYTHING),
        ("order_id", Expecting.IDENTIFIER),
        ("proof", Expecting.SHORT),
        ("confirm", Expecting.SHORT),
        ("reason", Expecting.ANYTHING),
    ],
)
def test_what_is_expected(asked: str | None, expected: Expecting) -> None:
    assert expecting(State(asked=asked)) is expected  # type: ignore[arg-type]


def heard_wrongly(*turns: str) -> list[str]:
    talk = Talk()
    talk.begin(STATUS, "Where is my order?")
    return [talk.say(turn) for turn in turns]


def test_a_number_with_too_many_digits_is_asked_for_once_more() -> None:
    assert heard_wrongly("1223.") == [phrases.ask_order_heard("1223")]


def test_who_is_misheard_twice_is_asked_whether_it_is_one_that_is_near() -> None:
    assert heard_wrongly("1223.", "1123.")[-1] == phrases.ask_which(("ORD123",))


def test_who_goes_on_with_a_number_like_none_is_offered_a_colleague() -> None:
    assert heard_wrongly("99999.", "99999.", "99999.")[-1] == phrases.OFFER_STAFF


def test_a_number_that_the_sound_decides_for_is_still_to_be_proved() -> None:
    talk = Talk()
    talk.begin(STATUS, "Where is my order?")
    step = talk.flow.answer(talk.state, "1223.")
    assert isinstance(step, Weigh)
    assert talk._follow(talk.flow.weighed(step, Verdict(("ORD123",), sure=True))) == ASK_DOE


@pytest.mark.parametrize("text", ["No, 124.", "No, one two four.", "124."])
def test_who_hears_another_number_says_the_right_one(text: str) -> None:
    talk = Talk()
    talk.begin(STATUS, "Where is order ORD123?")
    assert talk.say(text) == ASK_SMITH


def test_no_and_the_number_answers_whether_it_is_that_order() -> None:
    talk = Talk()
    talk.begin(STATUS, "Where is my order?")
    heard = talk.flow.answer(talk.state, "1223.")
    assert isinstance(heard, Weigh)
    assert talk._follow(talk.flow.weighed(heard, Verdict(("ORD123",)))) == phrases.ask_which(
        ("ORD123",)
    )
    assert talk.say("No, 124.") == ASK_SMITH


@pytest.mark.parametrize("text", ["Its order 123.", "Go Rd123.", "Oh Art 123."])
def test_words_that_lead_up_to_a_number_are_no_name(text: str) -> None:
    talk = Talk()
    talk.begin(STATUS, "Where is my order?")
    assert talk.say(text) == ASK_DOE
    assert not talk.wrong


@pytest.mark.parametrize("text", ["ORD123, Doe.", "Doe, 123."])
def test_a_name_beside_the_number_is_one(text: str) -> None:
    talk = Talk()
    talk.begin(STATUS, "Where is my order?")
    assert talk.say(text) == f"{STATUS} ORD123"


@pytest.mark.parametrize("said", ["Smith-SNI-K8.", "More to WAR 2.", "N-Q-Y-N 1"])
def test_a_misheard_spelling_is_no_other_order(said: str) -> None:
    talk = Talk()
    talk.begin(STATUS, "Where is order ORD123?")
    assert "last name" in talk.say(said)


def test_an_order_number_is_no_yes_to_a_colleague() -> None:
    talk = Talk(state=State("staff"))
    assert talk.flow.answer(talk.state, "Yes, it's so, Rd123.") is None
    assert isinstance(talk.flow.answer(talk.state, "Yes, please."), CallStaff)


def test_who_denies_the_number_and_is_misheard_says_it_again() -> None:
    talk = Talk()
    talk.begin(STATUS, "Where is order ORD123?")
    assert talk.say("No, 26.") == phrases.ASK_ORDER_AGAIN
    assert talk.say("One two four.") == ASK_SMITH
    assert not talk.wrong


def test_a_number_is_given_where_one_may_be() -> None:
    assert Talk().flow.names_order(State("proof"), "No, one two four.")
    assert not Talk().flow.names_order(State("proof"), "No one's racist.")
    assert not Talk().flow.names_order(State("confirm"), "One two four.")


def test_a_greeting_before_the_number_is_no_name() -> None:
    talk = Talk()
    assert talk.begin(STATUS, "Hi, where's my order? The number is ORD123.") == ASK_DOE
    assert not talk.wrong
