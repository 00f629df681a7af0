"""Screens that lock, machines that sleep, sessions that are forgotten: what is said is written, and no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.desktop.running import Scribelet, alike
from tests.desktop.virtual import Desktop
from tests.presence.machine import Bus, Logind

SETTINGS = """
[session]
silence_minutes = 0.05
"""


@pytest.fixture(scope="module")
def logind(desktop: Desktop) -> Iterator[Logind]:
    """What tells of sleep and lock, on a bus of its own."""
    with Bus(desktop.folder / "system-bus") as bus, Logind(bus) as logind:
        yield logind


@pytest.fixture(scope="module")
def desktop() -> Iterator[Desktop]:
    """A desktop of its own."""
    with Desktop() as desktop:
        desktop.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={desktop.folder / 'system-bus'}"
        yield desktop


@pytest.fixture(scope="module")
def scribelet(desktop: Desktop, logind: Logind) -> Iterator[Scribelet]:
    """Scribelet on a machine that sleeps and locks."""
    with Scribelet(desktop, SETTINGS) as running:
        running.wait_until(lambda: logind.manager.locks, "the lock that keeps the machine awake")
        yield running


def test_a_session_that_was_forgotten_ends_and_says_so(scribelet: Scribelet) -> None:
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    scribelet.say("sb11.wav")
    scribelet.wait_for_state("idle")
    assert alike(scribelet.texts()[-1], "sb11.wav")
    assert scribelet.toasts("Dictation has ended")


def test_when_the_screen_locks_dictation_ends_and_nothing_is_shown_over_it(
    scribelet: Scribelet, logind: Logind
) -> None:
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    speech = scribelet.begin_to_say("jfk.wav")
    scribelet.wait_until(lambda: (scribelet.status["session_seconds"] or 0) > 3, "three seconds of speech")
    before = len(scribelet.desktop.toasts())
    logind.do(logind.session.hint, True)
    scribelet.wait_for_state("idle")
    speech.end()
    assert "fellow americans" in scribelet.texts()[-1].lower()
    assert len(scribelet.desktop.toasts()) == before
    logind.do(logind.session.hint, False)
    scribelet.dictate("sb12.wav")
    scribelet.wait_until(lambda: len(scribelet.desktop.toasts()) > before, "a toast after the lock")


def test_the_machine_sleeps_when_the_last_words_are_written(scribelet: Scribelet, logind: Logind) -> None:
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    scribelet.say("sb13.wav")
    lock = logind.manager.locks[-1]
    assert lock.held()
    logind.do(logind.manager.prepare_for_sleep, True)
    scribelet.wait_until(lambda: not lock.held(), "the way to sleep")
    assert alike(scribelet.texts()[-1], "sb13.wav")
    logind.do(logind.manager.prepare_for_sleep, False)
    scribelet.wait_until(lambda: logind.manager.locks[-1].held(), "the next lock")
    scribelet.dictate("sb14.wav")
    assert alike(scribelet.texts()[-1], "sb14.wav")
