"""The session bus answers, or says within seconds that it does not."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from pathlib import Path
from queue import SimpleQueue

import pytest
from dbus_fast.annotations import DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

from tests.patience import until
from tests.tray.desk import Peer
from tray.core.menu import Face, Item, Silhouette
from tray.desktop.icons import Icons
from tray.desktop.status_notifier import StatusNotifierTray
from tray.system.session_bus import DAEMON, BusError, Remote, SessionBus

OURS = "org.example.Echo"


class Echo(ServiceInterface):
    """Says what it hears."""

    def __init__(self) -> None:
        super().__init__(OURS)

    @dbus_method("Say")
    def say(self, word: DBusStr) -> DBusStr:
        return word

    @dbus_signal("Said")
    def said(self, word: str) -> DBusStr:
        return word


async def say(echo: Echo, word: str) -> None:
    echo.said(word)


def test_another_program_answers(bus: SessionBus) -> None:
    assert bus.call(DAEMON, "NameHasOwner", "s", ["org.freedesktop.DBus"]) == [True]


def test_a_program_that_is_not_there_is_named(bus: SessionBus) -> None:
    with pytest.raises(BusError, match=r"org\.example\.Nobody"):
        bus.call(Remote("org.example.Nobody", "/", "org.example.Nobody"), "Hello")


def test_a_program_that_hangs_costs_no_more_than_the_limit(bus: SessionBus) -> None:
    silent = Peer(os.environ["DBUS_SESSION_BUS_ADDRESS"])
    name = silent.call(DAEMON.program, DAEMON.path, "org.freedesktop.DBus.RequestName", "su", "org.example.Deaf", 0)
    assert name == (1,)
    begun = time.monotonic()
    with pytest.raises(BusError, match="No answer"):
        bus.call(Remote("org.example.Deaf", "/", "org.example.Deaf"), "Hello", limit=0.3)
    assert time.monotonic() - begun < 2
    silent.close()


def test_others_use_what_we_export_and_hear_what_we_say(bus: SessionBus) -> None:
    echo = Echo()
    bus.export("/echo", echo)
    bus.request_name(OURS)
    other, heard = SessionBus(), SimpleQueue[list[str]]()
    remote = Remote(OURS, "/echo", OURS)
    other.subscribe(remote, "Said", heard.put)
    assert other.call(remote, "Say", "s", ["hello"]) == ["hello"]
    bus.post(say(echo, "spoken"))
    assert heard.get(timeout=5) == ["spoken"]
    other.close()


def test_answers_that_overfill_the_connection_all_arrive(bus: SessionBus) -> None:
    bus.export("/echo", Echo())
    bus.request_name(OURS)
    other, long = SessionBus(), "word " * 20_000

    async def ask_at_once() -> list[list[str]]:
        return await asyncio.gather(*[other.ask(Remote(OURS, "/echo", OURS), "Say", "s", [long]) for _ in range(40)])

    assert other.run(ask_at_once(), limit=20) == [[long]] * 40
    assert bus.call(DAEMON, "GetId")
    other.close()


def test_a_name_can_be_had_once(bus: SessionBus) -> None:
    other = SessionBus()
    bus.request_name(OURS)
    with pytest.raises(BusError, match=OURS):
        other.request_name(OURS)
    other.close()


def test_a_program_is_seen_to_come_and_to_go(bus: SessionBus) -> None:
    seen = SimpleQueue[bool]()
    bus.watch_name(OURS, seen.put)
    other = SessionBus()
    other.request_name("org.example.Unrelated")
    other.request_name(OURS)
    assert seen.get(timeout=5) is True
    other.close()
    assert seen.get(timeout=5) is False


def test_without_a_bus_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(BusError) as caught:
        SessionBus()
    assert "dbus-run-session" in caught.value.remedy


@pytest.mark.parametrize("address", ["nonsense", "unix:path=/nonexistent", "carrier:pigeon=1"])
def test_an_address_that_leads_nowhere_is_the_same_error(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    with pytest.raises(BusError, match="no D-Bus session bus"):
        SessionBus()


def test_a_bus_that_dies_ends_calls_instead_of_hanging_them(bus: SessionBus, lone_bus: subprocess.Popen[str]) -> None:
    ended = SimpleQueue[None]()
    bus.watch_end(lambda: ended.put(None))
    lone_bus.kill()
    ended.get(timeout=5)
    begun = time.monotonic()
    with pytest.raises(BusError):
        bus.call(DAEMON, "NameHasOwner", "s", ["org.freedesktop.DBus"])
    with pytest.raises(BusError):
        bus.export("/echo", Echo())
    bus.post(say(Echo(), "into the void"))
    bus.close()
    assert time.monotonic() - begun < 5


def test_closing_twice_is_closing_once(bus: SessionBus) -> None:
    bus.close()
    bus.close()
    with pytest.raises(BusError):
        bus.call(DAEMON, "NameHasOwner", "s", ["org.freedesktop.DBus"])


def test_the_thread_of_the_bus_refuses_to_wait_for_itself(bus: SessionBus) -> None:
    refused = SimpleQueue[str]()

    async def wait_for_yourself() -> None:
        try:
            bus.call(DAEMON, "GetId")
        except RuntimeError as error:
            refused.put(str(error))

    bus.post(wait_for_yourself())
    assert "wait for itself" in refused.get(timeout=5)


def test_work_that_fails_leaves_the_bus_alive(bus: SessionBus) -> None:
    async def stumble() -> None:
        raise ValueError

    bus.post(stumble())
    until(lambda: bus.call(DAEMON, "GetId"), "an answer")


def test_a_tray_closed_just_before_its_bus_leaves_no_complaint(
    bus: SessionBus, icons: Icons, caplog: pytest.LogCaptureFixture
) -> None:
    tray = StatusNotifierTray(bus, icons, lambda _: None)
    tray.show(Face(Silhouette.LISTENING, "Scribelet", (Item("Stop", "toggle"),)))
    tray.close()
    bus.close()
    assert caplog.messages == []
