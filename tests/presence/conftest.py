"""A system bus with a logind that does what a test wants, and a session bus for screen savers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.presence.machine import Bus, Logind, Stranger
from tray.core.news import Moment
from tray.desktop.presence import Presence


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose path is short enough for a socket, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="sl-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def system_bus(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """Stands in for the bus of the machine; it may be killed and started again."""
    monkeypatch.delenv("XDG_SESSION_ID", raising=False)
    with Bus(place / "system") as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        yield bus


@pytest.fixture
def session_bus(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """A session bus with nobody on it."""
    with Bus(place / "session") as bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        yield bus


@pytest.fixture
def logind(system_bus: Bus) -> Iterator[Logind]:
    """A logind with our session on a screen, and another user's beside it."""
    with Logind(system_bus) as started:
        yield started


@pytest.fixture
def stranger(system_bus: Bus) -> Iterator[Stranger]:
    """Any other program on the bus of the machine."""
    with Stranger(system_bus) as started:
        yield started


class Watch:
    """What a running program hears of its machine."""

    def __init__(self) -> None:
        self._heard = SimpleQueue[Moment]()
        self.presence = Presence(self._heard.put)

    def next(self) -> Moment:
        """The next moment there is."""
        return self._heard.get(timeout=15)

    def waiting(self) -> list[Moment]:
        """What has been heard and not been looked at."""
        return [self._heard.get() for _ in range(self._heard.qsize())]


@pytest.fixture
def watch(session_bus: Bus, system_bus: Bus) -> Iterator[Watch]:  # noqa: ARG001 they must be there first
    """Our program, watching."""
    watching = Watch()
    yield watching
    watching.presence.close()
