"""Prometheus metrics, counted from the stream of events and the turns' records."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from voicebot import events as ev
from voicebot.telemetry.turns import TurnRecord

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10)


class Metrics:
    """`on_event` is a listener of the stream, `on_turn` a sink of TurnLog. ready: whether a new
    customer would be served, asked at every scrape."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, rooms_max: int, box: str, ready: Callable[[], bool]) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._occupied: set[str] = set()
        self._stages = Histogram(
            "voicebot_stage_seconds",
            "Time of a turn's stages; voice_to_voice is what the customer waits.",
            ["stage"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._silenced = Histogram(
            "voicebot_barge_in_seconds",
            "From an interrupting customer's first voice to silence.",
            buckets=SECONDS,
            registry=self._registry,
        )
        self._turns = self._counter("voicebot_turns", "Turns by what answered them.", "means")
        self._failures = self._counter("voicebot_stage_failures", "Failed stages.", "stage")
        self._tools = self._counter("voicebot_tool_runs", "Tools that ran.", "tool")
        self._cuts = self._counter("voicebot_barge_ins", "Answers that a customer interrupted.")
        self._false_cuts = self._counter(
            "voicebot_false_barge_ins",
            "Voices over the bot's that were no interruption, by what they were.",
            "was",
        )
        self._unanswered = self._counter("voicebot_unanswered", "Questions left unanswered.")
        self._fallbacks = self._counter(
            "voicebot_fallbacks", "Pieces of work that a stage's fallback took over.", "stage"
        )
        self._tokens = self._counter(
            "voicebot_remote_tokens", "Tokens sent to and got from servers.", "stage", "direction"
        )
        self._cost = self._counter("voicebot_remote_cost", "By the prices set.", "stage")
        self._first_choice = Gauge(
            "voicebot_first_choice",
            "Whether a stage's first choice does its work; 0: the fallback does.",
            ["stage"],
            registry=self._registry,
        )
        self._staff = self._counter("voicebot_staff_calls", "Customers who wanted a person.")
        self._customers = self._counter("voicebot_customers", "Customers who came.")
        self._left = self._counter("voicebot_bots_left", "Calls that ended, by why.", "cause")
        self._events = self._counter("voicebot_events", "Everything that happened.", "kind")
        Gauge(
            "voicebot_ready", "Whether a new customer would be served.", registry=self._registry
        ).set_function(lambda: float(ready()))
        self._rooms = Gauge("voicebot_rooms", "Rooms being served.", registry=self._registry)
        Gauge("voicebot_rooms_max", "Rooms there is place for.", registry=self._registry).set(
            rooms_max
        )
        # Of several boxes one is found by joining with this, as Prometheus' own info metrics are.
        about = Gauge("voicebot_box_info", "1; who this is.", ["box"], registry=self._registry)
        about.labels(box).set(1)

    def _counter(self, name: str, help_: str, *labels: str) -> Counter:
        return Counter(name, help_, labels, registry=self._registry)

    def on_event(self, event: ev.Event) -> None:
        self._events.labels(event.kind).inc()
        match event:
            case ev.BotJoined():
                self._occupied.add(event.room)
                self._rooms.set(len(self._occupied))
            case ev.BotLeft():
                self._occupied.discard(event.room)
                self._rooms.set(len(self._occupied))
                self._left.labels(event.cause).inc()
            case ev.CustomerJoined():
                self._customers.inc()
            case ev.StageFailed():
                self._failures.labels(event.stage).inc()
            case ev.ToolRan():
                self._tools.labels(event.name).inc()
            case ev.CutOff():
                self._cuts.inc()
                self._silenced.observe(event.ms / 1000)
            case ev.WentOn():
                self._false_cuts.labels(event.was).inc()
            case ev.Unanswered():
                self._unanswered.inc()
            case ev.FellBack():
                self._fallbacks.labels(event.stage).inc()
            case ev.BackendChanged():
                self._first_choice.labels(event.stage).set(not event.cause)
            case ev.RemoteUsed():
                self._tokens.labels(event.stage, "sent").inc(event.tokens_in)
                self._tokens.labels(event.stage, "received").inc(event.tokens_out)
                self._cost.labels(event.stage).inc(event.cost)
            case ev.StaffCalled():
                self._staff.inc()

    def on_turn(self, record: TurnRecord) -> None:
        self._turns.labels(record.means or "none").inc()
        for stage, ms in record.ms.items():
            self._stages.labels(stage).observe(ms / 1000)

    def render(self) -> bytes:
        """The text that `GET /metrics` answers, of `content_type`."""
        return generate_latest(self._registry)
