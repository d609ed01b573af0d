import asyncio

import numpy as np
import pytest

from tests.backends.conftest import Voice, noise, silence
from voicebot.backends.smart_turn import SmartTurn, prepare


def test_the_last_8_s_end_the_window() -> None:
    short, long = noise(1.0, 0.1), noise(10.0, 0.1)
    assert len(prepare(short)) == len(prepare(long)) == 128_000
    assert np.corrcoef(prepare(short)[-16_000:], short)[0, 1] > 0.999
    assert np.ptp(prepare(short)[:-16_000]) == 0
    assert np.corrcoef(prepare(long), long[-128_000:])[0, 1] > 0.999
    for wave in (prepare(short), prepare(long)):
        assert wave.mean() == pytest.approx(0, abs=1e-4)
        assert wave.std() == pytest.approx(1, abs=1e-2)
    assert not prepare(silence(1.0)).any()


@pytest.mark.models
async def test_a_finished_question_is_more_finished_than_one_cut_off(
    smart_turn: SmartTurn, voice: Voice
) -> None:
    text = "I would like to return the blue kettle because it leaks all over the table."
    said = await asyncio.to_thread(voice, text)
    pause = silence(0.2)
    whole = await smart_turn.finished(np.concatenate([said, pause]))
    cut = await smart_turn.finished(np.concatenate([said[: len(said) * 6 // 10], pause]))
    assert 0.0 <= cut < whole <= 1.0  # how sure it is differs with every take of the voice


@pytest.mark.models
async def test_questions_are_finished(smart_turn: SmartTurn, voice: Voice) -> None:
    for text in ("What is your return policy?", "Do you have any headphones?"):
        said = await asyncio.to_thread(voice, text)
        assert await smart_turn.finished(np.concatenate([said, silence(0.2)])) > 0.8
