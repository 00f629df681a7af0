"""Whatever libsndfile reads: FLAC, MP3, Ogg with Vorbis or Opus, AIFF, and the rarer kinds of WAV."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from tray.audio.recording import BLOCK_SECONDS, DamageError, Recording, mixed

_UNKNOWN = 1 << 60
"""As many frames and more are libsndfile's word for a length that it does not know."""
_SLACK = 0.2
"""Seconds by which an encoder may miss the length that it writes down."""
_MOST = 1 << 18
"""Samples of all channels in a block: a header may claim any rate and thousands of channels."""
_LOUDEST = 1000.0
"""Times full scale; more, and what is no number at all, comes of damage and would spoil the sums."""
_PAGE = 70_000
"""Bytes; no page of an Ogg file is longer."""
_FIRST_FRAME = 4096
"""Bytes at the start of an MP3 stream in which its table of contents lies, if it has one."""


def open_sound_file(path: Path, source: Path | int) -> Recording | None:
    """Look at a file, given as its path or as a descriptor; `path` names it. None where libsndfile cannot read it."""
    try:
        with _opened(source) as sound:
            rate, frames = int(sound.samplerate), int(sound.frames)
    # libsndfile asks for more parameters where the name ends in .raw, which soundfile refuses with a TypeError
    except (soundfile.LibsndfileError, TypeError):
        return None
    seconds = frames / rate if frames < _UNKNOWN else None
    return Recording(path, rate, seconds, partial(_play, source))


@contextmanager
def _opened(source: Path | int) -> Generator[Any]:
    if isinstance(source, int):
        os.lseek(source, 0, os.SEEK_SET)
    with _hushed():
        sound = soundfile.SoundFile(source, closefd=not isinstance(source, int))
    with sound:
        yield sound


@contextmanager
def _hushed() -> Generator[None]:
    """The MP3 decoder writes to standard error what it thinks of good files: it is kept from the user's terminal."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    silence = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silence, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silence)


def _play(source: Path | int) -> Iterator[bytes]:
    with _opened(source) as sound:
        got = 0
        while block := _read(sound):
            got += len(block) // 2
            yield block
        kind, promised, rate = str(sound.format), int(sound.frames), int(sound.samplerate)
    if kind == "OGG" and not _has_last_page(source):
        raise DamageError("its end is missing")
    missing = promised / rate - got / rate
    if promised < _UNKNOWN and missing > _SLACK and (kind != "MP3" or _has_contents(source)):
        raise DamageError(f"{missing:.1f} s are missing")


def _read(sound: Any) -> bytes:
    # read as whole numbers, a file of floating-point samples would be all zeros
    size = max(1, min(round(sound.samplerate * BLOCK_SECONDS), _MOST // sound.channels))
    try:
        with _hushed():
            block = sound.read(size, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise DamageError("what follows cannot be decoded") from error
    return mixed(np.nan_to_num(np.clip(block, -_LOUDEST, _LOUDEST))) if len(block) else b""


def _has_last_page(source: Path | int) -> bool:
    """Whether an Ogg file ends with a page that says so (RFC 3533, section 6: flag 4)."""
    with open(source, "rb", closefd=not isinstance(source, int)) as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _PAGE))
        end = file.read()
    page = end.rfind(b"OggS")
    return page >= 0 and bool(end[page + 5 : page + 6] and end[page + 5] & 4)


def _has_contents(source: Path | int) -> bool:
    """Whether an MP3 file says how long it is: without the frame called Xing or Info its length is a guess."""
    with open(source, "rb", closefd=not isinstance(source, int)) as file:
        file.seek(0)
        tag = file.read(10)
        if tag[:3] == b"ID3":  # its length has seven bits in each of four bytes (id3.org, ID3v2.4 section 3.1)
            file.seek(10 + sum(byte << shift for byte, shift in zip(tag[6:10], (21, 14, 7, 0), strict=False)))
        start = tag + file.read(_FIRST_FRAME)
    return b"Xing" in start or b"Info" in start
