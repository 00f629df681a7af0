"""The thread that owns the text: words and marks go to the transcript first, then to everywhere else."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tray.core.failures import ScribeletError, SinkError
from tray.core.ledger import Fate
from tray.core.news import Fated, SessionWritten, Struck, TextChanged, Trouble
from tray.core.prose import Act, Change, Entry, Passage
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
    """Serves orders one after the other; a sink that fails is reported and takes nobody down."""

    def __init__(self, transcript: Transcript, sinks: Sequence[Sink], report: Callable[[News], None]) -> None:
        self._transcript, self._sinks, self._report = transcript, sinks, report
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._passages: dict[int, Passage] = {}
        self._ended: set[int] = set()
        self._troubled: set[str] = set()
        self._waiting: list[News] = []
        """News that hold only once the transcript is on the disk."""
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
        while True:
            try:
                order = self._orders.get(timeout=RETRY if self._waiting else None)
            except queue.Empty:
                self._retry()
                continue
            if order is None:
                break
            try:
                self._serve(order)
            except Exception as error:  # noqa: BLE001 the one catch-all of this thread
                self._report(Trouble("writer", ScribeletError(f"Writing has failed: {error!r}", "Start again")))
        for sink in (self._transcript, *self._sinks):
            sink.close()

    def _serve(self, order: Order) -> None:
        if isinstance(order, Write | Settle | Decide) and order.session in self._ended:
            return  # the ear had said it before it learned that nobody wants it
        match order:
            case Begin(session, at):
                # to the microsecond, since the name must be unique over restarts
                self._passages[session] = Passage(f"{at:%Y%m%dT%H%M%S.%f}-{session}", at)
                self._spread(Change(Act.BEGAN, self._passages[session]))
            case Write(session, segment):
                self._grow(session, self._passages[session].add(segment), Act.SEGMENT, segment.number)
                self._tell(Fated(session, segment.span, Fate.WRITTEN))
            case Settle(session, mark):
                self._grow(session, self._passages[session].settle(mark.segment, mark.text), Act.MARK, mark.segment)
            case Decide(session, span, fate):
                self._tell(Fated(session, span, fate))
            case End(session, cancelled):
                self._end(session, cancelled=cancelled)
            case Strike(name):
                self._strike(name)
            case Use(transcript, sinks):
                self._use(transcript, sinks)

    def _grow(self, session: int, passage: Passage, act: Act, number: int) -> None:
        self._passages[session] = passage
        entry = next(entry for entry in passage.entries if entry.segment.number == number)
        self._spread(Change(act, passage, entry))
        self._report(TextChanged(passage))

    def _end(self, session: int, *, cancelled: bool) -> None:
        self._ended.add(session)
        passage = self._passages.get(session)
        if passage is None:  # nothing was ever captured
            self._tell(SessionWritten(session, 0))
            return
        passage = self._passages[session] = passage.cancel() if cancelled else passage
        self._spread(Change(Act.CANCELLED if cancelled else Act.ENDED, passage))
        self._report(TextChanged(passage))
        self._tell(SessionWritten(session, sum(len(e.segment.words) for e in passage.entries if not e.struck)))
        self._forget_old(session)

    def _forget_old(self, session: int) -> None:
        for old in [number for number in self._passages if number <= session - REMEMBERED]:
            del self._passages[old]
            self._ended.discard(old)

    def _strike(self, name: str) -> None:
        session = next((number for number, passage in self._passages.items() if passage.session == name), None)
        entry = self._last(session)
        if session is not None and entry is not None:
            self._report(Struck(session))
            self._grow(session, self._passages[session].strike(entry.segment.number), Act.STRIKE, entry.segment.number)

    def _last(self, session: int | None) -> Entry | None:
        return None if session is None else self._passages[session].last()

    def _use(self, transcript: Transcript, sinks: Sequence[Sink]) -> None:
        old = [sink for sink in (self._transcript, *self._sinks) if sink not in (transcript, *sinks)]
        self._transcript, self._sinks = transcript, sinks
        for sink in old:
            sink.close()

    def _spread(self, change: Change) -> None:
        for sink in (self._transcript, *self._sinks):
            self._try(sink, lambda sink=sink: sink.write(change))

    def _try(self, sink: Sink, act: Callable[[], None]) -> None:
        try:
            act()
        except SinkError as error:
            self._troubled.add(sink.name)
            self._report(Trouble(sink.name, error))
            return
        if sink.name in self._troubled:
            self._troubled.discard(sink.name)
            self._report(Trouble(sink.name, None))

    def _tell(self, news: News) -> None:
        """Report what is only true once the words before it are on the disk."""
        if self._waiting or self._transcript.unwritten:
            self._waiting.append(news)
        else:
            self._report(news)

    def _retry(self) -> None:
        self._try(self._transcript, self._transcript.retry)
        if not self._transcript.unwritten:
            waiting, self._waiting = self._waiting, []
            for news in waiting:
                self._report(news)
