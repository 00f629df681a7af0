"""A capture, and microphones that deliver what a test gives them, or fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from tests.spool.keepers import NoDisk, without_disk
from tray.capture import Capture, News
from tray.core.news import CaptureEnded
from tray.core.speech import RATE, AudioChunk, Ending, Released, Resumed
from tray.spool.spool import Spool

DEADLINE = 10.0
BLOCK = b"\1\0" * 512


class Source:
    """A microphone, or a file, that delivers what the test gives it."""

    def __init__(self, *, endless: bool = True, rate: int = RATE, last: bytes = b"") -> None:
        self.endless, self.rate, self.last = endless, rate, last
        self._send: Callable[[bytes, int], None] = lambda _block, _rate: None
        self.opened, self.closed = threading.Event(), threading.Event()

    def open(self, deliver: Callable[[bytes, int], None]) -> None:
        """Ready; a first block may be there before it says so."""
        self._send = deliver
        if self.last:
            self.deliver(BLOCK)
        self.opened.set()

    def deliver(self, block: bytes) -> None:
        """Bring a block."""
        self._send(block, self.rate)

    def close(self) -> None:
        """What is still on its way is delivered before this returns."""
        if self.last:
            self.deliver(self.last)
        self.closed.set()


class Broken(Source):
    """Fails where it is told to."""

    def __init__(self, opening: Exception | None = None, closing: Exception | None = None) -> None:
        super().__init__()
        self.opening, self.closing = opening, closing

    def open(self, deliver: Callable[[bytes, int], None]) -> None:
        if self.opening:
            raise self.opening
        super().open(deliver)

    def close(self) -> None:
        if self.closing:
            raise self.closing


class Desk:
    """A capture, its spool and all that it reports."""

    def __init__(self, capacity: int = 10**6) -> None:
        self.spool = without_disk(Spool(NoDisk(), capacity))
        self.news: list[News] = []
        self.begun: list[tuple[int, datetime]] = []
        self.changed = threading.Condition()
        self.capture = Capture(self.spool, self.note, lambda session, at: self.begun.append((session, at)))
        self.capture.start()

    def note(self, news: News) -> None:
        """Keep it."""
        with self.changed:
            self.news.append(news)
            self.changed.notify_all()

    def open(self, session: int, source: Source) -> Source:
        """A source that is open."""
        self.capture.open(session, source)
        assert source.opened.wait(DEADLINE)
        return source

    def wait_for(self, news: News | type[News]) -> None:
        """Until it was reported."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.has(news), DEADLINE), (news, self.news)

    def has(self, news: News | type[News]) -> bool:
        """Whether it was reported."""
        return any(isinstance(one, news) if isinstance(news, type) else one == news for one in self.news)

    def close(self, session: int) -> None:
        """Until every block is on the spool."""
        self.capture.close(session)
        self.wait_for(CaptureEnded(session))

    def on_spool(self) -> list[tuple[int, AudioChunk | Released | Resumed | Ending]]:
        """All that is on the spool."""
        found: list[tuple[int, AudioChunk | Released | Resumed | Ending]] = []
        while item := self.spool.take(0):
            found.append(item)
        return found

    def kept(self) -> list[tuple[int, AudioChunk]]:
        """The sound that is on the spool."""
        return [(session, item) for session, item in self.on_spool() if isinstance(item, AudioChunk)]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A capture that serves."""
    one = Desk()
    yield one
    one.capture.end()
