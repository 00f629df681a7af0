"""A session bus with nobody on it, and whole desktops."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.tray.desk import Desktop
from tray.desktop.icons import Icons
from tray.system.assets import asset_folder
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
