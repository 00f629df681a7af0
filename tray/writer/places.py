"""Where text goes: the transcript first, then everywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from tray.core.failures import SinkError, kind
from tray.core.news import News, Trouble
from tray.core.prose import Act, Change, Passage
from tray.ports import Sink

SESSIONS = 16
"""Sessions whose folder is remembered; far more than can still change."""
RETRY = 1.0
"""Seconds between two attempts to write what the disk refused."""


class Transcript(Sink, Protocol):
    """The sink that comes first, and keeps what it could not write."""

    @property
    def unwritten(self) -> int:
        """Records that are not on the disk yet."""
        ...

    def retry(self) -> None:
        """Try again to write them. Raises SinkError."""
        ...

    def settle_unfinished(self) -> int:
        """Settle what a crash left open; called once, before the first change. Raises SinkError."""
        ...


class Places:
    """Where text goes; a place that fails is reported and takes no other down."""

    def __init__(self, transcript: Transcript, sinks: Sequence[Sink], report: Callable[[News], None]) -> None:
        self._transcript, self._report = transcript, report
        self._sinks: Sequence[Sink] = sinks
        self._homes: dict[str, Transcript] = {}
        """Where the words of each session are kept that is remembered: a session stays in the folder it began in."""
        self._troubled: set[str] = set()
        self._waiting: list[News] = []
        """What only holds once the transcript is on the disk."""
        self._next_attempt = 0.0

    @property
    def unwritten(self) -> int:
        """Records that are not on the disk."""
        return sum(transcript.unwritten for transcript in self._transcripts())

    def begin(self) -> None:
        """Settle what a crash left open."""
        self._try(self._transcript, self._transcript.settle_unfinished)

    def go_on_in(self, home: Transcript, passage: Passage) -> None:
        """A session of an earlier program is written where its other words stand, of which marks may be open."""
        self._homes[passage.session] = home
        self._try(home, home.settle_unfinished)

    def spread(self, change: Change) -> None:
        """Write a change everywhere, to the transcript first."""
        self._write_home(change)
        for sink in () if change.passage.recovering else self._sinks:
            # many places have nothing to do for a mark or an end, so that going well proves nothing
            self._try(sink, partial(sink.write, change), mended=change.act is Act.SEGMENT)
        for old in list(self._homes)[:-SESSIONS]:
            if not self._homes[old].unwritten:
                del self._homes[old]

    def show(self, change: Change) -> None:
        """Show what is not written yet, where that can be taken back."""
        for sink in self._sinks:
            self._try(sink, partial(sink.write, change), mended=False)

    def tell(self, news: News) -> None:
        """Report something as soon as all words before it are on the disk."""
        self._waiting.append(news)
        self.tell_waiting()

    def tell_waiting(self) -> None:
        """Report what has waited, if the disk has taken the words meanwhile."""
        if not self.unwritten:
            waiting, self._waiting = self._waiting, []
            for news in waiting:
                self._report(news)

    def patience(self) -> float | None:
        """Seconds until `retry`, however much is to be done before; None where nothing is owed to the disk."""
        return max(0.0, self._next_attempt - time.monotonic()) if self.unwritten else None

    def retry(self) -> None:
        """Try to write what the disk refused."""
        self._next_attempt = time.monotonic() + RETRY
        for transcript in self._transcripts():
            self._try(transcript, transcript.retry)
        self.tell_waiting()

    def use(self, transcript: Transcript, sinks: Sequence[Sink], standing: Sequence[Change]) -> None:
        """Write to these from now on; a new transcript gets all that is remembered if the old one owed anything."""
        before, old = self._transcript, [sink for sink in self._sinks if sink not in sinks]
        self._transcript, self._sinks = transcript, sinks
        self._close(old)
        if before is not transcript:
            self.begin()
            self._move_out(before, standing)

    def close(self) -> None:
        """Try for the last time, and let every place go."""
        self._close([*self._transcripts(), *self._sinks])
        self.tell_waiting()

    def _move_out(self, before: Transcript, standing: Sequence[Change]) -> None:
        """A disk that is full cannot take what is still owed; the new one can."""
        if not before.unwritten:
            return
        self._homes.clear()
        for change in standing:
            self._write_home(change)

    def _write_home(self, change: Change) -> None:
        home = self._homes.setdefault(change.passage.session, self._transcript)
        self._try(home, partial(home.write, change))

    def _transcripts(self) -> list[Transcript]:
        """Each once, the present one first."""
        return list(dict.fromkeys((self._transcript, *self._homes.values())))

    def _try(self, sink: Sink, act: Callable[[], object], *, mended: bool = True) -> None:
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


def _failure(sink: Sink, act: Callable[[], object]) -> SinkError | None:
    try:
        act()
    except SinkError as error:
        return error
    except Exception as error:  # noqa: BLE001 a mistake in one sink must not keep the text from the others
        return SinkError(f"The {sink.name} has failed: {kind(error)}", "Start Scribelet again")
    return None
