"""Every block a source delivers is stamped and kept in the session that it belongs to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import monotonic

import pytest

from tray.audio.spool import Spool
from tray.capture import REST_S, Capture, News
from tray.core.failures import MicrophoneError
from tray.core.news import Captured, CaptureEnded, Trouble
from tray.core.speech import RATE, AudioChunk, Ending, Released, Span
from tray.core.state import SoundFlows, SourceEnded, SourceLost

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
        self.spool = Spool(capacity)
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

    def on_spool(self) -> list[tuple[int, AudioChunk | Released | Ending]]:
        """All that is on the spool."""
        found: list[tuple[int, AudioChunk | Released | Ending]] = []
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


def test_blocks_are_counted_from_the_start_of_the_session(desk: Desk) -> None:
    source = desk.open(1, Source(rate=44_100))
    for block in (BLOCK, BLOCK[:200], BLOCK):
        source.deliver(block)
    desk.close(1)
    assert desk.kept() == [
        (1, AudioChunk(BLOCK, 0, 44_100)),
        (1, AudioChunk(BLOCK[:200], 512, 44_100)),
        (1, AudioChunk(BLOCK, 612, 44_100)),
    ]


def test_a_microphone_of_another_rate_goes_on_where_the_first_one_ended(desk: Desk) -> None:
    source = desk.open(1, Source(rate=RATE))
    source.deliver(BLOCK)
    source.rate = 48_000
    source.deliver(BLOCK)
    desk.close(1)
    assert desk.kept() == [(1, AudioChunk(BLOCK, 0, RATE)), (1, AudioChunk(BLOCK, 512, 48_000))]
    assert desk.has(Captured(1, Span(512, 1024, 48_000)))


def test_the_ledger_hears_of_sound_in_order_and_the_session_flows_with_the_first_sample(desk: Desk) -> None:
    source = desk.open(1, Source())
    source.deliver(BLOCK)
    source.deliver(BLOCK)
    desk.close(1)
    assert desk.news == [
        SoundFlows(1),
        Captured(1, Span(0, 512, RATE)),
        Captured(1, Span(512, 1024, RATE)),
        CaptureEnded(1),
    ]


def test_a_session_begins_when_its_first_sample_was_spoken(desk: Desk) -> None:
    source = desk.open(1, Source())
    before = datetime.now().astimezone()
    source.deliver(b"\0\0" * RATE)
    source.deliver(BLOCK)
    desk.close(1)
    [(session, at)] = desk.begun
    assert session == 1
    assert before - timedelta(seconds=1) <= at <= datetime.now().astimezone() - timedelta(seconds=1)


def test_a_block_that_comes_while_the_source_opens_is_kept(desk: Desk) -> None:
    desk.open(1, Source(last=BLOCK))
    desk.close(1)
    assert [chunk.start for _, chunk in desk.kept()] == [0, 512]


def test_the_last_block_comes_before_the_end(desk: Desk) -> None:
    desk.open(1, Source(last=BLOCK[:20]))
    desk.close(1)
    assert desk.news[-2:] == [Captured(1, Span(512, 522, RATE)), CaptureEnded(1)]


def test_each_session_has_its_own_sound(desk: Desk) -> None:
    for session in (1, 2):
        source = desk.open(session, Source())
        source.deliver(BLOCK)
        desk.close(session)
        assert source.closed.is_set()
        assert desk.kept() == [(session, AudioChunk(BLOCK, 0, RATE))]
        desk.spool.forget(session)


def test_a_late_close_of_one_session_leaves_the_next_one_open(desk: Desk) -> None:
    desk.open(1, Source())
    desk.close(1)
    second = desk.open(2, Source())
    desk.news.clear()
    desk.close(1)
    assert not second.closed.is_set()
    second.deliver(BLOCK)
    desk.close(2)
    assert [session for session, _ in desk.kept()] == [2]


def test_a_session_that_never_had_a_sample_ends_too(desk: Desk) -> None:
    desk.open(1, Source())
    desk.close(1)
    assert desk.news == [CaptureEnded(1)]
    assert desk.begun == []


def test_a_session_whose_source_was_never_asked_for_ends_too(desk: Desk) -> None:
    desk.close(5)


def test_a_microphone_that_does_not_open_is_told(desk: Desk) -> None:
    error = MicrophoneError("There is no microphone", "Plug one in")
    desk.capture.open(1, Broken(opening=error))
    desk.wait_for(SourceLost(1, error))
    desk.close(1)


def test_a_source_that_fails_unforeseen_is_told_and_the_next_one_works(desk: Desk) -> None:
    desk.capture.open(1, Broken(opening=ZeroDivisionError()))
    desk.wait_for(SourceLost)
    assert desk.has(Trouble)
    desk.close(1)
    desk.open(2, Source()).deliver(BLOCK)
    desk.close(2)
    assert [session for session, _ in desk.kept()] == [2]


def test_a_source_that_cannot_be_closed_ends_its_session_all_the_same(desk: Desk) -> None:
    desk.open(1, Broken(closing=ZeroDivisionError()))
    desk.close(1)
    assert desk.has(Trouble)


def test_a_microphone_that_dies_is_lost_and_what_it_delivered_stays(desk: Desk) -> None:
    source = desk.open(1, Source())
    source.deliver(BLOCK)
    source.deliver(b"")
    desk.wait_for(SourceLost)
    desk.close(1)
    assert len(desk.kept()) == 1


def test_a_file_at_its_end_is_no_failure(desk: Desk) -> None:
    source = desk.open(1, Source(endless=False))
    source.deliver(BLOCK)
    source.deliver(b"")
    desk.wait_for(SourceEnded(1))
    assert not desk.has(SourceLost)


def test_a_full_spool_ends_the_session_and_hides_no_hole() -> None:
    desk = Desk(capacity=len(BLOCK) + 10)
    source = desk.open(1, Source())
    for block in (BLOCK, BLOCK, b"\1\0", b"\1\0"):
        source.deliver(block)
    desk.wait_for(SourceLost)
    desk.close(1)
    assert desk.kept() == [(1, AudioChunk(BLOCK, 0, RATE))]
    assert sum(isinstance(one, SourceLost) for one in desk.news) == 1
    assert sum(isinstance(one, Captured) for one in desk.news) == 1
    desk.capture.end()


def test_when_the_key_is_let_go_a_microphone_goes_on_for_a_moment(desk: Desk) -> None:
    source = desk.open(1, Source())
    source.deliver(BLOCK)
    desk.capture.let_go(1)
    assert not source.closed.wait(REST_S / 2)
    source.deliver(BLOCK)
    desk.wait_for(CaptureEnded(1))
    assert source.closed.is_set()
    assert desk.on_spool() == [(1, AudioChunk(BLOCK, 0, RATE)), (1, Released(512)), (1, AudioChunk(BLOCK, 512, RATE))]


def test_the_moment_is_over_as_soon_as_nobody_speaks(desk: Desk) -> None:
    source = desk.open(1, Source())
    source.deliver(BLOCK)
    desk.capture.let_go(1)
    begun = monotonic()
    desk.close(1)
    assert source.closed.is_set()
    assert monotonic() - begun < REST_S


def test_a_new_press_does_not_wait_for_the_rest_of_the_last_word(desk: Desk) -> None:
    first = desk.open(1, Source(last=BLOCK[:40]))
    desk.capture.let_go(1)
    second = desk.open(2, Source())
    assert first.closed.is_set()
    second.deliver(BLOCK)
    desk.wait_for(CaptureEnded(1))
    desk.close(2)
    sound = [(session, len(chunk.pcm)) for session, chunk in desk.kept()]
    assert sound == [(1, len(BLOCK)), (1, 40)]
    desk.spool.forget(1)
    assert [session for session, _ in desk.kept()] == [2]


@pytest.mark.parametrize("source", [Source(endless=False), Source()], ids=["a file", "nothing heard yet"])
def test_there_is_no_rest_of_a_word_where_none_can_be(desk: Desk, source: Source) -> None:
    desk.open(1, source)
    begun = monotonic()
    desk.capture.let_go(1)
    desk.wait_for(CaptureEnded(1))
    assert monotonic() - begun < REST_S
    assert desk.on_spool() == []


def test_a_microphone_that_dies_in_the_rest_of_a_word_ends_the_session_too(desk: Desk) -> None:
    source = desk.open(1, Source())
    source.deliver(BLOCK)
    desk.capture.let_go(1)
    source.deliver(b"")
    desk.wait_for(CaptureEnded(1))


def test_the_end_closes_what_is_open() -> None:
    desk = Desk()
    source = desk.open(1, Source())
    desk.capture.end()
    desk.capture.end()
    assert source.closed.is_set()
