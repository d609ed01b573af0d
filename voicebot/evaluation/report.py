"""A run for a person's eyes and for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from voicebot.evaluation.grade import verdict
from voicebot.evaluation.outcome import Answer, Condition, Outcome
from voicebot.evaluation.statistics import Delays, Share, Summary, summary


def as_dict(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The summary, and each outcome with its turns. JSON-able."""
    return summary(outcomes).as_dict() | {"outcomes": [_outcome(outcome) for outcome in outcomes]}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    scenario = outcome.case.scenario
    question = {"verdict": found} if (found := verdict(outcome)) else {}
    return {
        "id": scenario.id,
        "kind": scenario.kind,
        "voice": outcome.condition.voice,
        "snr_db": outcome.condition.snr_db,
        "round": outcome.round,
        "passed": outcome.passed,
        **question,
        "failures": list(outcome.failures),
        "turns": [asdict(answer) for answer in outcome.answers],
    }


def show(outcomes: Sequence[Outcome], console: Console) -> None:
    """What failed and how, then the tables."""
    for same in _alike(outcome for outcome in outcomes if not outcome.passed):
        console.print(_failure(same), soft_wrap=True)
    for part in _tables(summary(outcomes)):
        console.print(part, soft_wrap=isinstance(part, str))


# ------------------------------------------------------------------ failures


def _alike(outcomes: Iterable[Outcome]) -> list[list[Outcome]]:
    """Rounds of a scenario that failed in the same way in the same condition."""
    groups: dict[Any, list[Outcome]] = {}
    for outcome in outcomes:
        said = tuple((answer.heard, answer.say) for answer in outcome.answers)
        key = (outcome.case.scenario.id, outcome.condition, outcome.failures, said)
        groups.setdefault(key, []).append(outcome)
    return list(groups.values())


def _failure(same: Sequence[Outcome]) -> Text:
    one = same[0]
    scenario = one.case.scenario
    text = Text(scenario.id, style="bold")
    about = [scenario.kind, *_spoken(one.condition), f"{len(same)} times" if same[1:] else ""]
    text.append(f"  {', '.join(part for part in about if part)}\n", style="dim")
    for answer in one.answers:
        for label, value in _lines(answer):
            text.append(f"  {label:9}", style="dim").append(f"{value}\n")
    for wrong in one.failures:
        text.append(f"  {wrong}\n", style="red")
    return text


def _lines(answer: Answer) -> Iterator[tuple[str, str]]:
    yield "customer", answer.asked
    if answer.heard != answer.asked:
        yield "heard", answer.heard or "-"
    for reply in answer.replies:
        yield "replied", reply
    asked = ", asked the model" if answer.asked_model else ""
    means = [f"{m} {d}".strip() for m, d in zip(answer.means, answer.details, strict=True)]
    yield "means", f"{'; '.join(means) or '-'}{asked}"
    for tool in answer.tools:
        given = ", ".join(f"{key}={value}" for key, value in tool["arguments"].items())
        yield "ran", f"{tool['name']}({given})"
    for trouble in answer.trouble:
        yield "trouble", trouble
    yield "said", answer.say or "-"


def _spoken(condition: Condition) -> list[str]:
    noise = "quiet" if condition.snr_db is None else f"{condition.snr_db:g} dB"
    return [condition.voice, noise] if condition.voice else []


# ------------------------------------------------------------------ tables


def _tables(found: Summary) -> Iterator[RenderableType]:
    yield _shares("kind", found.kinds.items(), found.passed)
    if len(found.conditions) > 1 or any(condition.voice for condition in found.conditions):
        rows = (
            (", ".join(_spoken(how)) or "typed", share) for how, share in found.conditions.items()
        )
        yield _shares("voice, noise", rows)
    if found.verdicts:
        yield _verdicts(found)
    if found.ms:
        yield _delays(found.ms)
    yield _model(found)


def _shares(
    of: str, rows: Iterable[tuple[str, Share]], total: Share | None = None, done: str = "passed"
) -> Table:
    table = Table(of, box=None, pad_edge=False)
    for name in (done, "of", "", "95%"):
        table.add_column(name, justify="right")
    for name, share in rows:
        table.add_row(name, *_cells(share))
    if total is not None:
        table.add_row("all", *_cells(total), style="bold")
    return table


def _verdicts(found: Summary) -> Table:
    return _shares("question", ((str(k), v) for k, v in found.verdicts.items()), done="count")


def _cells(share: Share) -> tuple[str, str, str, str]:
    interval = f"{share.low:.0%} to {share.high:.0%}"
    return str(share.count), str(share.n), f"{share.rate:.0%}", interval


def _delays(ms: dict[str, Delays]) -> Table:
    table = Table("ms", box=None, pad_edge=False)
    for name in ("turns", "P50", "P95"):
        table.add_column(name, justify="right")
    for stage, delays in ms.items():
        table.add_row(stage, str(delays.n), _ms(delays.p50), _ms(delays.p95))
    return table


def _ms(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _model(found: Summary) -> str:
    asked, tokens = found.asked_model, found.tokens
    told = f"The language model was asked in {asked.count} of {asked.n} turns"
    if not tokens:
        return f"{told}."
    turns = tokens["turns"]
    fresh = (tokens["prompt"] - tokens["reused"]) / turns
    return (
        f"{told}; it read {fresh:.0f} new tokens and wrote {tokens['sampled'] / turns:.0f} a turn."
    )
