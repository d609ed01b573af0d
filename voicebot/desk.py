"""The shop's database and tools for the event loop: each call on the store's own thread."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from voicebot.dialogue.slots import Slot
from voicebot.dialogue.spoken import amounts, closed_set, names
from voicebot.dialogue.spoken.identifiers import IdIndex
from voicebot.errors import StageError, StoreError
from voicebot.scheduler import Cancelled, Priority, Worker
from voicebot.store import Product, Store
from voicebot.tools.base import Tool, ToolContext, ToolResult, error
from voicebot.tools.registry import call

TOO_LONG = "I'm sorry, that takes too long just now. Could you ask me again in a moment?"
LOOK_EVERY_S = 10.0
WAITING = 4  # calls of one of the shop's own tools; more are refused, with an apology
OTHERS = 40  # customers whose names may be held against the sound beside the right one


class StoreBusyError(StageError):
    """More is asked of the shop's database than it can answer."""


class ToolBusyError(StageError):
    """A tool of the shop's own is asked more than it answers."""


class Desk:
    """Shared by all conversations."""

    def __init__(self, store: Store, tools: tuple[Tool, ...], *, timeout: float = 5.0) -> None:
        """timeout: seconds that a tool may take which changes nothing."""
        self._store, self.tools, self._timeout = store, tools, timeout
        # One that hangs holds up nobody but those who ask for it: their calls wait behind it.
        self._own = {
            tool.name: Worker(tool.name, capacity=WAITING, error=ToolBusyError)
            for tool in tools
            if tool.own
        }
        self._worker = Worker("store", error=StoreBusyError)
        store.take_up()
        self._follower = _Follower(store)

    def index(self) -> IdIndex:
        """The order numbers that exist, as they were last taken up."""
        return self._store.index()

    async def refresh(self) -> None:
        """See whether orders or products were loaded meanwhile. They are taken up beside the
        answers, which go on with what was known: a large catalogue takes seconds."""

        def look(_: Cancelled) -> bool:
            return self._store.is_stale()

        if await self._worker.run(look, priority=Priority.THINKING):
            self._follower.hurry()

    def slots(self, name: str) -> tuple[Slot, ...]:
        """What a tool of the shop's own has to know."""
        return next((tool.slots for tool in self.tools if tool.name == name), ())

    async def verify(self, order_id: str, answer: str, session: str) -> str:
        """ "ok", "wrong" or "locked". An attempt that has begun is counted, cancelled or not."""

        def hold(_: Cancelled) -> str:
            return self._store.verify(order_id, answer, session).outcome

        return await self._worker.run(hold, priority=Priority.THINKING)

    async def rivals(self, order_id: str, answer: str) -> tuple[str, ...]:
        """Last names that the sound of an answer is to be held against: the right one (if there is
        one) in a random place among others, always as many. () where no name is asked, or where
        the words give the right one already, so that the answer is known anyway."""
        if self._store.verify_by != "last_name":
            return ()

        def collect(_: Cancelled) -> tuple[str, ...]:
            customer = self._store.customer(order_id)
            if customer is not None and names.matches(answer, customer):
                return ()
            others = self._store.customers(OTHERS)
            return closed_set.rivals(customer, others)

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
            return self._store.catalogue().search(amounts.without_prices(query)).total > 0

        return await self._worker.run(look, priority=Priority.THINKING)

    async def likely_words(self, text: str) -> tuple[str, ...]:
        """Goods that a customer may have named where the text makes no sense."""

        def look(_: Cancelled) -> tuple[str, ...]:
            return self._store.catalogue().likely_words(text)

        return await self._worker.run(look, priority=Priority.THINKING)

    def goods(self) -> tuple[Product, ...]:
        """All that the shop sells, as it was last taken up."""
        return self._store.catalogue().products

    def changes(self, name: str) -> bool:
        """Whether that tool may change the shop's data."""
        return any(tool.changes for tool in self.tools if tool.name == name)

    async def run(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        session: str,
        verified: frozenset[str],
        confirmed: bool,
    ) -> ToolResult:
        """Run a tool. One that reads is given up after the time limit, and when this is cancelled;
        one that changes something and has begun is
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

        worker = self._own.get(name, self._worker)
        job = asyncio.ensure_future(worker.run(work, priority=Priority.THINKING))
        if not self.changes(name):
            try:
                async with asyncio.timeout(self._timeout):
                    return await job
            except TimeoutError:
                return error("timeout", f"{name} took longer than {self._timeout:g} s", TOO_LONG)
            except ToolBusyError as busy:
                return error("busy", str(busy), TOO_LONG)
        cancelled: asyncio.CancelledError | None = None
        while not job.done():
            try:
                await asyncio.wait([job])
            except asyncio.CancelledError as again:  # however often: only then is it over
                cancelled = again
        if cancelled is not None:
            job.exception()  # nobody is left to be told of it
            raise cancelled
        return job.result()

    def close(self) -> None:
        self._follower.close()
        for worker in self._own.values():
            worker.leave()
        self._worker.close()
        self._store.close()


class _Follower:
    """A thread that takes up what other programs change, every LOOK_EVERY_S and when told to. So an
    hour without customers ends with today's prices."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wake = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="store-follower", daemon=True)
        self._thread.start()

    def hurry(self) -> None:
        self._wake.set()

    def close(self) -> None:
        """Blocks until it has ended."""
        self._closed = True
        self._wake.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._closed:
            self._wake.wait(LOOK_EVERY_S)
            self._wake.clear()
            # A shop that cannot be read is told of by the answers; here it is tried again.
            with suppress(StoreError):
                if not self._closed:
                    self._store.take_up()
