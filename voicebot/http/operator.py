"""The operator's page, what it shows, and how a browser on another machine gets in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from voicebot.http.auth import COOKIE, TICKET_LIFE_S, Door, check
from voicebot.http.errors import error_doc
from voicebot.http.pages import Pages
from voicebot.http.service import Service
from voicebot.telemetry.board import Board, Overview
from voicebot.telemetry.load import Load, LoadMeter

NOT_BUILT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Operator</title></head>
<body>
<h1>Operator</h1>
<p>This page is not built: run <code>scripts/setup</code> and start <code>voicebot serve</code>
again. What it shows is at <a href="/api/operator">/api/operator</a>.</p>
</body>
</html>
"""
NOT_IN: dict[int | str, dict[str, Any]] = {
    401: error_doc("neither from this box nor with the key"),
    429: error_doc("too many wrong keys from this address"),
}


@dataclass(frozen=True)
class OperatorData:
    """What the operator's page shows. problems: why a new customer would not be served; empty: one
    would be."""

    shop: str
    problems: list[str]
    rooms_max: int
    load: Load
    overview: Overview


_WRITER = TypeAdapter(OperatorData)


class KeyShown(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=1024, description="http.api_key")


def operator_routes(
    service: Service, board: Board, door: Door, pages: Pages, *, shop: str, rooms_max: int
) -> APIRouter:
    router = APIRouter()
    meter = LoadMeter()

    @router.get("/operator", include_in_schema=False)
    async def page(request: Request) -> Response:
        """The same for all, since it holds no data; whoever may not see these is asked for the
        key by it."""
        answer = pages.answer("operator.html", request) or HTMLResponse(NOT_BUILT)
        if refusal := door.refusal(request, tickets=True):
            answer.status_code = refusal.status
        return answer

    @router.get("/api/operator", response_model=OperatorData, responses=NOT_IN)
    async def data(
        request: Request,
        minutes: Annotated[
            int, Query(ge=1, le=1440, description="that the totals and the plot are about")
        ] = 60,
    ) -> Response:
        """Rooms, recent turns as waterfalls, delays over time, what went wrong and what could not
        be answered. From this box, with the key, or with the cookie of a session."""
        check(door.refusal(request, tickets=True))
        overview = board.overview(time.time(), minutes)
        problems = service.ready_problems()
        found = OperatorData(shop, problems, rooms_max, meter.read(), overview)
        # Written at once: FastAPI would copy and check a thousand spans while customers speak.
        return Response(_WRITER.dump_json(found), media_type="application/json")

    @router.post("/api/operator/session", status_code=204, responses=NOT_IN)
    async def begin(request: Request, shown: KeyShown) -> Response:
        """Show the key once; the answer's cookie is good for 12 hours of the operator's page, its
        data and its events. So the key stands in no URL and in no browser's storage."""
        check(door.refusal_of_key(request, shown.key))
        answer = Response(status_code=204)
        answer.set_cookie(
            COOKIE,
            door.ticket(),
            max_age=TICKET_LIFE_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    @router.delete("/api/operator/session", status_code=204)
    async def end() -> Response:
        """The browser forgets its cookie."""
        answer = Response(status_code=204)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    return router
