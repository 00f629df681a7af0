"""A disk of its own, which can be filled, and told to keep everybody waiting."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Self

SIZE = 8_000_000
"""Bytes; a file system with a journal needs about half of it."""


class Disk:
    """A small disk in place of a folder; a context manager that gives it back, awake."""

    def __init__(self, folder: Path, image: Path) -> None:
        """`image` is the file that holds its content."""
        self._folder, self._image = folder, image
        self._ballast = folder / "ballast"
        self._still = False

    def __enter__(self) -> Self:
        with self._image.open("wb") as file:
            file.truncate(SIZE)
        # the disk begins with what is in the folder
        _do("mkfs.ext4", "-q", "-F", "-d", self._folder, self._image)
        _do("mount", "-o", "loop", self._image, self._folder)
        return self

    def __exit__(self, *_: object) -> None:
        self.wake()
        # a program that hangs may still have a file open there, and the desktop ends it later
        _do("umount", "--lazy", self._folder)

    def fill(self) -> None:
        """Leave no room for a single byte."""
        self._ballast.mkdir()
        # a file that has filled it leaves what was put aside for that file's own blocks
        files = (self._ballast / str(number) for number in count())
        while _fill(next(files)):
            pass

    def make_room(self) -> None:
        """Take away what fills it."""
        shutil.rmtree(self._ballast)

    def stand_still(self) -> None:
        """Let whoever writes to it wait, as a drive that spins up or a server that does not answer would."""
        _do("fsfreeze", "--freeze", self._folder)
        self._still = True

    def wake(self) -> None:
        """Take everything that was to be written. Idempotent."""
        if self._still:
            self._still = False
            _do("fsfreeze", "--unfreeze", self._folder)


def _fill(path: Path) -> int:
    """Let a file grow until the disk is full; its bytes."""
    size = 0
    with suppress(OSError), path.open("wb", buffering=0) as file:
        with suppress(OSError):
            while size < SIZE:
                size += file.write(bytes(1024))
        os.fsync(file.fileno())
    return size


def _do(*command: str | Path) -> None:
    subprocess.run(command, check=True, timeout=20, capture_output=True)
