"""What a person is told of trouble, how long it stands, and that nobody in the middle waits for a slow desktop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tray.accounts import Books
from tray.conductor.conductor import Conductor
from tray.conductor.inbox import Inbox
from tray.core.errands import Errand
from tray.core.face import View
from tray.core.failures import HotkeyError
from tray.core.ledger import Fate
from tray.core.news import Captured, CaptureEnded, Fated, Moment, Outcome, SessionWritten, Trouble, Waiting
from tray.core.settings import Settings
from tray.core.speech import RATE, Span
from tray.core.state import Finish, Quit, SoundFlows, Toggle
from tray.sinks.transcript import TranscriptSink
from tray.wiring import Surroundings, Wiring

DEADLINE = 10.0
SECOND = Span(0, RATE, RATE)
MARK = HotkeyError("This is the mark.", "Look on")
LOST = HotkeyError("The keys are lost.", "Use the icon")


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.01)


class Hands:
    """They do what they are told, which is nothing here."""

    def open_source(self, session: int) -> None: ...
    def let_go(self, session: int) -> None: ...
    def close_source(self, session: int) -> None: ...
    def flush(self, session: int, *, push_to_talk: bool) -> None: ...
    def release(self, session: int, span: Span, fate: Fate) -> None: ...
    def put_away(self, session: int, captured: Span, outcome: Outcome) -> None: ...
    def recall(self, session: int, waiting: Waiting) -> None: ...
    def discard(self, session: int, *, struck: bool) -> None: ...
    def strike(self, name: str) -> None: ...
    def forget(self, session: int) -> None: ...
    def captured_s(self, _session: int) -> float:
        return 0.0

    def waiting_s(self) -> float:
        return 0.0


class House:
    """Notes what a person gets to see."""

    def __init__(self) -> None:
        self.view = View()
        self.notes: list[tuple[str, str]] = []
        self.key = True
        self.left = threading.Event()

    def show(self, view: View) -> None:
        self.view = view

    def tell(self, summary: str, body: str) -> None:
        self.notes.append((summary, body))

    def reread(self) -> Settings | None:
        return None

    def holds_key(self) -> bool:
        return self.key

    def leave(self) -> None:
        self.left.set()

    def errand(self, errand: Errand) -> None: ...
    def change(self, key: str, value: str) -> None: ...
    def apply(self, settings: Settings, *, hotkey_paused: bool) -> None: ...
    def hush(self, *, wanted: bool) -> None: ...
    def let_sleep(self) -> None: ...


class Silent:
    """A microphone into which nobody speaks."""

    endless = True

    def open(self, deliver: Callable[[bytes, int], None]) -> None: ...
    def close(self) -> None: ...


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def conductor(house: House) -> Iterator[Conductor]:
    one = Conductor(Inbox(), Hands(), house, Settings())
    one.start()
    yield one
    one.post(Quit())
    assert house.left.wait(DEADLINE)


def stumble(conductor: Conductor, house: House) -> None:
    """News of a session that nobody knows, which cannot happen."""
    conductor.post(Captured(99, SECOND))
    until(lambda: house.view.warnings, "the warning")


def dictate(conductor: Conductor, session: int, words: int) -> None:
    """A whole session."""
    conductor.post(Toggle())
    conductor.post(Captured(session, SECOND))
    conductor.post(SoundFlows(session))
    finish(conductor, session, words)


def finish(conductor: Conductor, session: int, words: int) -> None:
    """The rest of one."""
    for news in (
        Finish(),
        CaptureEnded(session),
        Fated(session, SECOND, Fate.WRITTEN if words else Fate.SKIPPED),
        SessionWritten(session, words),
    ):
        conductor.post(news)


def mark(conductor: Conductor, house: House) -> None:
    """Everything posted before has been dealt with and is seen."""
    conductor.post(Trouble("mark", MARK))
    until(lambda: str(MARK) in house.view.warnings, "the mark")
    conductor.post(Trouble("mark", None))
    until(lambda: str(MARK) not in house.view.warnings, "the end of the mark")


def test_what_nobody_has_foreseen_is_told_once_and_stands_until_words_were_written_again(
    conductor: Conductor, house: House
) -> None:
    stumble(conductor, house)
    stumble(conductor, house)
    mark(conductor, house)
    assert [summary for summary, _ in house.notes].count("Something went wrong: KeyError") == 1
    dictate(conductor, 1, words=3)
    until(lambda: not house.view.warnings, "the end of the warning")
    stumble(conductor, house)
    mark(conductor, house)
    assert [summary for summary, _ in house.notes].count("Something went wrong: KeyError") == 2


def test_a_session_without_words_proves_nothing(conductor: Conductor, house: House) -> None:
    stumble(conductor, house)
    dictate(conductor, 1, words=0)
    mark(conductor, house)
    assert house.view.warnings == ("Something went wrong: KeyError",)


def test_a_session_that_had_begun_before_proves_nothing(conductor: Conductor, house: House) -> None:
    conductor.post(Toggle())
    conductor.post(Captured(1, SECOND))
    conductor.post(SoundFlows(1))
    stumble(conductor, house)
    finish(conductor, 1, words=3)
    mark(conductor, house)
    assert house.view.warnings == ("Something went wrong: KeyError",)


def test_keys_that_are_lost_are_a_warning_and_are_promised_nowhere_until_they_are_back(
    conductor: Conductor, house: House
) -> None:
    house.key = False
    conductor.post(Trouble("hotkey", LOST))
    conductor.post(Trouble("hotkey", LOST))
    until(lambda: house.view.warnings == (str(LOST),), "the warning")
    assert not house.view.hotkey_held
    house.key = True
    conductor.post(Trouble("hotkey", None))
    until(lambda: not house.view.warnings, "the end of the warning")
    assert house.view.hotkey_held
    assert house.notes == [(str(LOST), LOST.remedy)]


def test_no_key_is_promised_before_it_was_taken(house: House) -> None:
    assert not Conductor(Inbox(), Hands(), house, Settings()).view().hotkey_held


def test_the_same_trouble_of_two_parts_is_one_line(conductor: Conductor, house: House) -> None:
    conductor.post(Trouble("microphone 1", LOST))
    conductor.post(Trouble("microphone 2", LOST))
    mark(conductor, house)
    assert house.view.warnings == (str(LOST),)
    assert house.notes.count((str(LOST), LOST.remedy)) == 1
    conductor.post(Trouble("microphone 1", None))
    mark(conductor, house)
    assert house.view.warnings == (str(LOST),)


def test_a_lock_of_the_screen_is_in_force_at_once_however_long_toasts_take_to_go(tmp_path: Path) -> None:
    hushed: list[bool] = []
    wiping, answer, left = threading.Event(), threading.Event(), threading.Event()
    wiped: list[bool] = []

    def wipe() -> None:
        wiping.set()
        wiped.append(answer.wait(DEADLINE))

    wiring = Wiring(
        Surroundings(
            source=lambda _settings: Silent(),
            sinks=lambda _settings, _report: (TranscriptSink(tmp_path), []),
            ear_command=lambda _settings: ("false",),
            books=lambda _settings: Books(tmp_path / "spool", tmp_path / "ledger", tmp_path),
            bind_keys=lambda _settings, _report: False,
            show=lambda _view: None,
            tell=lambda _summary, _body: None,
            leave=left.set,
            hush=hushed.append,
            wipe=wipe,
        ),
        Settings(),
    )
    wiring.start()
    wiring.conductor.post(Moment.LOCKED)
    assert wiping.wait(DEADLINE)
    wiring.conductor.post(Moment.UNLOCKED)
    until(lambda: hushed == [True, False], "the person who is back")
    assert wiped == []
    wiring.conductor.post(Quit())
    assert left.wait(DEADLINE)
    answer.set()
    assert wiring.close() == 0
