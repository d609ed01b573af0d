"""The application, put together."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from voicebot import __version__
from voicebot.config import Sections
from voicebot.events import EventStream
from voicebot.http.auth import Door
from voicebot.http.errors import EVERYWHERE, add_error_handlers
from voicebot.http.guard import Guard
from voicebot.http.live import live_routes
from voicebot.http.operator import operator_routes
from voicebot.http.page import page_routes
from voicebot.http.pages import Pages
from voicebot.http.routes import api_routes
from voicebot.http.service import Service
from voicebot.telemetry.board import Board
from voicebot.telemetry.metrics import Metrics
from voicebot.telemetry.questions import Questions
from voicebot.telemetry.turns import TurnLog, TurnRecord


def create_app(
    service: Service,
    settings: Sections,
    events: EventStream,
    questions: Questions | None = None,
    pages: Pages | None = None,
) -> FastAPI:
    """The API of a service that is up. Its metrics and the operator's page count events from the
    lifespan's start on. questions: those of former days that could not be answered. pages: None for
    the project's own, as they are built now."""
    metrics = Metrics(
        settings.rooms.max, settings.rooms.box_name, lambda: not service.ready_problems()
    )
    words, now = settings.logging.words, time.time()
    questions = questions or Questions(words)
    board = Board(questions, words=words, since=now, unix=now - time.monotonic())
    door = Door(settings.http.api_key)
    pages = pages or Pages()

    def on_turn(record: TurnRecord) -> None:
        metrics.on_turn(record)
        board.on_turn(record)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            for listener in (metrics.on_event, board.on_event, TurnLog(on_turn)):
                stack.enter_context(events.listening(listener))
            yield

    # FastAPI's own documentation pages load scripts from elsewhere, so there are none.
    app = FastAPI(
        title="voicebot",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses=EVERYWHERE,
    )
    add_error_handlers(app)
    app.include_router(api_routes(service, settings, metrics, door))
    app.include_router(live_routes(door, settings, events))
    app.include_router(page_routes(service, settings, pages))
    app.include_router(
        operator_routes(
            service,
            board,
            door,
            pages,
            shop=settings.conversation.shop,
            rooms_max=settings.rooms.max,
        )
    )
    if settings.http.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.http.allowed_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        )
    urls = (service.endpoint.url, settings.http.public_livekit_url)
    app.add_middleware(Guard, settings.http, tuple(url for url in urls if url))
    return app
