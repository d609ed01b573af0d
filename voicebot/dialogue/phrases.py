"""What the bot says of its own accord. One place, so that it can be synthesised at start, and
translated."""

from __future__ import annotations

from collections.abc import Sequence

ASK_ORDER = "Sure. What is your order number?"
ONCE_MORE = "Could you say the order number once more, digit by digit?"
ASK_ORDER_AGAIN = f"Sorry, I didn't get that. {ONCE_MORE}"
OR_TYPE = "You can also type it on the screen."
ASK_REASON = "I can do that. What is the reason for the return?"
NO_MATCH = "Sorry, that doesn't match our records"
NO_RETURN = "All right, I have not opened a return."
YES_OR_NO = "Sorry, was that a yes or a no?"
LOCKED = "I'm sorry, I can't look into that order now. A colleague will gladly help you."
STOPPED = "All right. What else can I do for you?"
LEFT = "All right."
MOMENT = "One moment, please."
NEXT = "Now to your other question."
DONT_KNOW = "I'm sorry, I don't know that."
COLLEAGUE = "Shall I call a colleague?"
UNKNOWN = f"{DONT_KNOW} {COLLEAGUE}"
STAFF_COMES = "All right, I have called a colleague. Please wait here a moment."
WELCOME_BACK = "All right, let's start again. How can I help you?"
LISTENING = "All right, I'm listening."
NOT_HEARD = "Sorry, I didn't catch that. Could you say it again?"
NOTHING_TO_REPEAT = "I haven't said anything yet. How can I help you?"
TROUBLE = "I'm sorry, something went wrong on my side. Could you try that again?"
HELLO = "Hello! How can I help you?"
FINE = "I'm fine, thank you! How can I help you?"
THANKS = "You're welcome!"
GOODBYE = "Goodbye, and thank you for coming!"
OFFER_STAFF = f"I'm sorry, I'm having trouble with that. {COLLEAGUE}"

# What customers speak of, whatever a shop sells: to be told to who listens once more.
LIKELY_WORDS = ("order", "refund", "return", "warranty", "delivery", "in stock")

# The same in sentences, for who listens the first time. Without names, and with an order number
# that no customer is likely to have: whisper tends to hear what it was told.
LIKELY_SENTENCES = (
    "Customers ask: Where is order ORD507? Do you have headphones? How much is the webcam?"
    " I want to return it. When do you open on Monday?"
)

_PROOF = {"last_name": "last name", "postcode": "postcode", "email": "e-mail address"}

FIXED = (
    ASK_ORDER,
    ASK_ORDER_AGAIN,
    OR_TYPE,
    ASK_REASON,
    NO_RETURN,
    YES_OR_NO,
    LOCKED,
    STOPPED,
    LEFT,
    MOMENT,
    NEXT,
    DONT_KNOW,
    COLLEAGUE,
    UNKNOWN,
    STAFF_COMES,
    WELCOME_BACK,
    LISTENING,
    NOT_HEARD,
    TROUBLE,
    HELLO,
    FINE,
    THANKS,
    GOODBYE,
    OFFER_STAFF,
)


def ask_proof(order_id: str, method: str) -> str:
    return f"Thanks. For order {order_id}, what is the {_PROOF[method]} on it?"


def ask_proof_again(order_id: str, method: str) -> str:
    """Naming the order once more: where it was misheard, that is what does not match."""
    return f"{NO_MATCH} of order {order_id}. What is the {_PROOF[method]}, please?"


def ask_which(order_ids: Sequence[str]) -> str:
    if len(order_ids) == 1:
        return f"Is that order {order_ids[0]}?"
    return f"Is that {', '.join(order_ids[:-1])} or {order_ids[-1]}?"


def ask_order_heard(order_id: str) -> str:
    return f"I heard {' '.join(order_id)}. {ONCE_MORE}"


def confirm_return(order_id: str, items: Sequence[str], reason: str) -> str:
    what = items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
    return (
        f"You would like to return {what} from order {order_id}. "
        f"Reason: {reason.rstrip('.')}. Shall I open the return?"
    )


def whole_order(order_id: str) -> str:
    return f"I can only return order {order_id} as a whole. Shall I open the return for all of it?"
