import numpy as np
import pytest
from numpy.typing import NDArray

from voicebot.backends.sampling import choose
from voicebot.errors import LlmError


class Admit:
    def __init__(self, *tokens: int) -> None:
        self.tokens = tokens
        self.asked: list[int] = []

    def filter(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        self.asked.append(len(tokens))
        return np.isin(tokens, self.tokens)


LOGITS = np.linspace(0.0, 9.0, 1000, dtype=np.float32)  # the last token is the likeliest
RANDOM = np.random.default_rng(0)


def test_greedy_takes_the_likeliest() -> None:
    assert choose(LOGITS, None, 0.0, RANDOM) == 999


def test_greedy_takes_the_likeliest_that_is_admitted() -> None:
    agreeing, near, far = Admit(999), Admit(3, 990, 995), Admit(3, 5)
    assert choose(LOGITS, agreeing, 0.0, RANDOM) == 999
    assert choose(LOGITS, near, 0.0, RANDOM) == 995
    assert choose(LOGITS, far, 0.0, RANDOM) == 5
    assert (agreeing.asked, near.asked, far.asked) == ([1], [1, 256], [1, 256, 1000])


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_a_dead_end_is_an_error(temperature: float) -> None:
    with pytest.raises(LlmError, match="dead end"):
        choose(LOGITS, Admit(), temperature, RANDOM)


def test_warm_sampling_draws_only_likely_and_admitted_tokens_and_repeats_by_seed() -> None:
    def draw(seed: int) -> list[int]:
        random = np.random.default_rng(seed)
        return [choose(LOGITS, Admit(7, 997, 998), 1.0, random) for _ in range(50)]

    assert draw(1) == draw(1) != draw(2)
    assert set(draw(1)) == {997, 998}
    assert len({choose(LOGITS, None, 1.0, RANDOM) for _ in range(200)}) > 5
