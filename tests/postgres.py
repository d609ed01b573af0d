"""A PostgreSQL server of the tests' own: on loopback, its data in a folder that goes with it.

It never runs as root (PostgreSQL would refuse to), and sorts as people do, not by bytes: what leans
on SQLite's order is found out.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

ICU_FROM = 15  # version that can be told to sort by ICU


class Server:
    """Of databases that start empty."""

    def __init__(self, url: sa.URL) -> None:
        self._url = url

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new database; it is dropped in the end."""
        name = f"shop_{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name}")
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)
        finally:
            engine.dispose()


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """durable: wait for the disk at every commit, as a shop's server does; tests need it not."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="voicebot-postgres-"))
    data, port = folder / "data", _free_port()
    user = _unprivileged()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)

    def run(program: str, *arguments: str) -> None:
        account = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        done = subprocess.run(
            [programs / program, "-D", data, *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=folder,
            **account,  # type: ignore[call-overload]
        )
        log = (folder / "log").read_text() if (folder / "log").exists() else ""
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}{log}"

    try:
        run("initdb", "--username=voicebot", "--auth=trust", "--encoding=UTF8", *_sorting(programs))
        options = f"-h 127.0.0.1 -p {port} -k {folder}" + ("" if durable else " -F")
        run("pg_ctl", "start", "--wait", "--log", str(folder / "log"), "--options", options)
        try:
            yield Server(
                sa.URL.create("postgresql", "voicebot", None, "127.0.0.1", port, "postgres")
            )
        finally:
            run("pg_ctl", "stop", "--wait", "--mode=immediate")
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    """The folder of PostgreSQL's programs; the newest where there are several."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    assert debian, "PostgreSQL's programs are missing: run scripts/postgres"
    return debian[-1].parent


def _sorting(programs: Path) -> tuple[str, ...]:
    told = subprocess.run([programs / "initdb", "--version"], capture_output=True, text=True)
    version = int(re.findall(r"\d+", told.stdout)[0])
    plain = "--locale=C.UTF-8"
    return (plain, "--locale-provider=icu", "--icu-locale=en-US") if version >= ICU_FROM else ()


def _unprivileged() -> pwd.struct_passwd | None:
    """Who the server runs as; None: whoever runs the tests."""
    if os.geteuid():
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
