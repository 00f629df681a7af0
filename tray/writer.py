"""The thread that owns the text: words and marks go to the transcript first, then to everywhere else."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol, assert_never

from tray.core.failures import ScribeletError, SinkError
from tray.core.ledger import Fate
from tray.core.news import Fated, SessionWritten, Struck, TextChanged, Trouble
from tray.core.prose import Act, Change, Passage
from tray.core.speech import Mark, Segment, Span
from tray.ports import Sink

RETRY = 1.0
"""Seconds between two attempts to write what the disk refused."""
REMEMBERED = 8
"""Sessions whose last segment can still be struck."""


class Transcript(Sink, Protocol):
    """The sink that comes first, and keeps what it could not write."""

    @property
    def unwritten(self) -> int:
        """Records that are not on the disk yet."""
        ...

    def retry(self) -> None:
        """Try again to write them. Raises SinkError."""
        ...


@dataclass(frozen=True, slots=True)
class Begin:
    """The first sample of a session was captured at this time."""

    session: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Write:
    """A segment of a session."""

    session: int
    segment: Segment


@dataclass(frozen=True, slots=True)
class Settle:
    """A held mark of a session stands."""

    session: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class Decide:
    """Sound of a session has its fate without being written."""

    session: int
    span: Span
    fate: Fate


@dataclass(frozen=True, slots=True)
class End:
    """A session has no more text."""

    session: int
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Strike:
    """Strike the last segment of the session with this name."""

    session: str


@dataclass(frozen=True, slots=True)
class Use:
    """From now on, write to these sinks."""

    transcript: Transcript
    sinks: Sequence[Sink]


Order = Begin | Write | Settle | Decide | End | Strike | Use
News = Fated | SessionWritten | TextChanged | Trouble | Struck


class Writer:
    """Serves orders one after the other, on a thread of its own that owns the text of every session."""

    def __init__(self, transcript: Transcript, sinks: Sequence[Sink], report: Callable[[News], None]) -> None:
        self._places = _Places(transcript, sinks, report)
        self._report = report
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._passages: dict[int, Passage] = {}
        self._ended: set[int] = set()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def post(self, order: Order) -> None:
        """Put an order behind those before it; returns at once."""
        self._orders.put(order)

    def close(self) -> None:
        """Serve what was posted, close every sink and end the thread. Idempotent."""
        self._orders.put(None)
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        going_on = True
        while going_on:
            try:
                going_on = self._serve_next()
            except Exception as error:  # noqa: BLE001 the one catch-all of this thread
                self._report(Trouble("writer", ScribeletError(f"Writing has failed: {error!r}", "Start again")))
        self._places.close()

    def _serve_next(self) -> bool:
        """Whether there may be more."""
        try:
            order = self._orders.get(timeout=self._places.patience())
        except queue.Empty:
            self._places.retry()
            return True
        if order is None:
            return False
        self._serve(order)
        self._places.tell_waiting()
        return True

    def _serve(self, order: Order) -> None:
        if isinstance(order, Write | Settle | Decide) and order.session in self._ended:
            return  # the ear had said it before it learned that nobody wants it
        match order:
            case Begin(session, at):
                # to the microsecond, since the name must be unique over restarts
                self._passages[session] = Passage(f"{at:%Y%m%dT%H%M%S.%f}-{session}", at)
                self._places.spread(Change(Act.BEGAN, self._passages[session]))
            case Write(session, segment):
                self._grow(session, self._passages[session].add(segment), Act.SEGMENT, segment.number)
                self._places.tell(Fated(session, segment.span, Fate.WRITTEN))
            case Settle(session, mark):
                self._settle(session, mark)
            case Decide(session, span, fate):
                self._places.tell(Fated(session, span, fate))
            case End(session, cancelled):
                self._end(session, cancelled=cancelled)
            case Strike(name):
                self._strike(name)
            case Use(transcript, sinks):
                self._places.use(transcript, sinks, self._standing())
            case _:
                assert_never(order)

    def _standing(self) -> list[Change]:
        """All that is remembered, for a place that knows nothing."""
        return [
            Change(Act.ENDED if session in self._ended else Act.MARK, passage, passage.entries[-1])
            for session, passage in self._passages.items()
            if passage.entries
        ]

    def _grow(self, session: int, passage: Passage, act: Act, number: int) -> None:
        self._passages[session] = passage
        entry = next(entry for entry in passage.entries if entry.segment.number == number)
        self._places.spread(Change(act, passage, entry))
        self._report(TextChanged(passage))

    def _settle(self, session: int, mark: Mark) -> None:
        """A mark that stands already, maybe behind struck words, is left alone."""
        passage = self._passages[session]
        if any(entry.segment.number == mark.segment and not entry.settled for entry in passage.entries):
            self._grow(session, passage.settle(mark.segment, mark.text), Act.MARK, mark.segment)

    def _end(self, session: int, *, cancelled: bool) -> None:
        passage = self._passages.get(session)
        if passage is None:  # nothing was ever captured
            self._places.tell(SessionWritten(session, 0))
        elif cancelled and (session not in self._ended or passage.last()):
            self._finish(session, passage.cancel(), Act.CANCELLED)
        elif session not in self._ended:  # else it was cancelled before the ear learned of it
            for entry in passage.entries:  # an ear that was given up has settled nothing
                self._settle(session, Mark(entry.segment.number, entry.mark))
            self._finish(session, self._passages[session], Act.ENDED)

    def _finish(self, session: int, passage: Passage, act: Act) -> None:
        self._ended.add(session)
        self._passages[session] = passage
        self._places.spread(Change(act, passage))
        self._report(TextChanged(passage))
        words = sum(len(entry.segment.words) for entry in passage.entries if not entry.struck)
        self._places.tell(SessionWritten(session, words))
        self._forget_old(session)

    def _forget_old(self, session: int) -> None:
        for old in [number for number in self._passages if number <= session - REMEMBERED]:
            del self._passages[old]
            self._ended.discard(old)

    def _strike(self, name: str) -> None:
        session = next((number for number, passage in self._passages.items() if passage.session == name), None)
        entry = self._passages[session].last() if session is not None else None
        if session is not None and entry is not None:
            self._report(Struck(session))
            self._grow(session, self._passages[session].strike(entry.segment.number), Act.STRIKE, entry.segment.number)


class _Places:
    """Where text goes; a place that fails is reported and takes no other down."""

    def __init__(self, transcript: Transcript, sinks: Sequence[Sink], report: Callable[[News], None]) -> None:
        self._transcript, self._sinks, self._report = transcript, sinks, report
        self._troubled: set[str] = set()
        self._waiting: list[News] = []
        """What only holds once the transcript is on the disk."""
        self._next_attempt = 0.0

    def spread(self, change: Change) -> None:
        """Write a change everywhere, to the transcript first."""
        for sink in self._all():
            # many places have nothing to do for a mark or an end, so that going well proves nothing
            told = sink is self._transcript or change.act is Act.SEGMENT
            self._try(sink, partial(sink.write, change), mended=told)

    def tell(self, news: News) -> None:
        """Report something as soon as all words before it are on the disk."""
        self._waiting.append(news)
        self.tell_waiting()

    def tell_waiting(self) -> None:
        """Report what has waited, if the disk has taken the words meanwhile."""
        if not self._transcript.unwritten:
            waiting, self._waiting = self._waiting, []
            for news in waiting:
                self._report(news)

    def patience(self) -> float | None:
        """Seconds until `retry`, however much is to be done before; None where nothing is owed to the disk."""
        return max(0.0, self._next_attempt - time.monotonic()) if self._transcript.unwritten else None

    def retry(self) -> None:
        """Try to write what the disk refused."""
        self._next_attempt = time.monotonic() + RETRY
        self._try(self._transcript, self._transcript.retry)
        self.tell_waiting()

    def use(self, transcript: Transcript, sinks: Sequence[Sink], standing: Sequence[Change]) -> None:
        """Write to these from now on; what the transcript before could not write, the new one gets."""
        before, old = self._transcript, [sink for sink in self._all() if sink not in (transcript, *sinks)]
        self._transcript, self._sinks = transcript, sinks
        self._close(old)
        if before in old and before.unwritten:
            for change in standing:
                self._try(transcript, partial(transcript.write, change))

    def close(self) -> None:
        """Try for the last time, and let every place go."""
        self._close(self._all())
        self.tell_waiting()

    def _all(self) -> Sequence[Sink]:
        return (self._transcript, *self._sinks)

    def _try(self, sink: Sink, act: Callable[[], None], *, mended: bool = True) -> None:
        """Report a failure, and the end of one where going well proves that the place is `mended`."""
        error = _failure(sink, act)
        if error:
            self._troubled.add(sink.name)
            self._report(Trouble(sink.name, error))
        elif mended and sink.name in self._troubled:
            self._troubled.discard(sink.name)
            self._report(Trouble(sink.name, None))

    def _close(self, sinks: Sequence[Sink]) -> None:
        for sink in sinks:
            if error := _failure(sink, sink.close):
                self._report(Trouble(sink.name, error))


def _failure(sink: Sink, act: Callable[[], None]) -> SinkError | None:
    try:
        act()
    except SinkError as error:
        return error
    except Exception as error:  # noqa: BLE001 a mistake in one sink must not keep the text from the others
        return SinkError(f"The {sink.name} has failed: {error!r}", "Start Scribelet again")
    return None
