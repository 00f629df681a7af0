"""The thread that owns the text: words and marks go to the transcript first, then to everywhere else."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import assert_never

from tray.core.failures import ScribeletError, kind
from tray.core.ledger import Fate
from tray.core.news import Back, Fated, News, Revised, SessionWritten, Struck, TextChanged, Trouble, Undone
from tray.core.prose import Act, Change, Passage
from tray.core.speech import Mark
from tray.ports import Sink
from tray.writer.orders import Begin, Decide, End, Guess, Order, Restore, Settle, Strike, Use, Write
from tray.writer.places import Places, Transcript

REMEMBERED = 8
"""Sessions whose last segment can still be struck."""


class Writer:
    """Serves orders one after the other, on a thread of its own that owns the text of every session."""

    def __init__(self, transcript: Transcript, sinks: Sequence[Sink], report: Callable[[News], None]) -> None:
        self._places = Places(transcript, sinks, report)
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

    def close(self) -> int:
        """Serve what was posted, close every sink, end the thread; how many records the disk never took. Idempotent."""
        self._orders.put(None)
        if self._thread.is_alive():
            self._thread.join(10)
        return self._places.unwritten

    def _run(self) -> None:
        self._places.begin()
        going_on = True
        while going_on:
            try:
                going_on = self._serve_next()
            except Exception as error:  # noqa: BLE001 the one catch-all of this thread
                self._report(Trouble("writer", ScribeletError(f"Writing has failed: {kind(error)}", "Start again")))
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
        if isinstance(order, Write | Guess | Settle | Decide) and order.session in self._ended:
            return  # the ear had said it before it learned that nobody wants it
        match order:
            case Begin(session, passage, home):
                self._passages[session] = passage
                if home:
                    self._places.go_on_in(home, passage)
                self._places.spread(Change(Act.BEGAN, passage))
                self._tell(passage)
            case Write(session, segment):
                self._grow(session, self._passages[session].add(segment), Act.SEGMENT, segment.number)
                self._places.tell(Fated(session, segment.span, Fate.WRITTEN))
            case Guess(session, text):
                self._places.show(Change(Act.GUESS, self._passages[session], guess=text))
            case Settle(session, mark):
                self._settle(session, mark)
            case Decide(session, span, fate):
                self._places.tell(Fated(session, span, fate))
            case End(session, cancelled):
                self._end(session, cancelled=cancelled)
            case Strike(name):
                self._strike(name)
            case Restore(undone):
                self._restore(undone)
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
        self._tell(passage)

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
        self._tell(passage)
        words = sum(len(entry.segment.words) for entry in passage.fresh())
        self._places.tell(SessionWritten(session, words))
        self._forget_old(session)

    def _tell(self, passage: Passage) -> None:
        """Words of an earlier program are no news to anybody but the transcript."""
        if not passage.recovering:
            self._report(TextChanged(passage))

    def _forget_old(self, session: int) -> None:
        if session < 0:
            self._passages.pop(session, None)
        for old in [number for number in self._ended if 0 < number <= session - REMEMBERED]:
            self._passages.pop(old, None)

    def _strike(self, name: str) -> None:
        session = self._number(name)
        entry = self._passages[session].last() if session is not None else None
        if session is not None and entry is not None:
            self._report(Struck(session))
            number = entry.segment.number
            self._revise(name, lambda passage: passage.strike(number))
            self._grow(session, self._passages[session], Act.STRIKE, number)
            self._places.tell(Revised())

    def _restore(self, undone: Undone) -> None:
        name = undone.passage.session
        session = self._number(name)
        # what nobody remembers here is as it was found in the transcript
        before = undone.passage if session is None else self._passages[session]
        after = replace(before.restore(undone.numbers), recovering=False)
        if after.entries != before.entries:
            self._revise(name, lambda passage: passage.restore(undone.numbers))
            self._places.spread(Change(Act.RESTORED, after))
            self._tell(after)
        self._places.tell(Back(undone))

    def _revise(self, name: str, change: Callable[[Passage], Passage]) -> None:
        """While more of a session is recovered it has two numbers: neither may take back what the other did."""
        for number, passage in tuple(self._passages.items()):
            if passage.session == name:
                self._passages[number] = change(passage)

    def _number(self, name: str) -> int | None:
        return next((number for number, passage in self._passages.items() if passage.session == name), None)
