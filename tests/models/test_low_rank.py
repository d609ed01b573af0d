from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voicebot.errors import ModelError
from voicebot.models.low_rank import Correction, fitted_name, read_corrections, write_corrections


def correction(inputs: int = 4, outputs: int = 6) -> Correction:
    random = np.random.default_rng(1)
    down, up = random.normal(size=(inputs, 2)), random.normal(size=(2, outputs))
    return Correction(down.astype(np.float16).astype(np.float32), up.astype(np.float32))


def test_what_is_written_is_read_at_half_precision(tmp_path: Path) -> None:
    written = {"encoder.layer.3.output.dense": correction(), "another": correction(2, 2)}
    write_corrections(tmp_path / "fit.npz", written)
    found = read_corrections(tmp_path / "fit.npz")
    assert found.keys() == written.keys()
    for name, one in written.items():
        assert np.array_equal(found[name].down, one.down)
        np.testing.assert_allclose(found[name].up, one.up, rtol=1e-3)


@pytest.mark.parametrize("steps", [11, 127])
def test_each_column_and_row_is_rounded_by_its_own_measure(tmp_path: Path, steps: int) -> None:
    random = np.random.default_rng(2)
    scales = np.array([1e-3, 1.0, 0.0], np.float32)
    down = (random.normal(size=(50, 3)) * scales).astype(np.float32)
    up = (random.normal(size=(3, 70)) * scales[::-1, None]).astype(np.float32)
    write_corrections(tmp_path / "fit.npz", {"a": Correction(down, up)}, steps=steps)
    found = read_corrections(tmp_path / "fit.npz")["a"]
    half_a_step = 1.01 / (2 * steps)
    assert np.all(np.abs(found.down - down) <= half_a_step * np.abs(down).max(0))
    assert np.all(np.abs(found.up - up) <= half_a_step * np.abs(up).max(1, keepdims=True))


def test_fewer_steps_make_a_smaller_file(tmp_path: Path) -> None:
    sizes = []
    for name, steps in (("halves", None), ("fine", 127), ("coarse", 11)):
        write_corrections(tmp_path / f"{name}.npz", {"a": correction(2000, 2000)}, steps=steps)
        sizes.append((tmp_path / f"{name}.npz").stat().st_size)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 0.5 * sizes[0]


def test_a_fit_has_a_name_of_its_own(tmp_path: Path) -> None:
    one, other = tmp_path / "one.npz", tmp_path / "other.npz"
    write_corrections(one, {"a": correction(2, 2)})
    write_corrections(other, {"a": correction(2, 3)})
    assert fitted_name("minilm", one) == fitted_name("minilm", one)
    assert fitted_name("minilm", one) != fitted_name("minilm", other)


def test_a_correction_for_another_model_is_refused() -> None:
    with pytest.raises(ModelError, match=r"\(6, 4\) does not fit weights of shape \(6, 5\)"):
        correction().applied_to(np.zeros((6, 5), np.float32))


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 half a file"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "fit.npz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ModelError, match=r"fit\.npz"):
        read_corrections(file)


def test_half_a_correction_is_none(tmp_path: Path) -> None:
    kept: dict[str, Any] = {"a|down": np.zeros((2, 1), np.float16)}
    np.savez(tmp_path / "fit.npz", **kept)
    with pytest.raises(ModelError, match=r"fit\.npz"):
        read_corrections(tmp_path / "fit.npz")
