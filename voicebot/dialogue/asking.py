"""What the open question wants, for a page that offers keys and buttons."""

from __future__ import annotations

from voicebot.dialogue.steps import State
from voicebot.stages import NOTHING_ASKED, Asked


def asked(state: State, proof: str) -> Asked:
    """proof: store.verify, which is what an answer to "proof" is then about."""
    match state.asked:
        case None:
            return NOTHING_ASKED
        case "order_id":
            return Asked("number", "order_id")
        case "which_order":
            options = state.task.options if state.task else ()
            if len(options) == 1:  # it was asked as "Is that order ...?"
                return Asked("yes_no", "which_order")
            return Asked("choice", "which_order", options)
        case "proof":
            return Asked("text", proof)
        case "reason":
            return Asked("text", "reason")
        case question:
            return Asked("yes_no", question)
