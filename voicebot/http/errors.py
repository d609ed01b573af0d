"""Every error has one shape: {"error": {"code", "message"}}."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from voicebot.errors import VoicebotError

log = logging.getLogger(__name__)

CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
    415: "unsupported_media_type",
    421: "wrong_host",
    422: "invalid",
    429: "too_many_requests",
    500: "internal",
    503: "unavailable",
}


class Problem(BaseModel):
    code: str
    message: str


class ErrorBody(BaseModel):
    """What every error answers."""

    error: Problem


def error_doc(what: str) -> dict[str, Any]:
    """An error's answer in the OpenAPI document."""
    return {"model": ErrorBody, "description": what}


# What the guard or the framework may answer to any request.
EVERYWHERE: dict[int | str, dict[str, Any]] = {
    400: error_doc("not a request that can be read"),
    403: error_doc("a page of another origin: see http.allowed_origins"),
    408: error_doc("the body did not arrive in time"),
    413: error_doc("the body is too large"),
    421: error_doc("a host name that is not ours: see http.allowed_origins"),
    500: error_doc("something went wrong here"),
}


def error_response(
    status: int, message: str, headers: Mapping[str, str] | None = None, code: str = ""
) -> JSONResponse:
    body = ErrorBody(error=Problem(code=code or CODES.get(status, "error"), message=message))
    return JSONResponse(body.model_dump(), status, headers=dict(headers or {}))


def add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def http_error(request: Request, exc: HTTPException) -> JSONResponse:
        message = str(exc.detail)
        if exc.status_code == 404:
            message = f"there is nothing at {request.url.path}"
        elif exc.status_code == 405:
            message = f"{request.url.path} does not take {request.method}"
        return error_response(exc.status_code, message, exc.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, exc: RequestValidationError) -> JSONResponse:
        """Without the values: what was sent is not repeated."""
        problems = []
        for error in exc.errors():
            where = ".".join(str(part) for part in error["loc"] if part != "body")
            problems.append(f"{where}: {error['msg']}" if where else str(error["msg"]))
        return error_response(422, "; ".join(problems))

    @app.exception_handler(VoicebotError)
    async def ours(request: Request, exc: VoicebotError) -> JSONResponse:
        log.warning("%s failed: %s", request.url.path, exc)
        return error_response(503, str(exc), {"Retry-After": "5"})
