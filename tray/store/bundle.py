"""Files inside a folder, a .zip or a .tar.gz, all read in the same way."""

from __future__ import annotations

import gzip
import os
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from tray.core.failures import ModelError

MOST_FILES = 20_000
MOST_BYTES = 8_000_000_000
"""The largest published Vosk models unpack to about half of this."""
_BLOCK = 1 << 20
_MOST_AT_ONCE = 1 << 24
"""Bytes; the lists of holes and long names in a header are far smaller."""
_UNSAFE = re.compile(r"^[/\\]|^[A-Za-z]:|\\|(^|/)\.\.(/|$)|[\x00-\x1f]")
_BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError),
    # what the libraries say of names, numbers and features they cannot read
    *(ValueError, OverflowError, NotImplementedError),
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is inside; only plain files with safe names."""

    sizes: Mapping[str, int]
    """Bytes by path, with forward slashes, in the order in which they are read fastest."""
    open: Callable[[str], IO[bytes]]
    """The content of one of these paths."""

    def copy(self, name: str, target: Path) -> None:
        """Write one file to a new path. Raises ModelError if it cannot be read, or is not as long as it claimed."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._source(name) as source, target.open("xb") as copy:
            left = self.sizes[name]
            while left >= 0 and (block := source.read(_BLOCK)):
                copy.write(block)
                left -= len(block)
        if left:
            raise ModelError(f"{name} is not as long as the archive says.", "Download the archive again.")

    def _source(self, name: str) -> IO[bytes]:
        try:
            return self.open(name)
        except OSError as error:
            raise ModelError(f"{name} cannot be read: {error.strerror}.", "Make it readable for your user.") from error


@contextmanager
def unpacked(source: Path) -> Generator[Bundle]:
    """Look inside a folder or an archive.

    Raises ModelError if it is none, is damaged, is larger than any model, or holds links or unsafe names; a damaged
    archive may show itself only while its files are copied inside the `with`.
    """
    if not os.access(source, os.R_OK):
        raise ModelError(f"{source} is not there, or cannot be read.", "Check the path.")
    try:
        if source.is_dir():
            yield _folder(source)
        elif zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                yield _zip(archive)
        else:
            with _Sparing(source) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
                yield _tar(archive, stream)
    except _BROKEN as error:
        what = f"{source} is not a whole archive of a kind that can be read: {error}."
        raise ModelError(what, "Give a folder, a .zip or a .tar.gz; if it is one, download it again.") from error


class _Sparing(gzip.GzipFile):
    """A packed stream that makes no room for gigabytes because a header of a few bytes says so."""

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes. Raises TarError for more than any header or block has."""
        if size is not None and size > _MOST_AT_ONCE:
            raise tarfile.ReadError(f"a header of {size} bytes")
        return super().read(size)


def _folder(root: Path) -> Bundle:
    paths = (path for path in root.rglob("*") if path.is_file())
    sizes = _checked((path.relative_to(root).as_posix(), path.stat().st_size) for path in paths)
    return Bundle(sizes, lambda name: (root / name).open("rb"))


def _zip(archive: zipfile.ZipFile) -> Bundle:
    members = {_plain(member.filename): member for member in archive.infolist() if member.filename[-1:] != "/"}
    for member in members.values():
        kind = member.external_attr >> 28  # of the file, as Unix has it; 0 where the archive was made elsewhere
        common = member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not member.flag_bits & 1
        if kind not in (0, 8) or not common:
            raise _unsafe(member.filename, "a link, locked with a password or packed in an uncommon way")
    sizes = _checked((name, member.file_size) for name, member in members.items())
    return Bundle(sizes, lambda name: archive.open(members[name]))


def _tar(archive: tarfile.TarFile, stream: gzip.GzipFile) -> Bundle:
    members: dict[str, tarfile.TarInfo] = {}

    def listed() -> Iterator[tuple[str, int]]:
        for member in archive:
            if member.isdir():
                continue
            # a file with holes takes a few bytes in the archive and as many gigabytes on the disk as it likes
            if not member.isreg() or member.issparse():
                raise _unsafe(member.name, "a link or a device, or has holes")
            members[_plain(member.name)] = member
            yield _plain(member.name), member.size

    def content(name: str) -> IO[bytes]:
        file = archive.extractfile(members[name])
        assert file is not None  # plain files have content
        return file

    sizes = _checked(listed())
    while stream.read(_BLOCK):  # tarfile stops before the checksum at the end, which alone shows a damaged archive
        continue
    return Bundle(sizes, content)


def _plain(name: str) -> str:
    """A member's name without detours such as ./"""
    if _UNSAFE.search(name):
        raise _unsafe(name, "a path that leads elsewhere")
    return PurePosixPath(name).as_posix()


def _checked(files: Iterable[tuple[str, int]]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    total = 0
    for name, size in files:
        sizes[name] = size
        total += size
        # inside the loop: a bomb, or the folder of a whole disk, must not be listed to its end
        if len(sizes) > MOST_FILES or total > MOST_BYTES:
            raise ModelError("It holds more than any model does.", "Give the folder or archive of the model alone.")
    return sizes


def _unsafe(name: str, why: str) -> ModelError:
    what = f"The archive is not safe to unpack: {name!r} is {why}."
    return ModelError(what, "Get the model from a source you trust, or unpack it yourself and give the folder.")
