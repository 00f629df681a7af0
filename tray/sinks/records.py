"""The JSON Lines files of the transcript's folder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import groupby
from pathlib import Path

from tray.core.prose import Passage
from tray.sinks import files
from tray.sinks.jsonl import Line, Said, parse, passages, said


class Records:
    """What was said, one file a day; every method raises OSError as the disk does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = False
        """The folder was there; from then on its absence is a failure (a drive pulled out), not a first start."""
        self._waiting: list[Line] = []

    @property
    def waiting(self) -> int:
        """Lines that are not on the disk yet."""
        return len(self._waiting)

    def add(self, lines: Iterable[Line]) -> None:
        """Take lines; `flush` brings them to the disk."""
        self._waiting += lines

    def flush(self) -> None:
        """Return when every line is on the disk, in the order in which they came; what failed waits for the next."""
        if self._waiting:
            self._open()
        for day, lines in groupby(tuple(self._waiting), key=lambda line: line.day):
            batch = list(lines)
            files.append_lines(self._path(day), b"".join(line.text for line in batch), _whole)
            del self._waiting[: len(batch)]

    def mend(self, day: date) -> None:
        """Take away what a crash left of a line."""
        files.append_lines(self._path(day), b"", _whole)

    def read(self, day: date) -> list[Passage]:
        """The sessions of a day, as far as they belong to it."""
        return passages(files.read(self._path(day)))

    def said(self, day: date, wanted: Callable[[bytes], bool] = bool) -> Iterator[Said]:
        """The segments of the wanted lines of a day without their words, one at a time."""
        return said(filter(wanted, files.lines(self._path(day))))

    def days(self) -> list[date]:
        """The days that have a file, oldest first."""
        found: list[date] = []
        for path in self._folder.glob("????-??-??.jsonl"):
            with contextlib.suppress(ValueError):  # a file of somebody else that only looks like a day
                found.append(date.fromisoformat(path.stem))
        return sorted(found)

    def _path(self, day: date) -> Path:
        return self._folder / f"{day}.jsonl"

    def _open(self) -> None:
        if not self._seen:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._seen = True


def _whole(line: bytes) -> bool:
    return parse(line) is not None
