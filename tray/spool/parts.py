"""The files of a reel: their names, and bytes that are all there or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from io import FileIO
from pathlib import Path

_NAME = re.compile(r"2[0-9]{7}T[0-9]{6}\.[0-9]{6}-[0-9]+")
_FILE = re.compile(r"(?P<session>.+)\.(?P<number>[0-9]{4}|[1-9][0-9]{4,})\.sound")
_CAREFUL = sum(getattr(os, flag, 0) for flag in ("O_CLOEXEC", "O_NOFOLLOW", "O_BINARY"))
_WRITING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | _CAREFUL
_READING = _CAREFUL | getattr(os, "O_NONBLOCK", 0)  # else a pipe in place of a part would keep us waiting


@dataclass(slots=True)
class Part:
    """A part that is being written, or was."""

    path: Path
    number: int
    handle: int
    size: int = 0
    end: int = 0
    """One past the last sample in it."""
    named: bool = False
    """Its name is on the disk for good."""
    identity: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.identity = _identity(os.fstat(self.handle))

    @property
    def in_place(self) -> bool:
        """Whether it can be found under its name: what is written into a deleted file is lost without an error."""
        try:
            return _identity(os.lstat(self.path)) == self.identity
        except OSError:
            return False

    def write(self, content: bytes) -> None:
        """All of it, or nothing and an OSError."""
        rest = memoryview(content)
        try:
            while rest:
                rest = rest[os.write(self.handle, rest) :]
        except OSError:
            with suppress(OSError):  # what stays of it does not check out, and nothing is written behind it
                os.ftruncate(self.handle, self.size)
            raise
        self.size += len(content)

    def sync(self) -> None:
        """Content and name stay, even if the power goes now."""
        getattr(os, "fdatasync", os.fsync)(self.handle)
        if not self.named:
            sync_folder(self.path.parent)  # else the name of a new file may be lost although its content is not
        self.named = True


def begun_part(folder: Path, session: str, before: int) -> Part:
    """A new and private one, in a folder made if missing; its number is above `before`. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = max([before, *(number for number, _ in parts(folder, session))]) + 1
    path = folder / f"{session}.{number:04d}.sound"
    return Part(path, number, os.open(path, _WRITING, 0o600))


def moment(session: str) -> datetime:
    """When a session of this name began, by local time. Raises ValueError if no session of ours has such a name."""
    if not _NAME.fullmatch(session):
        raise ValueError(f"{session!r} is not the name of a session")
    return datetime.strptime(session[:22], "%Y%m%dT%H%M%S.%f").astimezone()


def is_ours(session: str) -> bool:
    """Whether a session of ours may have this name."""
    try:
        moment(session)
    except ValueError:
        return False
    return True


def files(folder: Path) -> Iterator[tuple[str, int, Path]]:
    """Session, number and path of every part."""
    try:
        paths = list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for path in paths:
        if name := _FILE.fullmatch(path.name):
            yield name["session"], int(name["number"]), path


def parts(folder: Path, session: str) -> list[tuple[int, Path]]:
    """Number and path of the parts of a session, in order. Raises OSError."""
    return sorted((number, path) for name, number, path in files(folder) if name == session)


def content_of(path: Path, offset: int, size: int) -> bytes:
    """Bytes of a file that is no link and no pipe, as far as there are any. Raises OSError."""
    with FileIO(path, "r", opener=lambda name, flags: os.open(name, flags | _READING)) as file:
        file.seek(offset)
        return file.read(size)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def sync_folder(folder: Path) -> None:
    """The names in a folder stay, even if the power goes now. Raises OSError."""
    if os.name == "nt":
        return  # a folder cannot be opened there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
