"""Who may: the box itself, or who has the key, or a browser that showed it; and how often."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

TABLE_MAX = 1024  # addresses remembered; beyond it the one not seen for longest is forgotten
COOKIE = "voicebot_operator"
TICKET_LIFE_S = 12 * 3600  # a working day
WRONG_KEYS, WRONG_KEYS_PER_SECOND = 10, 0.1  # for each address


@dataclass(frozen=True)
class Refusal:
    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Door:
    """Lets in whoever is on this box or shows http.api_key. A browser shows it once and gets a
    ticket, a cookie that is signed with a secret of this process: a restart asks for the key
    again. Wrong keys are counted by address.

    clock: Unix time, seconds.
    """

    def __init__(self, key: SecretStr, clock: Callable[[], float] = time.time) -> None:
        self._key = key.get_secret_value().encode()
        self._secret = secrets.token_bytes(32)
        self._clock = clock
        self._wrong = RateLimit(WRONG_KEYS, WRONG_KEYS_PER_SECOND, clock)

    def refusal(self, connection: HTTPConnection, *, tickets: bool = False) -> Refusal | None:
        """None: may go on. tickets: whether a browser's ticket counts; not for what changes
        something."""
        if _is_loopback(client_address(connection)):
            return None
        if tickets and self._is_ours(connection.cookies.get(COOKIE, "")):
            return None
        scheme, _, shown = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.refusal_of_key(connection, shown.strip())
        return _WANTED

    def refusal_of_key(self, connection: HTTPConnection, shown: str) -> Refusal | None:
        address = client_address(connection)
        if wait := self._wrong.wait(address, take=False):
            retry = {"Retry-After": str(wait)}
            return Refusal(429, "too many wrong keys from this address", retry)
        if self._key and secrets.compare_digest(shown.encode(), self._key):
            return None
        self._wrong.wait(address)
        return _WANTED

    def ticket(self) -> str:
        """A cookie's value, good for TICKET_LIFE_S."""
        until = str(int(self._clock()) + TICKET_LIFE_S)
        return f"{until}.{self._sign(until)}"

    def _is_ours(self, ticket: str) -> bool:
        until, _, signature = ticket.partition(".")
        ours = hmac.compare_digest(signature.encode(), self._sign(until).encode())
        return ours and int(until) > self._clock()

    def _sign(self, until: str) -> str:
        return hmac.new(self._secret, until.encode(), hashlib.sha256).hexdigest()


_WANTED = Refusal(
    401,
    "only from this box, or with Authorization: Bearer <http.api_key>",
    {"WWW-Authenticate": "Bearer"},
)


def check(refusal: Refusal | None) -> None:
    """Raises HTTPException where there is one."""
    if refusal is not None:
        raise HTTPException(refusal.status, refusal.message, dict(refusal.headers))


def client_address(connection: HTTPConnection) -> str:
    """Of the caller, "" where it is unknown (a Unix socket). Behind a proxy on this box it is what
    the proxy tells: uvicorn has put it there."""
    return connection.client.host if connection.client else ""


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class RateLimit:
    """A bucket of `burst` for each address, refilled at `per_second`; IPv6 counts by /64, which is
    what one household has."""

    def __init__(
        self, burst: int, per_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._table: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str, *, take: bool = True) -> int:
        """0 where the address may go on, and it is counted unless take is False; else whole seconds
        until it may."""
        owner = _owner(address)
        now = self._clock()
        left, since = self._table.pop(owner, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._per_second)
        allowed = left >= 1
        self._table[owner] = (left - 1 if allowed and take else left, now)
        if len(self._table) > TABLE_MAX:
            self._table.popitem(last=False)
        return 0 if allowed else math.ceil((1 - left) / self._per_second)


def _owner(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 6:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
