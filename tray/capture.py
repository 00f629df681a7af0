"""The thread that stamps sound with its place in the session and puts it on the spool."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tray.core.failures import MicrophoneError, ScribeletError, kind
from tray.core.news import Captured, CaptureEnded, Trouble
from tray.core.speech import AudioChunk, Released, Span
from tray.core.state import SoundFlows, SourceEnded, SourceLost
from tray.ports import SoundSource

REST_S = 0.3
"""Seconds at most that a microphone goes on after the key was let go: for the end of a last word."""

News = Captured | CaptureEnded | Trouble | SoundFlows | SourceLost | SourceEnded


class Spool(Protocol):
    """Where the sound goes."""

    def append(self, session: int, chunk: AudioChunk) -> None:
        """Keep a chunk that fits."""
        ...

    def mark(self, session: int, released: Released) -> None:
        """Note where the key was let go."""
        ...

    def fits(self, chunk: AudioChunk) -> bool:
        """Whether there is room for it; only the caller appends, so there will be."""
        ...


@dataclass(frozen=True, slots=True)
class _Open:
    session: int
    source: SoundSource


@dataclass(frozen=True, slots=True)
class _LetGo:
    session: int


@dataclass(frozen=True, slots=True)
class _Close:
    session: int


@dataclass(frozen=True, slots=True)
class _Closed:
    session: int


@dataclass(frozen=True, slots=True)
class _Block:
    session: int
    pcm: bytes
    rate: int


_Item = _Open | _LetGo | _Close | _Closed | _Block


class Capture:
    """Opens and closes sources, one session at a time; a block goes to the session whose source delivered it."""

    def __init__(self, spool: Spool, report: Callable[[News], None], begin: Callable[[int, datetime], None]) -> None:
        self._spool, self._report, self._begin = spool, report, begin
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._counts: dict[int, int] = {}
        """Samples so far of the sessions whose sound is wanted."""
        self._full: set[int] = set()
        """Sessions whose sound had no room any more: taking up again behind the hole would hide it."""
        self._newest = (0, 0.0)
        """The session that got sound last, and its seconds."""
        self._opened: _Open | None = None
        self._rest_until: float | None = None
        """When the open source is closed at the latest, on the monotonic clock; None while the key counts as held."""
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def open(self, session: int, source: SoundSource) -> None:
        """Capture a session from a source."""
        self._queue.put(_Open(session, source))

    def let_go(self, session: int) -> None:
        """The key was let go: what a microphone still brings of the last word belongs to the session, then it ends."""
        self._queue.put(_LetGo(session))

    def close(self, session: int) -> None:
        """End a session's source now; CaptureEnded follows behind its last sound, whatever state it was in."""
        self._queue.put(_Close(session))

    def seconds(self, session: int) -> float:
        """Sound captured in a session up to this moment; 0 unless it is the newest. From any thread."""
        newest, seconds = self._newest
        return seconds if newest == session else 0.0

    def end(self) -> None:
        """Close whatever is open and end the thread. Idempotent."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(3)

    def _run(self) -> None:
        while (item := self._next()) is not None:
            try:
                self._serve(item)
            except Exception as error:  # noqa: BLE001 the one catch-all of this thread
                failed = ScribeletError(f"Capture has failed: {kind(error)}", "Start Scribelet again")
                self._report(Trouble("capture", failed))
                self._report(SourceLost(item.session, failed))
        if self._opened:
            self._opened.source.close()

    def _next(self) -> _Item | None:
        if self._opened is None or self._rest_until is None:
            return self._queue.get()
        try:
            return self._queue.get(timeout=max(0.0, self._rest_until - time.monotonic()))
        except queue.Empty:
            return _Close(self._opened.session)

    def _serve(self, item: _Item) -> None:
        match item:
            case _Open(session, source):
                if self._opened:  # a new press does not wait for the rest of the last one
                    self._close(self._opened.session)
                self._open(session, source)
            case _Block(session, pcm, rate):
                self._stamp(session, pcm, rate)
            case _LetGo(session):
                self._let_go(session)
            case _Close(session):
                self._close(session)
            case _Closed(session):
                self._counts.pop(session, None)
                self._full.discard(session)
                self._report(CaptureEnded(session))

    def _open(self, session: int, source: SoundSource) -> None:
        self._opened, self._rest_until = _Open(session, source), None
        try:
            source.open(lambda pcm, rate: self._queue.put(_Block(session, pcm, rate)))
        except ScribeletError as error:
            self._report(SourceLost(session, error))

    def _let_go(self, session: int) -> None:
        opened = self._opened
        if opened and opened.session == session and opened.source.endless and session in self._counts:
            self._spool.mark(session, Released(self._counts[session]))
            self._rest_until = time.monotonic() + REST_S
        else:
            self._close(session)

    def _close(self, session: int) -> None:
        try:
            self._close_source(session)
        finally:
            # the source has delivered its last block, which stands in the queue before this
            self._queue.put(_Closed(session))

    def _close_source(self, session: int) -> None:
        opened = self._opened
        if opened and opened.session == session:
            self._opened = None
            opened.source.close()

    def _end(self, session: int) -> None:
        if self._rest_until is not None:
            self._close(session)  # the key was let go, and there is no rest of the last word
        elif self._opened and self._opened.source.endless:
            self._close_source(session)
            died = MicrophoneError("The microphone has stopped delivering sound", "Plug it in again, or choose another")
            self._report(SourceLost(session, died))
        else:
            self._report(SourceEnded(session))

    def _stamp(self, session: int, pcm: bytes, rate: int) -> None:
        if not pcm:
            self._end(session)
        elif session not in self._full:
            self._keep(session, AudioChunk(pcm, self._count(session, len(pcm) / 2 / rate), rate))

    def _count(self, session: int, seconds: float) -> int:
        """Samples before those that last so long, of which the first ones begin the session."""
        if session not in self._counts:
            self._counts[session] = 0
            self._begin(session, datetime.now().astimezone() - timedelta(seconds=seconds))
            self._report(SoundFlows(session))
        return self._counts[session]

    def _keep(self, session: int, chunk: AudioChunk) -> None:
        if not self._spool.fits(chunk):
            self._full.add(session)
            full = MicrophoneError("Too much sound waits for recognition", "Wait until the text has caught up")
            self._report(SourceLost(session, full))
            return
        # in the ledger before anybody can give it a fate
        self._report(Captured(session, Span(chunk.start, chunk.end, chunk.rate)))
        self._counts[session] = chunk.end
        self._newest = (session, self.seconds(session) + (chunk.end - chunk.start) / chunk.rate)
        self._spool.append(session, chunk)
