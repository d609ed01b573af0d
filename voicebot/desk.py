"""The shop's database and tools for the event loop: each call on the store's own thread."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Mapping
from typing import Any

from voicebot.dialogue.spoken.identifiers import IdIndex
from voicebot.errors import StageError
from voicebot.scheduler import Cancelled, Priority, Worker
from voicebot.store import Store
from voicebot.tools.base import Tool, ToolContext, ToolResult
from voicebot.tools.registry import call

DECOYS = 6  # other customers' names that the transcriber is told beside the right one


class StoreBusyError(StageError):
    """More is asked of the shop's database than it can answer."""


class Desk:
    """Shared by all conversations."""

    def __init__(self, store: Store, tools: tuple[Tool, ...]) -> None:
        self._store, self.tools = store, tools
        self._worker = Worker("store", error=StoreBusyError)
        self._revision, self._index = store.revision(), IdIndex(store.order_ids())

    def index(self) -> IdIndex:
        """The order numbers that exist, as of the last `refresh`."""
        return self._index

    async def refresh(self) -> None:
        """Take up orders that were loaded meanwhile."""

        def look(_: Cancelled) -> tuple[int, IdIndex]:
            revision = self._store.revision()
            same = revision == self._revision
            return revision, self._index if same else IdIndex(self._store.order_ids())

        self._revision, self._index = await self._worker.run(look, priority=Priority.THINKING)

    async def verify(self, order_id: str, answer: str, session: str) -> str:
        """ "ok", "wrong" or "locked". An attempt that has begun is counted, cancelled or not."""

        def hold(_: Cancelled) -> str:
            return self._store.verify(order_id, answer, session).outcome

        return await self._worker.run(hold, priority=Priority.THINKING)

    async def proof_hint(self, order_id: str) -> str:
        """What the transcriber should listen for when the last name is asked: names of several
        customers, the right one (if there is one) in a random place among them, so that it hears
        "Doe" and not "Dove", and yet would hear another's name. "" where no name is asked."""
        if self._store.verify_by != "last_name":
            return ""

        def collect(_: Cancelled) -> str:
            order_ids = self._store.order_ids()
            chosen = {order_id, *random.sample(order_ids, min(DECOYS, len(order_ids)))}
            orders = [self._store.order(one) for one in chosen]
            names = [order.customer.split()[-1] for order in orders if order and order.customer]
            random.shuffle(names)
            return ", ".join(dict.fromkeys(names)) + "." if names else ""

        return await self._worker.run(collect, priority=Priority.THINKING)

    async def returnable(self, order_id: str) -> tuple[str | None, tuple[str, ...]]:
        """Why the order cannot be returned (None: it can), and what was ordered."""

        def look(_: Cancelled) -> tuple[str | None, tuple[str, ...]]:
            refusal = self._store.eligibility(order_id)
            order = self._store.order(order_id)
            return (refusal.say if refusal else None), (order.items if order else ())

        return await self._worker.run(look, priority=Priority.THINKING)

    async def stocks(self, query: str) -> bool:
        """Whether the catalogue has anything of that name."""

        def look(_: Cancelled) -> bool:
            return self._store.catalogue().search(query).total > 0

        return await self._worker.run(look, priority=Priority.THINKING)

    async def run(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        session: str,
        verified: frozenset[str],
        confirmed: bool,
    ) -> ToolResult:
        """Run a tool. Cancelling drops one that reads; one that changes something and has begun is
        finished first, so that no change is half made or made unseen."""
        order_id = arguments.get("order_id")
        context = ToolContext(
            store=self._store,
            verified=verified,
            confirmed=frozenset({order_id}) if confirmed and order_id else frozenset(),
            key=f"{session}:{order_id or uuid.uuid4().hex}",
        )

        def work(_: Cancelled) -> ToolResult:
            return call(self.tools, name, context, arguments)

        job = asyncio.ensure_future(self._worker.run(work, priority=Priority.THINKING))
        if not any(tool.changes for tool in self.tools if tool.name == name):
            return await job
        cancelled: asyncio.CancelledError | None = None
        while not job.done():
            try:
                await asyncio.wait([job])
            except asyncio.CancelledError as error:  # however often: only then is it over
                cancelled = error
        if cancelled is not None:
            job.exception()  # nobody is left to be told of it
            raise cancelled
        return job.result()

    def close(self) -> None:
        self._worker.close()
        self._store.close()
