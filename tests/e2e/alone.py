"""Runs a command in a network of its own: loopback, and a cable that leads nowhere.

`python alone.py COMMAND ...`; exits with EX_UNAVAILABLE where that is not permitted. The cable has
an address and the default route, so that whatever wants to leave the box goes into it and is
counted, and WebRTC, which refuses loopback, has an address to speak from.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
from pathlib import Path

NOT_PERMITTED = os.EX_UNAVAILABLE
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h
CABLE, ADDRESS = "cable", "192.0.2.9/32"  # TEST-NET-1


def leave_the_network() -> None:
    """Raises OSError or CalledProcessError where it cannot be done."""
    user, group = os.getuid(), os.getgid()
    flags = CLONE_NEWNET if user == 0 else CLONE_NEWNET | CLONE_NEWUSER
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    if user != 0:
        with contextlib.suppress(FileNotFoundError):
            Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _ip("link set lo up")
    _ip(f"link add {CABLE} type veth peer name nowhere")
    for end in (CABLE, "nowhere"):  # IPv6 looks for neighbours by itself, which would be counted
        with contextlib.suppress(FileNotFoundError):
            Path(f"/proc/sys/net/ipv6/conf/{end}/disable_ipv6").write_text("1")
    _ip("link set nowhere up")
    _ip(f"link set {CABLE} arp off up")
    _ip(f"address add {ADDRESS} dev {CABLE}")
    _ip(f"route add default dev {CABLE}")


def packets_sent() -> int:
    """Into the cable, since it exists."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, counts = line.partition(":")
        if name.strip() == CABLE:
            return int(counts.split()[9])
    raise LookupError(f"this network has no {CABLE}")


def _ip(command: str) -> None:
    subprocess.run(["ip", *command.split()], check=True, capture_output=True)


if __name__ == "__main__":
    try:
        leave_the_network()
    except (OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"a network of its own cannot be had here: {error}\n")
        sys.exit(NOT_PERMITTED)
    os.execvp(sys.argv[1], sys.argv[1:])
