"""The ledger on the disk: what became of sound that did not become text."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from io import FileIO
from pathlib import Path
from typing import Any, cast

from tray.core.ledger import Decision, Fate, LedgerError, restored
from tray.core.speech import RATE, RATES, SAMPLES, Span
from tray.spool.parts import moment

KEEP_DAYS = 400
"""Days that are kept: somebody may ask what happened a year ago."""
_BOOKED = {fate.value: fate for fate in (Fate.SKIPPED, Fate.CANCELLED, Fate.DROPPED, Fate.ASIDE)}


class LedgerFile:
    """Adds lines to the file of the day on which a session began; what adds one raises OSError as the disk does.

    After an OSError nothing of the line stays. A name that `day_of` cannot read raises ValueError. Only for one thread.
    """

    def __init__(self, folder: Path) -> None:
        """The folder is made when it is needed, and again if somebody takes it away."""
        self._folder = folder

    def began(self, session: str, begun: datetime, home: Path | None = None) -> None:
        """A session's first sample was captured then; the time carries its offset from UTC.

        `home` is the folder where its words are written.
        """
        self._append(session, "began", {"time": begun.isoformat(), **_home(home)})

    def moved(self, session: str, home: Path) -> None:
        """Words of a session may also be written in this folder from now on."""
        self._append(session, "moved", _home(home))

    def decide(self, session: str, span: Span, fate: Fate, reason: str = "") -> None:
        """Sound has this fate, for this reason if it was dropped or set aside.

        Raises LedgerError for what is written: of that the transcript tells.
        """
        if fate.value not in _BOOKED:
            raise LedgerError(f"{span} is {fate.value}, and that is not for this file to tell")
        self._append(session, fate.value, _numbers(span) | ({"reason": reason} if reason else {}))

    def restore(self, session: str, span: Span) -> None:
        """Sound of this span that was cancelled or set aside is wanted back: it waits for a fate again."""
        self._append(session, "restored", _numbers(span))

    def ended(self, session: str, captured: int, rate: int) -> None:
        """A session is over; `captured` samples were captured, the last ones at this rate in hertz."""
        self._append(session, "ended", {"captured": captured, "rate": rate})

    def prune(self) -> None:
        """Delete days that nobody will ask for; where that cannot be, they stay until the next start."""
        with contextlib.suppress(OSError):
            prune(self._folder)

    def _append(self, session: str, kind: str, rest: Mapping[str, Any]) -> None:
        line = json.dumps({"type": kind, "session": session, **rest}).encode() + b"\n"
        path = _path(self._folder, day_of(session))
        # asked for with each line, because a folder may vanish; two steps, so that nobody can enter the upper one
        self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with _growing(path) as file:
            _write(file, (b"" if _ends_a_line(file) else b"\n") + line)


@dataclass(frozen=True, slots=True)
class Booked:
    """What the ledger says of one session."""

    session: str
    begun: datetime
    decided: tuple[Decision, ...]
    """As it stands after sound was taken back; what was written is not among it."""
    captured: int | None
    """Count of its samples; None if it did not come to its end."""
    rate: int
    """Samples per second at its end."""
    homes: tuple[Path, ...] = ()
    """Folders where its words may stand; none where an older version did not tell."""


@dataclass(frozen=True, slots=True)
class DayLedger:
    """The ledger of the sessions that began on one day."""

    sessions: tuple[Booked, ...]
    """In the order in which the lines name them."""
    damaged: int
    """Lines that nobody can understand."""


def read(folder: Path, day: date, wanted: Callable[[bytes], bool] = bool) -> DayLedger:
    """What the wanted lines of a day say, none where there is no file; damaged ones are passed over. Raises OSError."""
    sheets: dict[str, _Sheet] = {}
    damaged = 0
    with contextlib.suppress(FileNotFoundError), _path(folder, day).open("rb") as file:
        damaged = sum(not _apply(sheets, line) for line in file if line != b"\n" and wanted(line))
    return DayLedger(tuple(sheet.booked() for sheet in sheets.values()), damaged)


def days(folder: Path) -> list[date]:
    """The days that have a file, oldest first; none where there is no folder. Raises OSError."""
    found: list[date] = []
    for path in folder.glob("????-??-??.jsonl"):
        with contextlib.suppress(ValueError):  # a file of somebody else that only looks like a day
            found.append(date.fromisoformat(path.stem))
    return sorted(found)


def prune(folder: Path, keep_days: int = KEEP_DAYS) -> None:
    """Delete all but the newest `keep_days` days that have a file. Raises OSError."""
    # counted, and not compared with today: a clock that is wrong once must not empty the folder
    for day in days(folder)[: -keep_days or None]:
        _path(folder, day).unlink(missing_ok=True)


def day_of(session: str) -> date:
    """The day on which a session began, as its name says. Raises ValueError for any other name."""
    return moment(session).date()


def _path(folder: Path, day: date) -> Path:
    return folder / f"{day}.jsonl"


def _home(folder: Path | None) -> dict[str, str]:
    return {"transcript": str(folder.absolute())} if folder else {}


def _folder(text: str) -> Path:
    """Raises ValueError where no folder can have this name."""
    folder = Path(text)
    if not folder.is_absolute() or b"\0" in os.fsencode(folder):
        raise ValueError("it is not the name of a folder")
    return folder


def _numbers(span: Span) -> dict[str, int]:
    return {"start": span.start, "end": span.end, "rate": span.rate}


@contextlib.contextmanager
def _growing(path: Path) -> Generator[FileIO]:
    """A private file to which one line is added as a whole or not at all."""
    # unbuffered: a buffer would try once more when it is closed
    with FileIO(path, "a+", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        size = file.seek(0, os.SEEK_END)
        try:
            yield file
        except OSError:
            with contextlib.suppress(OSError):  # the first failure is the one to tell of
                file.truncate(size)
            raise


def _ends_a_line(file: FileIO) -> bool:
    """Whether the file is empty or was left complete; a kill may have torn its last line."""
    if not file.seek(0, os.SEEK_END):
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _write(file: FileIO, content: bytes) -> None:
    """One write; where the disk takes only a part of it, what is left says why."""
    while content:
        content = content[file.write(content) :]


@dataclass(slots=True)
class _Sheet:
    """One session while its lines are read."""

    session: str
    begun: datetime | None = None
    decided: list[Decision] = field(default_factory=list[Decision])
    known: set[Decision] = field(default_factory=set[Decision])
    """The same as `decided`, quick to ask."""
    captured: int | None = None
    rate: int = RATE
    homes: list[Path] = field(default_factory=list[Path])

    def apply(self, record: Mapping[str, Any]) -> None:
        """Take one line. Raises KeyError, TypeError or ValueError where it makes no sense, and changes nothing."""
        match record["type"]:
            case "began":
                begun = _beginning(self.session, datetime.fromisoformat(record["time"]))
                self._live_in(record.get("transcript"))
                self.begun = self.begun or begun
            case "moved":
                self._live_in(record["transcript"])
            case "restored":
                self.decided = restored(self.decided, _span(record))
                self.known = set(self.decided)
            case "ended":
                captured, rate = _count(record["captured"], SAMPLES), _count(record["rate"], RATES)
                self.captured, self.rate = captured, rate
            case kind:
                self._decide(Decision(_span(record), _BOOKED[kind], str(record.get("reason", ""))))

    def _live_in(self, text: str | None) -> None:
        if text is not None and (folder := _folder(text)) not in self.homes:
            self.homes.append(folder)

    def _decide(self, one: Decision) -> None:
        if one not in self.known:  # whoever could not finish what a line stands for may have written it again
            self.known.add(one)
            self.decided.append(one)

    def booked(self) -> Booked:
        """All that was read."""
        # a line about its beginning may be damaged, but the name says it too
        begun = self.begun or moment(self.session)
        return Booked(self.session, begun, tuple(_joined(self.decided)), self.captured, self.rate, tuple(self.homes))


def _apply(sheets: dict[str, _Sheet], line: bytes) -> bool:
    """Whether a line made sense."""
    try:
        record = cast("Mapping[str, Any]", json.loads(line))
        session = record["session"]
        day_of(session)
        sheet = sheets.get(session) or _Sheet(session)
        sheet.apply(record)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return False
    sheets[session] = sheet
    return True


def _span(record: Mapping[str, Any]) -> Span:
    start, end = _count(record["start"], SAMPLES), _count(record["end"], SAMPLES)
    return Span(start, end, _count(record["rate"], RATES)).checked()


def _count(value: object, among: range) -> int:
    if type(value) is not int or value not in among:  # to Python, true is the number one
        raise ValueError("this number was not written by us")
    return value


def _beginning(session: str, time: datetime) -> datetime:
    if time.utcoffset() is None or time.date() != day_of(session):
        raise ValueError("it is not the time that the name tells of")
    return time


def _joined(decided: Iterable[Decision]) -> list[Decision]:
    """The same with neighbours of one fate as one: silence is told of each second."""
    found: list[Decision] = []
    for one in decided:
        if found and _continues(found[-1], one):
            one = Decision(Span(found.pop().span.start, one.span.end, one.span.rate), one.fate, one.reason)
        found.append(one)
    return found


def _continues(before: Decision, one: Decision) -> bool:
    same = (before.span.end, before.span.rate, before.fate, before.reason)
    return same == (one.span.start, one.span.rate, one.fate, one.reason)
