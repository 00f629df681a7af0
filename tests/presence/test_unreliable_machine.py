"""Whoever tells of sleep and locks comes late, hangs, starts again, is not there or is somebody else."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.patience import until
from tests.presence.conftest import Watch
from tests.presence.machine import LOGIND, OURS, ROOT, Bus, Logind, Stranger
from tests.presence.savers import SAVERS, saver_heard
from tray.core.news import Moment
from tray.desktop.presence import Presence


def test_a_logind_that_comes_late_is_found(watch: Watch, session_bus: Bus, system_bus: Bus) -> None:
    with Stranger(session_bus, SAVERS[0][0]) as saver:
        assert saver_heard(saver, watch, active=True) is Moment.LOCKED
    with Logind(system_bus) as logind:
        assert logind.lock().held()
        logind.do(logind.manager.prepare_for_sleep, True)
        assert watch.next() is Moment.ASLEEP


def test_a_logind_that_never_answers_holds_nothing_up(watch: Watch, session_bus: Bus, system_bus: Bus) -> None:
    with Stranger(system_bus, LOGIND) as silent, Stranger(session_bus, SAVERS[0][0]) as saver:
        ours = until(lambda: [name for name in silent.names()[1:] if name not in (LOGIND, silent.name)], "our program")
        assert saver_heard(saver, watch, active=True) is Moment.LOCKED
        until(lambda: ours[0] not in silent.names(), "the end of our patience")
    with Logind(system_bus) as logind:
        assert logind.lock().held()


def test_a_logind_that_starts_again_is_asked_for_a_new_lock(watch: Watch, system_bus: Bus) -> None:
    with Logind(system_bus) as first:
        lock = first.lock()
        first.do(first.manager.prepare_for_sleep, True)
        assert watch.next() is Moment.ASLEEP
        with Stranger(system_bus) as looker:
            first.stop_serving()
            until(lambda: LOGIND not in looker.names(), "the end of logind")
        with Logind(system_bus) as second:
            assert watch.next() is Moment.AWAKE  # which the first one could not say any more
            assert second.lock().held()
            until(lambda: not lock.held(), "the release of the old lock")


def test_a_bus_that_dies_is_found_again(watch: Watch, system_bus: Bus) -> None:
    with Logind(system_bus) as first:
        first.lock()
        system_bus.restart()
        with Logind(system_bus) as second:
            assert second.lock().held()
            second.do(second.manager.prepare_for_sleep, True)
            assert watch.next() is Moment.ASLEEP


def test_a_session_bus_that_dies_is_found_again(watch: Watch, session_bus: Bus) -> None:
    with Stranger(session_bus, SAVERS[0][0]) as saver:
        assert saver_heard(saver, watch, active=True) is Moment.LOCKED
    session_bus.restart()
    with Stranger(session_bus, SAVERS[0][0]) as saver:
        assert saver_heard(saver, watch, active=False) is Moment.UNLOCKED


def test_what_a_screen_saver_said_outlives_a_bus_of_the_machine(
    watch: Watch, session_bus: Bus, system_bus: Bus
) -> None:
    with Logind(system_bus) as first, Stranger(session_bus, SAVERS[0][0]) as saver:
        first.lock()
        assert saver_heard(saver, watch, active=True) is Moment.LOCKED
        system_bus.restart()
        with Logind(system_bus) as second:
            second.lock()
            second.do(second.session.switch, False)
            assert watch.next() is Moment.AWAY


def test_other_programs_cannot_pretend_to_be_logind(watch: Watch, logind: Logind, stranger: Stranger) -> None:
    logind.lock()
    for listener in ("", *(name for name in stranger.names() if name.startswith(":"))):
        stranger.say(ROOT, f"{LOGIND}.Manager.PrepareForSleep", "b", True, to=listener)
        stranger.say(OURS, f"{LOGIND}.Session.Lock", "", to=listener)
    logind.do(logind.session.switch, False)
    assert watch.next() is Moment.AWAY


def test_a_machine_without_any_bus_says_nothing_and_closes_at_once(
    monkeypatch: pytest.MonkeyPatch, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for bus in ("SYSTEM", "SESSION"):
        monkeypatch.setenv(f"DBUS_{bus}_BUS_ADDRESS", f"unix:path={place}/nowhere")
    caplog.set_level(logging.DEBUG, "tray")
    heard = SimpleQueue[Moment]()
    presence = Presence(heard.put)
    until(lambda: len(caplog.records) >= 2, "a try of each bus")
    begun = time.monotonic()
    presence.let_sleep()
    presence.close()
    assert time.monotonic() - begun < 1
    assert heard.empty()
    assert {record.levelno for record in caplog.records} == {logging.DEBUG}
