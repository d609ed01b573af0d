"""The page at `/`: that the bot runs, and how to reach it."""

from __future__ import annotations

import html

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from voicebot.config import Sections
from voicebot.http.service import Service

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{shop}</title>
</head>
<body>
<h1>{shop}</h1>
<p>{state}</p>
<p>Any LiveKit client can speak with it: <code>POST /api/token</code> gives
<code>server_url</code> and <code>participant_token</code> for a room of one's own.
On this box, <code>voicebot call</code> does it from the command line.</p>
</body>
</html>
"""


def page_routes(service: Service, settings: Sections) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/", response_class=HTMLResponse)
    async def page() -> str:
        problems = service.ready_problems()
        state = "The voice assistant is running and would answer a customer now."
        if problems:
            state = f"The voice assistant cannot take a customer now: {'; '.join(problems)}."
        shop = settings.conversation.shop
        return PAGE.format(shop=html.escape(shop[:1].upper() + shop[1:]), state=html.escape(state))

    return router
