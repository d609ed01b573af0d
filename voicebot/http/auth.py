"""Who may: the box itself or the key's holder; and how often."""

from __future__ import annotations

import ipaddress
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from pydantic import SecretStr
from starlette.requests import HTTPConnection

TABLE_MAX = 1024  # addresses remembered; beyond it the one not seen for longest is forgotten


def client_address(connection: HTTPConnection) -> str:
    """Of the caller, "" where it is unknown (a Unix socket). Behind a proxy on this box it is what
    the proxy tells: uvicorn has put it there."""
    return connection.client.host if connection.client else ""


def may_watch(connection: HTTPConnection, key: SecretStr) -> bool:
    """Whether the caller is on this box, or shows http.api_key."""
    try:
        if ipaddress.ip_address(client_address(connection)).is_loopback:
            return True
    except ValueError:
        pass
    scheme, _, shown = connection.headers.get("authorization", "").partition(" ")
    wanted = key.get_secret_value().encode()
    return (
        bool(wanted)
        and scheme.lower() == "bearer"
        and secrets.compare_digest(shown.strip().encode(), wanted)
    )


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

    def wait(self, address: str) -> int:
        """0 where the address may go on, and it is counted; else whole seconds until it may."""
        owner = _owner(address)
        now = self._clock()
        left, since = self._table.pop(owner, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._per_second)
        allowed = left >= 1
        self._table[owner] = (left - 1 if allowed else left, now)
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
