"""Short answers and the small words of a conversation: yes and no, stop, repeat, staff, hello."""

from __future__ import annotations

import re

from voicebot.dialogue.spoken.numbers import TEENS, UNITS, bag

_MOST_WORDS = 12  # an answer that goes on longer says something else

_YES = re.compile(
    r"\b(?:yes|yeah|yea|yep|yup|yah|ya|aye|sure|ok|okay|correct|right|exactly|absolutely"
    r"|definitely|certainly|indeed|affirmative|true|positive|please do|do (?:it|that|so)"
    r"|(?:you (?:can|may) )?go (?:right )?(?:ahead|a head|for it|on)|open (?:it|the return)"
    r"|sounds (?:good|great|fine|right)|that works|works for me"
    r"|of course|by all means|all right|alright|fine|perfect"
    r"|please|proceed|confirm(?:ed)?|i do|i would|i'd (?:like|love) (?:that|to)|it is|it does"
    r"|that is|why not|you bet|let's do (?:it|that)|make it so|i agree|agreed|great|good"
    r"|got it|i'm sure|yes i am|i am)\b"
)
_NO = re.compile(
    r"\b(?:no|nope|nah|nay|naw|negative|not (?:really|at all|now|today|yet|quite|exactly|right"
    r"|correct|that|this|it|sure|the|what|ok|okay|good|true|necessary)|never|don't|do not|doesn't"
    r"|wrong|incorrect|false|i'd rather not|rather not|won't|will not|would not|wouldn't|can't"
    r"|isn't|is not|it's not|i'm not|i am not|that's not|aren't|no way"
    r"|no thanks|no thank you|cancel|stop|absolutely not|of course not|definitely not"
    r"|certainly not|please don't|changed my mind|forget (?:it|that|about)|never ?mind)\b"
)
# "No problem" and "don't worry, go ahead" agree; "yes, no, ..." does not.
_AGREES = re.compile(
    r"\b(?:no problem|no worries|not a problem|why not|don't mind|do not mind|no objections?"
    r"|not wrong|can't complain|don't see why not)\b"
)
_DENIES = re.compile(
    r"\b(?:not (?:right|correct|ok|okay|sure|fine|good|true|exactly|that|perfect)"
    r"|(?:don't|do not|isn't|is not|it's not|that's not|aren't|wasn't|not) (?:\w+ ){0,3}?"
    r"(?:right|correct|ok|okay|sure|fine|good|true|do it|do that|go (?:ahead|on)|open|proceed"
    r"|confirm)"
    r"|(?:absolutely|definitely|certainly|of course|sure|please|okay|rather) (?:not|don't)"
    r"|no (?:i'm|i am|it is|that is|it's|that's) (?:good|fine|okay|ok|all right|alright|great)"
    r"|i'd rather not|no thank you|no thanks|no please|please no|i'm good|i'm fine"
    r"|no,? (?:good|right|fine|okay))\b"
)
_QUESTION = re.compile(
    r"(?:what|where|when|who|how|which|why(?! not)|is|are|can|could|will|would|shall|should"
    r"|may (?:i|we)|do you|does|did|am i|have you)\b"
    r"(?! (?:yes|yeah))"
)
_PLAIN_YES = re.compile(r"\b(?:yes|yeah|yep|yup|sure|absolutely|definitely)\b")
_AGREES_TO = re.compile(
    r"\b(?:yes|yeah|yea|yep|yup|yah|aye|sure|ok|okay|all ?right|correct|right|exactly|absolutely"
    r"|definitely|certainly|of course|by all means|affirmative|confirm(?:ed)?|agreed|i agree|i do"
    r"|please|proceed|do (?:it|that|so)|go (?:right )?(?:ahead|a head|for it|on)"
    r"|open (?:it|the return)|let's do (?:it|that)|why not|you bet|no problem|that works)\b"
)
_AROUND_YES = bag(
    "i said that that's it it's is the this and then so well oh my me to with you your thanks thank"
    " very much by all just now return refund order let's very i'd really totally quite for us we"
    " that'd that'll be would do problem mind want"
)
_CONDITION = re.compile(r"\b(?:but|if|unless|maybe|perhaps|depends|only|first|before|except)\b")
_STOP = re.compile(
    r"\b(?:never ?mind|nevermind|forget (?:it|that|about (?:it|that))|cancel(?: that| it| this)?$"
    r"|cancel (?:that|this|it|everything)\b|stop(?: it| that| this)?$|abort|quit|leave it"
    r"|let's (?:leave|drop|stop) (?:it|that|this)?|drop it|skip (?:it|that|this)"
    r"|i (?:have )?changed my mind|i've changed my mind|(?:start|begin) (?:over|again)"
    r"|(?:doesn't|does not) matter|no longer|don't bother|scratch that$)"
)
_HUSHING = re.compile(r"\b(?:wait|stop|hold on|hang on|enough|quiet|shut up|moment|second)\b")
_HUSH = re.compile(
    r"(?:\b(?:wait|stop|hold on|hang on|enough|be quiet|quiet|shut up"
    r"|(?:one|a|just a) (?:moment|second)|okay|ok|please|sorry|no|now|that's|it|talking|a bit"
    r"|just)\b\s*)+"
)
_REPEAT = re.compile(
    r"(?:\b(?:say|tell me|repeat|go over) (?:that|it|this|what you said)(?: \w+)?(?: again)?\b"
    r"|\b(?:can|could|would|will) you (?:please )?(?:repeat|say (?:that|it) again)"
    r"|^(?:please )?repeat(?: that| it| please)*$|\bcome again\b|\bone more time\b|\bonce more\b"
    r"|^(?:sorry |excuse me )?what(?: did you say| was that| is that| again)?$|^pardon(?: me)?$"
    r"|^(?:i )?(?:beg your )?pardon$|^(?:i'm )?sorry$|^excuse me$|^huh$|^again(?: please)?$"
    r"|\b(?:didn't|did not|couldn't|could not|can't) (?:\w+ )?(?:hear|catch|get|understand)"
    r" (?:that|you|it|what you said)\b|\bwhat did you (?:just )?say\b)"
)
_TELL = re.compile(r"\b(?:tell me|say) (?:that|it|this)\b(?!.*\bagain\b)")
_STAFF = re.compile(
    r"(?:\b(?:speak|talk|chat) (?:to|with) (?:a |an |the |your |some |another )?"
    r"(?:real |live |actual |human |sales )?"
    r"(?:person|human|someone|somebody|agent|staff|manager|employee|colleague|people"
    r"|representative|rep|supervisor|operator|assistant|clerk|team|anyone|anybody)\b"
    r"|\b(?:get|call|fetch|find|bring|send|want|need|have|is there|are there|i'd like|like|give me)"
    r" (?:me |us )?(?:a |an |the |your |some |any )?(?:real |live |actual |human |sales )?"
    r"(?:person|human|someone|somebody|agent|staff|manager|employee|colleague|representative"
    r"|supervisor|operator|clerk|anyone)"
    r"(?=$| (?:please|to|here|who|that|now|available|around|i|from|over|on|instead|for)\b)"
    r"|^(?:a |an |the )?(?:real |live |human )?(?:person|human|agent|staff|manager|representative"
    r"|operator|human being)(?: please)?$|\bhuman being\b|\bnot (?:a )?(?:machine|robot|bot)\b)"
)
_BYE = re.compile(
    r"\b(?:bye|goodbye|good bye|bye bye|see you|see ya|farewell|have a (?:good|nice|great|lovely)"
    r"|good night|take care|that's all|that is all|that will be all|that'll be all|that's it"
    r"|that is it|i'm done|i am done|we're done|all done|nothing else|cheerio|so long)\b"
)
_THANKS = re.compile(r"\b(?:thanks|thank you|thank ya|thankyou|thx|cheers|appreciate|grateful)\b")
_HELLO = r"(?:hi|hey|hello|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|yo)"
_HOW_ARE_YOU = re.compile(
    r"\bhow(?: are|'re|'s| is) (?:you|it|things|everything)(?: (?:doing|going))?"
    r"(?: today| this (?:morning|afternoon|evening))?\b"
)
_GREETING = re.compile(
    rf"(?:oh |well |so |okay )?(?:{_HELLO}|{_HOW_ARE_YOU.pattern})"
    rf"(?: (?:{_HELLO}|{_HOW_ARE_YOU.pattern}|there|again|everybody|and|bot|robot|assistant))*"
)
_SMALL = bag(
    "a again all and anyway are bot bye day do evening everybody for good great have hello help"
    " helpful hey hi how i i'm is it kind later lot me morning much nice night no now of oh ok okay"
    " one perfect please right so that that's the then there this to today tomorrow very was well"
    " yes you your you're have've been really goodbye soon see take care weekend afternoon"
    " doing going up what's fine just yeah wonderful awesome cool it's thanks thank appreciate"
    " appreciated nothing everything else done we're we for've great"
)
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_PLACE = re.compile(rf"\b({'|'.join(_PLACES)}|[1-8](?:st|nd|rd|th)|last|final|former|latter)\b")
_NUMBERED = re.compile(r"\b(?:number|option|item|choice|result|product) (\w+)\b")


def yes_no(text: str) -> bool | None:
    """True, False, or None where the words say neither, both, or yes with a condition."""
    said = _said(text)
    if not said or len(said.split()) > _MOST_WORDS or _QUESTION.match(said):
        return None
    rest, agrees = _AGREES.subn(" ", said)
    rest, denies = _DENIES.subn(" ", rest)
    no = bool(denies) or bool(_NO.search(rest))
    yes = bool(agrees) or bool(_YES.search(_NO.sub(" ", rest)))
    if denies and not agrees:
        # "No, I'm good" and "that's not right": the yes in them was part of the no.
        yes = bool(re.match(r"(?:yes|yeah|yep|yup|sure|okay|ok)\b", rest.strip()))
    elif no and yes and _polite_no(rest):
        yes = False
    if yes == no or (yes and (_CONDITION.search(said) or not _only_agrees(said))):
        return None
    return yes


def agrees(text: str) -> bool:
    """A yes that may change something: said as one, or as an order to do it. "Great" and the like,
    as which other words are easily misheard, are none."""
    return yes_no(text) is True and _AGREES_TO.search(_said(text)) is not None


def wants_to_stop(text: str) -> bool:
    """ "Never mind", "cancel that", "forget it": what was begun is to be dropped."""
    said = _said(text)
    if len(said.split()) > _MOST_WORDS or _QUESTION.match(said):
        return False
    return bool(_STOP.search(said))


def wants_quiet(text: str) -> bool:
    """ "Wait, stop, please": the bot is to listen, nothing else is said."""
    said = _said(text)
    return bool(_HUSH.fullmatch(said)) and bool(_HUSHING.search(said))


def wants_repeat(text: str) -> bool:
    """ "Say that again", "pardon?"."""
    said = _said(text)
    if len(said.split()) > _MOST_WORDS or _TELL.search(said):
        return False
    return bool(_REPEAT.search(said))


def wants_staff(text: str) -> bool:
    """Asks for a person."""
    return bool(_STAFF.search(_said(text)))


def is_goodbye(text: str) -> bool:
    """Takes leave and says nothing else."""
    return _only(text, _BYE)


def is_greeting(text: str) -> bool:
    """Greets, asks how we are at most, and says nothing else."""
    return _GREETING.fullmatch(_said(text)) is not None


def asks_how_we_are(text: str) -> bool:
    return _HOW_ARE_YOU.search(_said(text)) is not None


def is_thanks(text: str) -> bool:
    """Thanks and says nothing else; a goodbye in the same breath is a goodbye."""
    return _only(text, _THANKS) and not _BYE.search(_said(text))


def ordinal(text: str) -> int | None:
    """Which of several is meant, from 1: "the second one", "number two"; -1 is the last."""
    said = _said(text)
    if match := _PLACE.search(said):
        word = match[1]
        if word in ("last", "final", "latter"):
            # A last name is no place, nor is last week.
            return None if re.search(r"\blast (?:name|week|month|time|year|night)\b", said) else -1
        if word == "former":
            return 1
        return _PLACES.index(word) + 1 if word in _PLACES else int(word[0])
    if match := _NUMBERED.search(said):
        word = match[1]
        place = int(word) if word.isdigit() else UNITS.get(word, TEENS.get(word, 0))
        return place if 0 < place < 20 else None
    return None


def _said(text: str) -> str:
    """Lower case, without punctuation but for apostrophes and hyphens."""
    said = text.lower().replace("’", "'")
    said = re.sub(r"\bn?uh[- ,]?uh\b", "nope", said)
    said = re.sub(r"\b(?:uh[- ]?huh|mm+[- ]?hm+|mhm)\b", "yes", said)
    said = re.sub(r"\b(?:uh|um|er|erm|hmm)\b", " ", re.sub(r"[^\w'\s-]", " ", said))
    return " ".join(said.split())


def _only(text: str, pattern: re.Pattern[str]) -> bool:
    said = _said(text)
    match = pattern.search(said)
    if match is None:
        return False
    rest = [word for word in pattern.sub(" ", said).split() if word not in _SMALL]
    return not rest


def _only_agrees(said: str) -> bool:
    """A yes must not be found in talk: "that's a good question" is none. "Yes" itself may have a
    few words around it, "good" and the like may not."""
    left = [w for w in _YES.sub(" ", _AGREES.sub(" ", said)).split() if w not in _AROUND_YES]
    return len(left) <= (3 if _PLAIN_YES.search(said) else 0)


def _polite_no(said: str) -> bool:
    """A no with "please" or "thanks" around it: "no, that's okay", "please stop"."""
    left = _YES.sub(" ", _NO.sub(" ", said)).split()
    agreeing = _YES.findall(_NO.sub(" ", said))
    polite = {"please", "okay", "ok", "fine", "good", "all right", "alright", "great"}
    return said.startswith(("no", "nah", "please", "okay", "ok")) and (
        set(agreeing) <= polite and len(left) <= 6
    )
