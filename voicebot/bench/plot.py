"""A report's samples as a picture. The only importer of matplotlib (extra "plot")."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from voicebot.bench.report import Report
from voicebot.errors import ConfigError


def plot(report: Report, file: Path) -> None:
    """Share of samples up to each value, a panel for each unit; written as a PNG. Raises
    ConfigError where matplotlib is missing."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as exc:
        raise ConfigError("a plot needs matplotlib: pip install 'voicebot[plot]'") from exc
    full = sorted((one for one in report.samples if one.values), key=lambda one: one.unit)
    panels = [(unit, [*group]) for unit, group in groupby(full, key=lambda one: one.unit)]
    figure = Figure(figsize=(8, 3.5 * max(1, len(panels))), layout="constrained")
    FigureCanvasAgg(figure)
    for place, (unit, group) in enumerate(panels, 1):
        axes = figure.add_subplot(len(panels), 1, place)
        for one in group:
            axes.ecdf(one.values, label=f"{one.name}, n = {len(one.values)}")
        if all(value > 0 for one in group for value in one.values):
            axes.set_xscale("log")
        axes.set_xlabel(unit)
        axes.set_ylabel("share of samples")
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize="small")
    figure.suptitle(f"{report.stage}: {report.about}\n{report.machine}", fontsize=8)
    figure.savefig(file, format="png", dpi=150)
