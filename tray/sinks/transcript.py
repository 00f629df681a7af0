"""The rolling transcript: one file a day for machines, which is the truth, and one for people."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Generator
from dataclasses import replace
from datetime import date
from pathlib import Path

from tray.core.failures import SinkError
from tray.core.prose import Act, Change, Passage
from tray.sinks.jsonl import lines, moment
from tray.sinks.pages import Pages
from tray.sinks.records import Records

_RECENT = 2
"""Days looked at when the program starts: a session may have gone over midnight."""


class TranscriptSink:
    """Keeps every word that was said, in a folder of its own.

    What could not be written stays here and goes first when writing works again.
    """

    name = "transcript"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records = Records(folder)
        self._pages = Pages(folder)
        self._told: dict[str, Passage] = {}
        """Sessions as they were told, where the records do not say as much yet."""
        self._kept: dict[str, Passage] = {}
        """Sessions as the records say once they are flushed."""
        self._over: set[str] = set()
        """Sessions that can be forgotten when both files have them."""

    @property
    def unwritten(self) -> int:
        """Records that are not on the disk yet; 0 when every word is safe."""
        return self._records.waiting + len(self._told)

    def write(self, change: Change) -> None:
        """Bring one change of a session to the disk. Raises SinkError; the change is then kept for `retry`."""
        session = change.passage.session
        if change.act is Act.BEGAN and session not in self._kept:
            self._learn(change.passage)  # of one that is recovered, the records have all entries
        self._told[session] = change.passage.cancel() if change.act is Act.CANCELLED else change.passage
        if change.act in (Act.ENDED, Act.CANCELLED):
            self._over.add(session)
        self.retry()

    def retry(self) -> None:
        """Write what is still owed, oldest first. Raises SinkError if it cannot be written yet."""
        with self._translated():
            self._take_down()
            self._records.flush()
            self._show()

    def close(self) -> None:
        """Nothing more will come. Raises SinkError if something could not be written to the last. Idempotent."""
        self.retry()

    def settle_unfinished(self) -> int:
        """Settle segments that a crash left with a held mark, and mend both files of the last days.

        To be called once, before the first change; returns the number of segments settled. Raises SinkError.
        """
        with self._translated():
            return sum(self._settle(day) for day in self._records.days()[-_RECENT:])

    def _take_down(self) -> None:
        """Turn what was told into records."""
        for session, passage in list(self._told.items()):
            if session not in self._kept:
                self._learn(self._recall(passage))
                self._over.add(session)
            self._records.add(lines(self._kept[session], passage))
            self._kept[session] = passage
            del self._told[session]

    def _learn(self, passage: Passage) -> None:
        self._kept[passage.session] = passage
        self._pages.begin(passage)

    def _recall(self, passage: Passage) -> Passage:
        """A session that is over, as its records on the disk have it."""
        days = sorted({moment(passage.begun, entry.segment.span).date() for entry in passage.entries})
        stored = [one for day in days for one in self._records.read(day) if one.session == passage.session]
        return replace(passage, entries=tuple(entry for one in stored for entry in one.entries))

    def _show(self) -> None:
        for session, passage in list(self._kept.items()):
            self._pages.show(passage)
            if session in self._over:
                self._pages.end(session)
                self._over.discard(session)
                del self._kept[session]

    def _settle(self, day: date) -> int:
        self._records.mend(day)
        found = self._records.read(day)
        settled = [_all_settled(passage) for passage in found]
        both = zip(found, settled, strict=True)
        # a record that somebody has moved here from another day would be settled there, and be open again tomorrow
        marks = [line for before, after in both for line in lines(before, after) if line.day == day]
        self._records.add(marks)
        self._records.flush()
        self._pages.complete(day, settled)
        return len(marks)

    @contextlib.contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise _failure(error, self._folder) from error


def _all_settled(passage: Passage) -> Passage:
    for entry in passage.entries:
        passage = passage.settle(entry.segment.number, entry.segment.held)
    return passage


def _failure(error: OSError, folder: Path) -> SinkError:
    choose = "or choose another folder with: scribelet config set transcript.folder FOLDER"
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            what, remedy = "The disk with the transcript is full.", f"Free some space where {folder} lies, {choose}"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            what, remedy = "The transcript may not be written.", f"Allow writing in {folder}, {choose}"
        case errno.ENOENT | errno.ENOTDIR | errno.EEXIST:
            what, remedy = "There is no folder for the transcript.", f"Bring {folder} back, {choose}"
        case _:
            what, remedy = f"The transcript cannot be written: {error.strerror}.", f"Look after {folder}, {choose}"
    return SinkError(what, remedy)
