"""WAV as it comes, from a file or a pipe: also with the length that programs write which do not know it yet."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from tray.audio.recording import BLOCK_SECONDS, DamageError, mixed

HEAD = 1 << 16
"""Bytes in which the header must have ended."""
_ENDLESS = 0x7FFF0000
"""Programs that write into a pipe promise 0, 2 GB less a little, or 4 GB: nobody can mean these lengths."""
_LARGEST = 1 << 20
"""Bytes of a block: a header may claim any rate and thousands of channels."""
_LOUDEST = 1000.0
"""Times full scale; more, and what is no number at all, comes of damage and would spoil the sums."""
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_TYPES = {(_PCM, 1): "u1", (_PCM, 2): "<i2", (_PCM, 3): "u1", (_PCM, 4): "<i4", (_FLOAT, 4): "<f4", (_FLOAT, 8): "<f8"}
"""Kind and bytes of a sample → what numpy calls it."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a header says."""

    kind: int
    """1 is whole numbers, 3 floating point."""
    channels: int
    rate: int
    """Samples per second."""
    width: int
    """Bytes of one sample of one channel."""
    offset: int
    """Bytes before the first sample."""
    length: int | None
    """Bytes of sound, None where the header cannot know."""

    @property
    def frame(self) -> int:
        """Bytes of one moment in all channels."""
        return self.channels * self.width


def read_form(head: bytes) -> Form | None:
    """What the header of a WAV file says; None where this is none, or one whose samples are not plain numbers.

    The chunks are those of Microsoft's "Multimedia Programming Interface and Data Specifications 1.0".
    """
    if head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
        return None
    at, said = 12, b""
    while at + 8 <= len(head):
        name, length = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        at += 8
        if name == b"data":
            return _form(said, at, length)
        if name == b"fmt ":
            said = head[at : at + length]
        at += length + length % 2
    return None


def _form(said: bytes, offset: int, length: int) -> Form | None:
    if len(said) < 16:
        return None
    kind, channels, rate, _, frame, bits = cast("tuple[int, ...]", struct.unpack_from("<HHIIHH", said))
    if kind == _EXTENSIBLE and len(said) >= 26:
        kind = int.from_bytes(said[24:26], "little")
    if not (rate and channels and frame == channels * bits // 8) or (kind, bits // 8) not in _TYPES or bits % 8:
        return None
    return Form(kind, channels, rate, bits // 8, offset, length if 0 < length < _ENDLESS else None)


def play(stream: BinaryIO, form: Form) -> Iterator[bytes]:
    """The sound of a stream that stands at its beginning, as 16-bit mono.

    Raises DamageError where less comes than the header promises.
    """
    stream.read(form.offset)
    left = form.length
    size = max(1, min(round(form.rate * BLOCK_SECONDS), _LARGEST // form.frame)) * form.frame
    while block := stream.read(size if left is None else min(size, left)):
        left = None if left is None else left - len(block)
        if whole := len(block) // form.frame * form.frame:
            yield mixed(_samples(block[:whole], form))
    if left is not None and left >= form.frame:
        raise DamageError(f"{left / form.frame / form.rate:.1f} s are missing")


def _samples(block: bytes, form: Form) -> NDArray[np.float32]:
    raw = np.frombuffer(block, _TYPES[form.kind, form.width])
    if form.width == 3:
        # the three bytes become the upper ones of four
        raw = np.pad(raw.reshape(-1, 3), ((0, 0), (1, 0))).reshape(-1).view("<i4")
    if form.kind == _PCM and form.width == 1:
        numbers = (raw.astype(np.float32) - 128) / 128
    elif form.kind == _PCM:
        numbers = raw.astype(np.float32) / float(1 << (8 * raw.itemsize - 1))
    else:
        numbers = np.nan_to_num(np.clip(raw, -_LOUDEST, _LOUDEST)).astype(np.float32)
    return numbers.reshape(-1, form.channels)
