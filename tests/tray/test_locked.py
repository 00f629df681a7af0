"""No toast stays on a screen that was locked, however slow the desktop is, and nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread

import pytest

from tray.core.failures import ScribeletError
from tray.core.prose import Act, Change, Passage
from tray.core.speech import RATE, Segment, Span, Word
from tray.sinks.toast import ToastSink
from tray.system.notifications import Note

PATIENCE = 10.0


class Screen:
    """Toasts of a desktop that takes its time where the test wants it to."""

    def __init__(self) -> None:
        self.visible: list[str] = []
        self.asked, self.ready = Event(), Event()
        self.ready.set()
        self.broken = False

    def listen(self, act: Callable[[str], None]) -> None:
        """There is no button."""

    def show(self, key: str, note: Note) -> None:  # noqa: ARG002 the words are all the same here
        """Show it as soon as the desktop is ready."""
        self._wait()
        self.visible.append(key)

    def showing(self, key: str) -> bool:
        """Whether it is there."""
        return key in self.visible

    def close(self, key: str) -> None:
        """Take it away as soon as the desktop is ready."""
        self._wait()
        if self.broken:
            raise ScribeletError("The daemon does not answer.")
        if key in self.visible:
            self.visible.remove(key)

    def _wait(self) -> None:
        self.asked.set()
        assert self.ready.wait(PATIENCE)


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def sink(screen: Screen) -> ToastSink:
    return ToastSink(screen, "each", lambda _: None)


def words(session: str = "s1") -> Change:
    passage = Passage(session, datetime(2026, 11, 23, 9, 14, tzinfo=UTC))
    passage = passage.add(Segment(0, (Word("hello", 0, 0, None, "estimated"),), Span(0, RATE, RATE), "."))
    return Change(Act.SEGMENT, passage, passage.last())


@contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[None]:
    """What another thread does, which is over at the end."""
    thread = Thread(target=act, daemon=True)
    thread.start()
    yield
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_the_words_of_every_session_go_when_the_screen_is_locked(sink: ToastSink, screen: Screen) -> None:
    sink.write(words("s1"))
    sink.write(words("s2"))
    sink.hush(True)
    sink.wipe()
    assert screen.visible == []
    sink.write(words("s3"))
    sink.tell("Nothing heard", "No speech was recognized.")
    assert screen.visible == []


@pytest.mark.parametrize(
    "show", [lambda sink: sink.write(words()), lambda sink: sink.tell("Nothing heard", "No speech was recognized.")]
)
def test_a_toast_that_comes_up_after_the_lock_is_taken_away_at_once(
    sink: ToastSink, screen: Screen, show: Callable[[ToastSink], None]
) -> None:
    screen.ready.clear()
    with meanwhile(lambda: show(sink)):
        assert screen.asked.wait(PATIENCE)
        sink.hush(True)
        screen.ready.set()
    assert screen.visible == []


def test_locking_waits_for_no_desktop_that_hangs(sink: ToastSink, screen: Screen) -> None:
    sink.write(words())
    screen.ready.clear()
    with meanwhile(lambda: sink.hush(True)):
        pass
    screen.ready.set()
    sink.wipe()
    assert screen.visible == []


def test_whoever_is_back_before_the_words_were_taken_away_still_sees_them(sink: ToastSink, screen: Screen) -> None:
    sink.write(words())
    sink.hush(True)
    sink.hush(False)
    sink.wipe()
    assert screen.visible == ["s1"]


def test_a_desktop_that_takes_nothing_away_is_no_failure_of_the_lock(sink: ToastSink, screen: Screen) -> None:
    sink.write(words())
    screen.broken = True
    sink.hush(True)
    sink.wipe()
    assert screen.visible == ["s1"]
