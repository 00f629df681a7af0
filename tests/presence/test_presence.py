"""Sleep, a locked screen, another user and the end of the machine are heard, and sleep waits for the last words."""

from __future__ import annotations

import logging
import subprocess
import time
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.presence.conftest import Watch
from tests.presence.machine import LOGIND, OURS, ROOT, THEIRS, Bus, Logind, Stranger, until
from tray.core.news import Moment
from tray.desktop.presence import Presence

SAVERS = [
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    ("org.freedesktop.ScreenSaver", "/ScreenSaver"),
    ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    ("org.xfce.ScreenSaver", "/org/xfce/ScreenSaver"),
    ("org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver"),
    ("org.mate.ScreenSaver", "/org/mate/ScreenSaver"),
]


def saver_heard(saver: Stranger, watch: Watch, *, active: bool, at: tuple[str, str] = SAVERS[0]) -> Moment:
    """What is heard of a screen saver that goes on saying the same: nobody knows from when on it is listened to."""
    name, path = at
    heard: list[Moment] = []

    def said() -> list[Moment]:
        saver.say(path, f"{name}.ActiveChanged", "b", active)
        heard.extend(watch.waiting())
        return heard

    return until(said, "a word of the screen saver")[0]


def test_whoever_comes_back_without_unlocking_can_lock_again(watch: Watch, logind: Logind) -> None:
    logind.lock()
    logind.do(logind.session.lock)
    assert watch.next() is Moment.LOCKED
    watch.presence.somebody_came()
    logind.do(logind.session.lock)
    assert watch.next() is Moment.LOCKED


def test_sleep_waits_until_the_last_words_are_written(watch: Watch, logind: Logind) -> None:
    lock = logind.lock()
    assert (lock.mode, set(lock.what.split(":"))) == ("delay", {"sleep", "shutdown"})
    logind.do(logind.manager.prepare_for_sleep, True)
    assert watch.next() is Moment.ASLEEP
    assert lock.held()
    watch.presence.let_sleep()
    until(lambda: not lock.held(), "the release", 2)


def test_sleep_waits_no_longer_than_three_seconds(watch: Watch, logind: Logind) -> None:
    lock = logind.lock()
    logind.do(logind.manager.prepare_for_sleep, True)
    assert watch.next() is Moment.ASLEEP
    begun = time.monotonic()
    until(lambda: not lock.held(), "the release")
    assert 2 < time.monotonic() - begun < 4.5


def test_after_waking_the_next_sleep_waits_again(watch: Watch, logind: Logind) -> None:
    logind.lock()
    logind.do(logind.manager.prepare_for_sleep, True)
    assert watch.next() is Moment.ASLEEP
    watch.presence.let_sleep()
    logind.do(logind.manager.prepare_for_sleep, False)
    assert watch.next() is Moment.AWAKE
    assert logind.lock(2).held()


def test_words_that_were_written_after_waking_do_not_give_the_next_lock_away(watch: Watch, logind: Logind) -> None:
    logind.lock()
    logind.do(logind.manager.prepare_for_sleep, True)
    logind.do(logind.manager.prepare_for_sleep, False)
    lock = logind.lock(2)
    watch.presence.let_sleep()
    logind.do(logind.session.lock)
    assert [watch.next() for _ in range(3)] == [Moment.ASLEEP, Moment.AWAKE, Moment.LOCKED]
    assert lock.held()


def test_the_end_of_the_machine_is_told_and_waits(watch: Watch, logind: Logind) -> None:
    lock = logind.lock()
    logind.do(logind.manager.prepare_for_shutdown, True)
    assert watch.next() is Moment.ENDING
    assert lock.held()
    watch.presence.close()
    until(lambda: not lock.held(), "the release", 2)


def test_a_shutdown_that_is_called_off_leaves_the_next_sleep_waiting(watch: Watch, logind: Logind) -> None:
    logind.lock()
    logind.do(logind.manager.prepare_for_shutdown, True)
    logind.do(logind.manager.prepare_for_shutdown, False)
    assert logind.lock(2).held()
    assert watch.next() is Moment.ENDING


def test_a_program_started_meanwhile_does_not_hold_the_machine_up(watch: Watch, logind: Logind) -> None:
    lock = logind.lock()
    logind.do(logind.manager.prepare_for_sleep, True)
    assert watch.next() is Moment.ASLEEP
    with subprocess.Popen(["sleep", "60"], close_fds=False) as servant:
        watch.presence.let_sleep()
        until(lambda: not lock.held(), "the release", 2)
        servant.kill()


def test_a_request_to_lock_counts_as_locked(watch: Watch, logind: Logind) -> None:
    logind.lock()
    logind.do(logind.session.lock)
    assert watch.next() is Moment.LOCKED
    logind.do(logind.session.unlock)
    assert watch.next() is Moment.UNLOCKED


def test_a_desktop_that_says_it_is_locked_is_believed(watch: Watch, logind: Logind) -> None:
    logind.lock()
    logind.do(logind.session.hint, True)
    assert watch.next() is Moment.LOCKED
    logind.do(logind.session.hint, False)
    assert watch.next() is Moment.UNLOCKED


def test_one_lock_that_three_report_is_told_once(watch: Watch, logind: Logind, session_bus: Bus) -> None:
    logind.lock()
    name, path = SAVERS[0]
    with Stranger(session_bus, name) as saver:
        assert saver_heard(saver, watch, active=True) is Moment.LOCKED
        logind.do(logind.session.lock)
        logind.do(logind.session.hint, True)
        logind.do(logind.session.switch, False)
        assert watch.next() is Moment.AWAY
        saver.say(path, f"{name}.ActiveChanged", "b", False)
        assert watch.next() is Moment.UNLOCKED


def test_another_user_at_the_screen_is_away_until_we_are_back(watch: Watch, logind: Logind) -> None:
    logind.lock()
    logind.do(logind.session.switch, False)
    assert watch.next() is Moment.AWAY
    logind.do(logind.session.switch, True)
    assert watch.next() is Moment.BACK


def test_what_happens_in_the_session_of_another_user_is_not_ours(watch: Watch, logind: Logind) -> None:
    logind.lock()
    logind.do(logind.other_session.lock)
    logind.do(logind.other_session.hint, True)
    logind.do(logind.other_session.switch, False)
    logind.do(logind.session.switch, False)
    assert watch.next() is Moment.AWAY


@pytest.mark.usefixtures("session_bus")
def test_a_screen_that_was_locked_before_the_start_is_known_to_be(logind: Logind) -> None:
    logind.session.locked, logind.session.active = True, False
    watch = Watch()
    assert {watch.next(), watch.next()} == {Moment.LOCKED, Moment.AWAY}
    watch.presence.close()


@pytest.mark.usefixtures("session_bus")
@pytest.mark.parametrize(
    ("named", "by_process", "by_screen"),
    [("3", OURS, ("2", OURS)), ("", THEIRS, ("2", OURS)), ("gone", THEIRS, ("", "/")), ("", None, ("3", THEIRS))],
)
def test_our_session_is_the_named_one_or_that_of_the_process_or_that_on_the_screen(
    logind: Logind,
    monkeypatch: pytest.MonkeyPatch,
    named: str,
    by_process: str | None,
    by_screen: tuple[str, str],
) -> None:
    monkeypatch.setenv("XDG_SESSION_ID", named)
    logind.manager.ours, logind.user.session = by_process, by_screen
    watch = Watch()
    logind.lock()
    logind.do(logind.session.lock)
    logind.do(logind.other_session.switch, False)
    assert watch.next() is Moment.AWAY
    watch.presence.close()


@pytest.mark.usefixtures("session_bus")
def test_without_a_session_sleep_is_still_heard(logind: Logind) -> None:
    logind.manager.ours = None
    watch = Watch()
    logind.lock()
    logind.do(logind.session.lock)
    logind.do(logind.manager.prepare_for_sleep, True)
    assert watch.next() is Moment.ASLEEP
    watch.presence.close()


@pytest.mark.parametrize("at", SAVERS)
def test_a_screen_saver_locks_where_there_is_no_logind(watch: Watch, session_bus: Bus, at: tuple[str, str]) -> None:
    with Stranger(session_bus, at[0]) as saver:
        assert saver_heard(saver, watch, active=True, at=at) is Moment.LOCKED
        assert saver_heard(saver, watch, active=False, at=at) is Moment.UNLOCKED


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


def test_closing_gives_the_lock_back_and_twice_is_once(watch: Watch, logind: Logind) -> None:
    lock = logind.lock()
    watch.presence.close()
    assert not lock.held()
    watch.presence.close()
    watch.presence.let_sleep()
