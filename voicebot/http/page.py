"""The kiosk's page at `/`, what it is made of, and how the shop wants it to look."""

from __future__ import annotations

import html
import mimetypes
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import HTTPException
from fastapi.responses import FileResponse, HTMLResponse
from pydantic import BaseModel

from voicebot.config import Sections
from voicebot.http.errors import ErrorBody
from voicebot.http.pages import Pages
from voicebot.http.service import Service

LOGO = "/api/kiosk/logo"
NOT_BUILT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{shop}</title>
</head>
<body>
<h1>{shop}</h1>
<p>{state}</p>
<p>Its page is not built: run <code>scripts/setup</code> and start <code>voicebot serve</code>
again. Until then any LiveKit client can speak with it: <code>POST /api/token</code> gives
<code>server_url</code> and <code>participant_token</code> for a room of one's own.
On this box, <code>voicebot call</code> does it from the command line.</p>
</body>
</html>
"""


class KioskLook(BaseModel):
    """The settings of [kiosk], as the page needs them. logo: its path, "" where there is none;
    idle_timeout in seconds, 0: never."""

    name: str
    welcome: str
    colour: str
    appearance: Literal["auto", "light", "dark"]
    logo: str
    questions: tuple[str, ...]
    idle_timeout: int


def page_routes(service: Service, settings: Sections, pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        return pages.answer("index.html", request) or HTMLResponse(_not_built(service, settings))

    @router.get("/assets/{name}", include_in_schema=False)
    async def asset(name: str, request: Request) -> Response:
        answer = pages.answer(f"assets/{name}", request)
        if answer is None:
            raise HTTPException(404)
        return answer

    @router.get("/api/kiosk", response_model=KioskLook)
    async def look() -> KioskLook:
        """How the shop wants its page to look, and what it says."""
        kiosk = settings.kiosk
        return KioskLook(
            name=_name(settings),
            welcome=kiosk.welcome,
            colour=kiosk.colour,
            appearance=kiosk.appearance,
            logo=LOGO if kiosk.logo else "",
            questions=kiosk.questions,
            idle_timeout=kiosk.idle_timeout,
        )

    @router.get(
        LOGO,
        response_class=Response,
        responses={404: {"model": ErrorBody, "description": "the shop has set none"}},
    )
    async def logo() -> Response:
        """The shop's logo."""
        file = settings.kiosk.logo
        if file is None or not file.is_file():
            raise HTTPException(404)
        return FileResponse(file, media_type=_image(file))

    return router


def _name(settings: Sections) -> str:
    shop = settings.kiosk.name or settings.conversation.shop
    return shop[:1].upper() + shop[1:]


def _image(file: Path) -> str:
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def _not_built(service: Service, settings: Sections) -> str:
    problems = service.ready_problems()
    state = "The voice assistant is running and would answer a customer now."
    if problems:
        state = f"The voice assistant cannot take a customer now: {'; '.join(problems)}."
    return NOT_BUILT.format(shop=html.escape(_name(settings)), state=html.escape(state))
