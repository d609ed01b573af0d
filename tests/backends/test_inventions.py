import pytest

from voicebot.backends.inventions import invented


def judged(text: str, **changes: float) -> bool:
    sound = {"confidence": -0.2, "no_speech": 0.05, "level_db": -20.0, "voice_s": 0.8, **changes}
    return invented(text, **sound)


@pytest.mark.parametrize(
    "text",
    ["Thanks for watching!", "Hope you enjoyed this video.", "Please subscribe.", "...", ""],
)
def test_subtitles_are_never_believed(text: str) -> None:
    assert judged(text)


def test_a_thank_you_is_believed_when_the_sound_supports_it() -> None:
    assert not judged("Thank you.")
    assert judged("Thank you.", no_speech=0.5)
    assert judged("Thank you.", confidence=-0.9)
    assert judged("Thank you.", level_db=-50.0)
    assert judged("Thank you.", voice_s=0.1)


def test_other_words_are_not_in_doubt() -> None:
    doubtful = {"no_speech": 0.5, "confidence": -0.9, "level_db": -50.0, "voice_s": 0.1}
    assert not judged("Is this video camera in stock?", **doubtful)
    assert not judged("No.", **doubtful)
