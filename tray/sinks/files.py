"""Files that keep what was written to them, through a full disk and a lost mains plug."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterator
from io import FileIO
from pathlib import Path

_BLOCK = 65_536
"""Bytes read at a time while looking for the last complete line."""


def append(path: Path, content: bytes) -> None:
    """Put bytes at the end of a private file, made if it is not there; after an OSError the file is as it was."""
    with _growing(path) as file:
        _write_all(file, content)


def append_lines(path: Path, content: bytes, whole: Callable[[bytes], bool]) -> None:
    """Append complete lines and return when they are on the disk; after an OSError the file is as it was.

    A last line without line end is mended first: if it is `whole` it gets its line end, else it goes.
    """
    fresh = not path.exists()
    with _growing(path) as file:
        _write_all(file, _mend(file, whole) + content)
        os.fsync(file.fileno())
    if fresh:
        _sync_folder(path.parent)  # else the name of a new file may be lost although its content is not


def read(path: Path) -> bytes:
    """The content of a file; nothing where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def tail(path: Path, size: int) -> bytes:
    """The last bytes of a file, fewer where it has fewer; nothing where there is none."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - size))
        return file.read(size)
    return b""


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file without their ends, of which only one is in memory; none where there is no file."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        yield from (line.removesuffix(b"\n") for line in file)


@contextlib.contextmanager
def _growing(path: Path) -> Generator[FileIO]:
    # unbuffered: a buffer would write what failed once more when it is closed
    with FileIO(path, "a+", opener=_private) as file:
        size = file.seek(0, os.SEEK_END)
        try:
            yield file
        except OSError:
            # half a text on a full disk would be there twice after the next attempt
            with contextlib.suppress(OSError):  # the first failure is the one to tell of
                file.truncate(size)
            raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write_all(file: FileIO, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def _mend(file: FileIO, whole: Callable[[bytes], bool]) -> bytes:
    """Take a torn last line away; the bytes that are missing after one that is whole."""
    size = file.seek(0, os.SEEK_END)
    start = _last_line(file, size)
    if start == size:
        return b""
    file.seek(start)
    if whole(file.read(size - start)):
        return b"\n"
    file.truncate(start)
    return b""


def _last_line(file: FileIO, size: int) -> int:
    """Where the bytes after the last line end begin."""
    end = size
    while end:
        start = max(0, end - _BLOCK)
        file.seek(start)
        at = file.read(end - start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # a folder cannot be opened there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
