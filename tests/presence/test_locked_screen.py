"""A locked screen and another user at it are heard, whoever of the machine says so, and told once."""

from __future__ import annotations

import pytest

from tests.presence.conftest import Watch
from tests.presence.machine import OURS, THEIRS, Bus, Logind, Stranger
from tests.presence.savers import SAVERS, saver_heard
from tray.core.news import Moment


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


def test_whoever_comes_back_without_unlocking_can_lock_again(watch: Watch, logind: Logind) -> None:
    logind.lock()
    logind.do(logind.session.lock)
    assert watch.next() is Moment.LOCKED
    watch.presence.somebody_came()
    logind.do(logind.session.lock)
    assert watch.next() is Moment.LOCKED


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


@pytest.mark.parametrize("at", SAVERS)
def test_a_screen_saver_locks_where_there_is_no_logind(watch: Watch, session_bus: Bus, at: tuple[str, str]) -> None:
    with Stranger(session_bus, at[0]) as saver:
        assert saver_heard(saver, watch, active=True, at=at) is Moment.LOCKED
        assert saver_heard(saver, watch, active=False, at=at) is Moment.UNLOCKED
