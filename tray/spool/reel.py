"""The sound of a session on disk, so that what was said outlives the process that heard it.

A reel lies in parts, at most a few MB each; every part can be understood alone.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tray.core.speech import AudioChunk, Ending, Released
from tray.spool.blocks import HEADER, MAGIC, Block, Kind, Search, block_at, encoded, fault, json_bytes, record
from tray.spool.parts import Part, begun_part, content_of, files, is_ours, moment, parts

PART = 4_000_000
"""Bytes of the longest part: 40 s at 48 kHz, so that little that has its fate stays on the disk."""
_MOST = 2 * PART
"""Bytes read of a part: more than one ever has, and no more memory than that."""


class ReelDamagedError(Exception):
    """What lies there is not the sound that was written."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the sound of a chunk lies."""

    path: Path
    offset: int
    """Byte of its first sample."""
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A chunk whose sound stayed on the disk."""

    start: int
    """Count of its first sample, from the start of the session."""
    rate: int
    """Samples per second."""
    samples: int
    place: Place


@dataclass(frozen=True, slots=True)
class Reel:
    """What can be read of a reel, in the order in which it was written."""

    session: str
    begun: datetime
    """As the headings say; by the session's name where all of them are lost."""
    items: tuple[Kept | Released | Ending, ...]
    damage: tuple[str, ...]
    """A sentence for each thing that was passed over."""
    size: int
    """Bytes on the disk."""

    @property
    def ending(self) -> Ending | None:
        """The last one; None where the session was cut off."""
        return next((item for item in reversed(self.items) if isinstance(item, Ending)), None)


class ReelWriter:
    """Appends to the reel of one session, from one thread; after an OSError the reel is as it was, and may go on.

    Nothing is on the disk before the first block. A reel that is there already goes on in a new part.
    """

    def __init__(self, folder: Path, session: str, begun: datetime, *, part_size: int = PART) -> None:
        """`part_size` is in bytes. Raises ValueError if no session of ours has such a name."""
        moment(session)
        self._folder, self._session, self._part_size = folder, session, part_size
        heading = {"session": session, "begun": begun.astimezone(begun.tzinfo).isoformat()}
        self._heading = MAGIC + encoded(Kind.HEADING, json_bytes(heading))
        self._part: Part | None = None
        self._past: deque[Part] = deque()
        self._number = 0

    def append(self, item: AudioChunk | Released | Ending) -> Place | None:
        """Write one thing behind the others; where it lies, if it is sound. Raises OSError."""
        match item:
            case AudioChunk(pcm, start, rate):
                part = self._write(encoded(Kind.SOUND, pcm, start, rate))
                part.end = item.end
                return Place(part.path, part.size - len(pcm), len(pcm))
            case Released(end):
                self._write(encoded(Kind.RELEASED, b"", end))
            case Ending(push_to_talk):
                self._write(encoded(Kind.ENDING, json_bytes({"push_to_talk": push_to_talk})))
        return None

    def release_before(self, sample: int) -> None:
        """Delete the parts that this writer has left behind whose sound ends at or before a sample. Raises OSError."""
        while self._past and self._past[0].end <= sample:
            self._past[0].path.unlink(missing_ok=True)
            self._past.popleft()

    def sync(self) -> None:
        """Bring to the disk what was appended: no lost power takes it any more. Can take long. Raises OSError."""
        if self._part:
            self._part.sync()

    def close(self) -> None:
        """Sync, and let go of the file; what is appended later begins a new part. Idempotent. Raises OSError."""
        part, self._part = self._part, None
        if part:
            self._past.append(part)
            try:
                part.sync()
            finally:
                os.close(part.handle)

    def _write(self, block: bytes) -> Part:
        part = self._part_for(len(block))
        try:
            part.write(block if part.size else self._heading + block)
        except OSError:
            self._abandon(part)
            raise
        self._number = part.number
        return part

    def _part_for(self, size: int) -> Part:
        """The part that takes a block of this size; a new one is still empty."""
        part = self._part
        if part and not part.in_place:
            self._abandon(part)
        elif part and part.size + size > self._part_size:
            self.close()
        self._part = self._part or begun_part(self._folder, self._session, self._number)
        return self._part

    def _abandon(self, part: Part) -> None:
        """Write no more into a part that failed or is gone."""
        self._part = None
        with suppress(OSError):  # it is the failure before this one that is told
            os.close(part.handle)
        if part.size:
            self._past.append(part)
        else:
            with suppress(OSError):
                part.path.unlink()


def read_sound(place: Place) -> bytes:
    """The 16-bit samples that lie at a place. Raises OSError, or ReelDamagedError."""
    content = content_of(place.path, place.offset - HEADER, HEADER + place.size)
    block = block_at(content, 0)
    if block is None or block.kind != Kind.SOUND or block.end != HEADER + place.size:
        raise ReelDamagedError(f"{place.path.name} is damaged at byte {place.offset}")
    return content[HEADER:]


def read_reel(folder: Path, session: str) -> Reel:
    """All that checks out, whatever has happened to the rest; nothing where no part is there.

    Raises ValueError if no session of ours has such a name, OSError if there is a folder but nobody may look into it.
    """
    moment(session)
    reading, before = _Reading(session), None
    for number, path in parts(folder, session):
        if before is not None and number > before + 1:
            reading.damage.append(f"{session} lacks {number - before - 1} of its parts, from {before + 1:04d} on")
        reading.read(path)
        before = number
    return reading.reel()


def sounds(folder: Path, session: str) -> Iterator[Kept]:
    """Where the sound of a session lies, in the order in which it was written, read part by part. Raises OSError."""
    for _, path in parts(folder, session):
        reading = _Reading(session)
        reading.read(path)
        yield from (item for item in reading.reel().items if isinstance(item, Kept))


def sessions(folder: Path) -> list[str]:
    """Names of the sessions of which there is a part, oldest first; none where there is no folder. Raises OSError."""
    return sorted(filter(is_ours, {session for session, _, _ in files(folder)}))


def erase(folder: Path, session: str) -> None:
    """Delete every part of a session. Idempotent.

    Raises OSError, or ValueError if no session of ours has such a name.
    """
    moment(session)
    for _, path in parts(folder, session):
        path.unlink(missing_ok=True)


class _Reading:
    """What has come out of a reel so far."""

    def __init__(self, session: str) -> None:
        self.damage: list[str] = []
        self._session = session
        self._begun: datetime | None = None
        self._items: list[Kept | Released | Ending] = []
        self._size = 0

    def reel(self) -> Reel:
        """All of it."""
        begun = self._begun or moment(self._session)
        return Reel(self._session, begun, tuple(self._items), tuple(self.damage), self._size)

    def read(self, path: Path) -> None:
        """Take what checks out of a part, and tell of the rest."""
        try:
            content = content_of(path, 0, _MOST)
            size = path.lstat().st_size
        except OSError as error:
            self.damage.append(f"{path.name} cannot be read: {error.strerror}")
            return
        self._size += size
        if not content:
            self.damage.append(f"{path.name} is empty")
        self._read(content, path)
        if size > len(content):
            self._pass_over(path, len(content), size, "no part is that long")

    def _read(self, content: bytes, path: Path) -> None:
        search, at = Search(content), len(MAGIC) if content.startswith(MAGIC) else 0
        while at < len(content):
            block = search.next(at)
            found = block.at if block else len(content)
            if found > at:
                self._pass_over(path, at, found, fault(content, at))
            if block is None:
                return
            try:
                self._take(block, content, path)
                at = block.end
            except _StrangerError:
                self._pass_over(path, block.at, len(content), "they are of another session")
                return

    def _take(self, block: Block, content: bytes, path: Path) -> None:
        try:
            match block.kind:
                case Kind.SOUND:
                    place = Place(path, block.payload, block.end - block.payload)
                    self._items.append(Kept(block.start, block.rate, place.size // 2, place))
                case Kind.RELEASED:
                    self._items.append(Released(block.start))
                case Kind.ENDING:
                    self._items.append(Ending(record(block, content)["push_to_talk"] is True))
                case Kind.HEADING:
                    self._take_heading(record(block, content))
                case kind:
                    raise ValueError(kind)
        except (ValueError, KeyError, RecursionError):
            self._pass_over(path, block.at, block.end, "they check out and mean nothing here")

    def _take_heading(self, heading: dict[str, Any]) -> None:
        if heading["session"] != self._session:
            raise _StrangerError
        begun = datetime.fromisoformat(str(heading["begun"]))
        if begun.tzinfo is None:
            raise ValueError("no offset")
        self._begun = self._begun or begun

    def _pass_over(self, path: Path, start: int, end: int, why: str) -> None:
        self.damage.append(f"{path.name}: bytes {start} to {end - 1} were passed over, {why}")


class _StrangerError(Exception):
    """A part bears the name of one session and holds another one."""
