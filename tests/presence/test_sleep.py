"""Sleep and the end of the machine are heard, and wait for the last words."""

from __future__ import annotations

import subprocess
import time

import pytest

from tests.patience import until
from tests.presence.conftest import Watch
from tests.presence.machine import Logind
from tray.core.news import Moment


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


@pytest.mark.usefixtures("session_bus")
def test_without_a_session_sleep_is_still_heard(logind: Logind) -> None:
    logind.manager.ours = None
    watch = Watch()
    logind.lock()
    logind.do(logind.session.lock)
    logind.do(logind.manager.prepare_for_sleep, True)
    assert watch.next() is Moment.ASLEEP
    watch.presence.close()


def test_closing_gives_the_lock_back_and_twice_is_once(watch: Watch, logind: Logind) -> None:
    lock = logind.lock()
    watch.presence.close()
    assert not lock.held()
    watch.presence.close()
    watch.presence.let_sleep()
