"""The application, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from voicebot import __version__
from voicebot.config import Sections
from voicebot.events import EventStream
from voicebot.http.errors import add_error_handlers
from voicebot.http.guard import Guard
from voicebot.http.live import live_routes
from voicebot.http.page import page_routes
from voicebot.http.pages import Pages
from voicebot.http.routes import api_routes
from voicebot.http.service import Service
from voicebot.telemetry.metrics import Metrics
from voicebot.telemetry.turns import TurnLog


def create_app(
    service: Service, settings: Sections, events: EventStream, pages: Pages | None = None
) -> FastAPI:
    """The API of a service that is up. Its metrics count events from the lifespan's start on.
    pages: None for the project's own, as they are built now."""
    metrics = Metrics(settings.rooms.max, settings.rooms.box_name)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with events.listening(metrics.on_event), events.listening(TurnLog(metrics.on_turn)):
            yield

    # FastAPI's own documentation pages load scripts from elsewhere, so there are none.
    app = FastAPI(
        title="voicebot",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    add_error_handlers(app)
    app.include_router(api_routes(service, settings, metrics))
    app.include_router(live_routes(settings, events))
    app.include_router(page_routes(service, settings, pages or Pages()))
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
