"""A writer, a transcript and two other places, each of which can be told to fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from tray.core.failures import SinkError
from tray.core.ledger import Fate
from tray.core.news import Fated, News, SessionWritten, TextChanged, Trouble
from tray.core.prose import Act, Change, Passage
from tray.core.speech import RATE, Segment, Span, Word
from tray.writer.orders import Begin, Decide, End, Write
from tray.writer.writer import Writer

T = TypeVar("T")
DEADLINE = 10.0
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FULL = SinkError("The disk is full", "Free some space")


def segment(number: int, text: str, held: str = ".") -> Segment:
    """A second of speech."""
    words = tuple(Word(word, number, number + 1, None, "estimated") for word in text.split())
    return Segment(number, words, Span(number * RATE, (number + 1) * RATE, RATE), held)


class Place:
    """A sink that remembers; the log is common to all, so that their order can be seen."""

    def __init__(self, name: str, log: list[tuple[str, Change]]) -> None:
        self.name, self.log = name, log
        self.broken: Exception | None = None
        self.closed = 0

    def write(self, change: Change) -> None:
        """Remember it, or fail."""
        if self.broken:
            raise self.broken
        self.log.append((self.name, change))

    def close(self) -> None:
        """Count it."""
        self.closed += 1

    def changes(self) -> list[Change]:
        """What it has got."""
        return [change for name, change in self.log if name == self.name]

    def text(self) -> str:
        """What stands there."""
        return self.changes()[-1].passage.text() if self.changes() else ""


class Disk(Place):
    """A transcript that keeps what it cannot write."""

    def __init__(self, log: list[tuple[str, Change]]) -> None:
        super().__init__("transcript", log)
        self.owed: list[Change] = []
        self.attempts = self.settled = 0

    @property
    def unwritten(self) -> int:
        """Changes that it could not write."""
        return len(self.owed)

    def write(self, change: Change) -> None:
        """Behind what is owed."""
        self.owed.append(change)
        self.retry()

    def settle_unfinished(self) -> int:
        """No crash has left anything."""
        self.settled += 1
        return 0

    def retry(self) -> None:
        """All that is owed, or nothing."""
        self.attempts += 1
        if self.broken:
            raise self.broken
        self.log += [(self.name, change) for change in self.owed]
        self.owed.clear()

    def close(self) -> None:
        super().close()
        if not self.broken:
            self.retry()


class Desk:
    """A writer, its places and all that it reports."""

    def __init__(self) -> None:
        self.log: list[tuple[str, Change]] = []
        self.disk, self.first, self.second = Disk(self.log), Place("clipboard", self.log), Place("toast", self.log)
        self.news: list[News] = []
        self.changed = threading.Condition()
        self.writer = Writer(self.disk, [self.first, self.second], self.note)
        self.writer.start()

    def note(self, news: News) -> None:
        """Keep it."""
        with self.changed:
            self.news.append(news)
            self.changed.notify_all()

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Until a condition holds that news may have changed."""
        with self.changed:
            assert self.changed.wait_for(condition, DEADLINE), (what, self.news)

    def wait_for_news(self, news: News) -> None:
        """Until it was reported."""
        self.wait_for(lambda: news in self.news, str(news))

    def say(self, *texts: str, session: int = 1, held: str = ".") -> None:
        """A session begins and these segments come."""
        self.writer.post(Begin(session, Passage(f"{NOON:%Y%m%dT%H%M%S.%f}-{session}", NOON)))
        for number, text in enumerate(texts):
            self.writer.post(Write(session, segment(number, text, held)))

    def end(self, session: int = 1) -> None:
        """The ear is done with a session, and all of it is written."""
        self.writer.post(End(session))
        self.wait_for(lambda: self.of(SessionWritten), "written")

    def served(self) -> None:
        """Until all that was posted is served."""
        self.writer.post(Decide(99, Span(0, 0, RATE), Fate.SKIPPED))
        before = len([one for one in self.of(Fated) if one.session == 99])
        self.wait_for(lambda: len([one for one in self.of(Fated) if one.session == 99]) > before, "served")

    def of(self, kind: type[T]) -> list[T]:
        """All news of a kind."""
        return [one for one in self.news if isinstance(one, kind)]

    def name(self) -> str:
        """Of the newest session."""
        return self.of(TextChanged)[-1].passage.session

    def troubles(self) -> list[tuple[str, str | None]]:
        """Which part, and what is wrong with it."""
        return [(one.part, str(one.error) if one.error else None) for one in self.of(Trouble)]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A writer that serves."""
    one = Desk()
    yield one
    one.writer.close()


def acts(place: Place) -> list[Act]:
    """What a place was told."""
    return [change.act for change in place.changes()]
