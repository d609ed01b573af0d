from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from voicebot.bench.machine import Machine, machine
from voicebot.bench.plot import plot
from voicebot.bench.report import Report, Samples, show
from voicebot.evaluation.statistics import Share

BOX = Machine("Some processor", 2, 8.0, "Linux x86_64", "3.11", "1", 0.5)
REPORT = Report(
    "rag",
    "3 questions",
    BOX,
    (Samples("ours, find", (1.0, 2.0, 9.0)), Samples("plain, answer", (), "ms")),
    {"ours, right": Share(2, 3)},
    {"memory, MB": 12.5},
)


def test_a_report_tells_figures_and_machine() -> None:
    found = REPORT.as_dict()
    assert found["machine"]["cores"] == 2
    [samples] = found["samples"]  # nothing is told of what was not measured
    assert (samples["n"], samples["p50"], samples["max"]) == (3, 2.0, 9.0)
    assert found["shares"]["ours, right"]["rate"] == 0.6667


def test_a_table_for_people() -> None:
    out = io.StringIO()
    show(REPORT, Console(file=out, width=100))
    for said in ("Some processor, 2 cores", "ours, find", "67%", "memory, MB: 12.5"):
        assert said in out.getvalue()
    assert "plain" not in out.getvalue()


def test_a_plot_is_a_png(tmp_path: Path) -> None:
    plot(REPORT, tmp_path / "rag.png")
    assert (tmp_path / "rag.png").read_bytes().startswith(b"\x89PNG")


def test_this_machine() -> None:
    found = machine()
    assert found.cores >= 1
    assert found.memory_gb > 0
    assert found.processor
