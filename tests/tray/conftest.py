"""A session bus with nobody on it, notification daemons to start there, and whole desktops."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from tests.tray.desk import Desktop
from tests.tray.toasts import Screen
from tray.desktop.icons import Icons
from tray.sinks.toast import ToastSink
from tray.system.assets import asset_folder
from tray.system.notifications import Notifications
from tray.system.session_bus import SessionBus


@pytest.fixture(scope="module")
def desktop() -> Iterator[Desktop]:
    started = Desktop()
    yield started
    started.stop()


@pytest.fixture
def bare_desktop() -> Iterator[Desktop]:
    started = Desktop(VDESK_TRAY="none", VDESK_TOASTS="none")
    yield started
    started.stop()


@pytest.fixture
def lone_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A session bus with nobody on it, in the environment; killing it is allowed."""
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", daemon.stdout.readline().strip())
        yield daemon
        daemon.terminate()


@pytest.fixture
def bus(lone_bus: subprocess.Popen[str]) -> Iterator[SessionBus]:  # noqa: ARG001 it must be there first
    connected = SessionBus()
    yield connected
    connected.close()


@pytest.fixture(scope="session")
def icons() -> Icons:
    return Icons(asset_folder("icons"))


@pytest.fixture
def desktop_bus(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionBus]:
    """Our connection to the bus of the desktop."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", desktop.bus)
    connected = SessionBus()
    yield connected
    connected.close()


@pytest.fixture
def screen(lone_bus: subprocess.Popen[str]) -> Iterator[Screen]:  # noqa: ARG001 it must be there first
    """Whoever starts notification daemons, and clicks on what they show."""
    other_side = Screen()
    yield other_side
    other_side.end()


@pytest.fixture
def actions() -> SimpleQueue[str]:
    """The buttons that were clicked, by their keys."""
    return SimpleQueue()


@pytest.fixture
def toasts(bus: SessionBus) -> Notifications:
    """Toasts on that bus."""
    return Notifications(bus)


@pytest.fixture
def sink(toasts: Notifications, actions: SimpleQueue[str]) -> ToastSink:
    """Where words become toasts."""
    return ToastSink(toasts, "each", actions.put)
