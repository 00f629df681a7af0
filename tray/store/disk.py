"""Room on the disk, and what its errors mean."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tray.core.failures import ModelError

MEGABYTE = 1_000_000
_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
_FULL_TEXT = re.compile(r"No space left|not enough space|(Errno|error number) (28|122)\b")
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def full(folder: Path) -> ModelError:
    """The error for a disk without room."""
    return ModelError(f"The disk that holds {folder} is full.", "Free some space, then run the same command again.")


def tells_full(complaint: str) -> bool:
    """Whether a program's words mean that the disk is full."""
    return _FULL_TEXT.search(complaint) is not None


@contextmanager
def translated(folder: Path) -> Generator[None]:
    """Turn errors of the disk that holds `folder` into ModelError."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise full(folder) from error
        if error.errno in _FORBIDDEN:
            what = f"Nothing can be written to {folder}: {error.strerror}."
            raise ModelError(what, f"Make {folder} writable for your user.") from error
        raise ModelError(f"{folder} cannot be used: {error}.", "Check the disk, then try again.") from error


def used_up(folder: Path) -> bool:
    """Whether the disk that holds `folder` has no room left worth speaking of."""
    return shutil.disk_usage(folder).free < MEGABYTE


def require(megabytes: float, folder: Path) -> None:
    """Raise ModelError unless the disk that holds `folder` has that many million bytes free."""
    free = shutil.disk_usage(folder).free / MEGABYTE
    if free < megabytes:
        what = f"Not enough room in {folder}: {megabytes:.0f} MB are needed, {free:.0f} MB are free."
        raise ModelError(what, "Free some space, then run the same command again.")


def held(folder: Path) -> int:
    """Bytes of all files below a folder in which others may be writing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue  # gone since it was listed
    return total


def settle(folder: Path) -> None:
    """Bring everything below a folder, names included, safely onto the disk."""
    for path in [*folder.rglob("*"), folder]:
        _sync(path)


def settle_names(folder: Path) -> None:
    """Bring the names in a folder safely onto the disk."""
    _sync(folder)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders, and keeps names safe by its journal
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
