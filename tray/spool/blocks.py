"""A part of a reel, byte by byte: a magic line, then blocks, a heading first.

A block is a header and its payload; the header's CRC-32 is over all of the block but itself. Another version has
another marker, so that a broken magic line costs no block and no block of theirs is taken for one of ours.
"""

from __future__ import annotations

import errno
import json
import os
import re
import zlib
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct
from typing import Any, cast

LARGEST = 2_000_000
"""Bytes of the largest payload: 20 s at 48 kHz; a broken length sends the reader no further than this."""
_VAIN = 4
"""Bytes that may be checksummed in vain for each byte passed: a damaged block costs one for each of its own."""
_ADVANCE = 2 * LARGEST
"""Bytes that may be so from the start: a length that was damaged at the beginning costs no block behind it."""
MAGIC = b"Scribelet reel 1\n"
"""First bytes of a part of this version."""
_ANY_MAGIC = re.compile(rb"Scribelet reel ([0-9]{1,9})\n")
_MARKER = b"\xd7re1"
_PLAIN = Struct("<4sBIQI")
"""Marker, kind, bytes of the payload, first sample, rate."""
_SUM = Struct("<I")
HEADER = _PLAIN.size + _SUM.size
"""Bytes before the payload of a block."""


class Kind(IntEnum):
    """What a payload is: JSON in headings and endings, samples in sound, nothing where a key was let go."""

    HEADING = 0
    SOUND = 1
    RELEASED = 2
    ENDING = 3


@dataclass(frozen=True, slots=True)
class Block:
    """A block that checks out."""

    kind: int
    start: int
    rate: int
    at: int
    """Its first byte; the next two count from the same beginning."""
    payload: int
    end: int


def encoded(kind: Kind, payload: bytes, start: int = 0, rate: int = 0) -> bytes:
    """A block as it is written. Raises OSError where its payload is longer than `LARGEST`."""
    if len(payload) > LARGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    plain = _PLAIN.pack(_MARKER, kind, len(payload), start, rate)
    return b"".join((plain, _SUM.pack(zlib.crc32(payload, zlib.crc32(plain))), payload))


def block_at(content: bytes, at: int) -> Block | None:
    """The block that begins there, if it checks out."""
    block = _claimed(content, at)
    return block if block and _checks_out(content, block) else None


class Search:
    """Finds the blocks of a part; what it costs grows with the part's length alone, whatever is in it."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.vain = 0
        """Bytes that were checksummed so far of what is no block."""

    def next(self, at: int) -> Block | None:
        """The first block that begins there or later and checks out.

        Where much has claimed to be a block in vain, what claims to be a longer one than was passed is passed over.
        """
        while (at := self._content.find(_MARKER, at)) >= 0:
            block = _claimed(self._content, at)
            if block and self.vain + block.end - at <= _VAIN * at + _ADVANCE:
                if _checks_out(self._content, block):
                    return block
                self.vain += block.end - at
            at += 1
        return None


def _claimed(content: bytes, at: int) -> Block | None:
    """What a header that is there says."""
    payload = at + HEADER
    if len(content) < payload:
        return None
    marker, kind, length, start, rate = _PLAIN.unpack_from(content, at)
    end = payload + length
    if marker != _MARKER or length > LARGEST or end > len(content):
        return None
    return Block(kind, start, rate, at, payload, end)


def _checks_out(content: bytes, block: Block) -> bool:
    (told,) = _SUM.unpack_from(content, block.at + _PLAIN.size)
    view = memoryview(content)
    return zlib.crc32(view[block.payload : block.end], zlib.crc32(view[block.at : block.at + _PLAIN.size])) == told


def fault(content: bytes, at: int) -> str:
    """Why nothing that begins there checks out."""
    other = _ANY_MAGIC.match(content) if at == 0 else None
    return f"they are of version {other[1].decode()}" if other else "nothing in them checks out"


def json_bytes(content: dict[str, Any]) -> bytes:
    """The payload that `record` understands."""
    return json.dumps(content).encode()


def record(block: Block, content: bytes) -> dict[str, Any]:
    """The JSON in a block. Raises ValueError or RecursionError."""
    found = json.loads(content[block.payload : block.end])
    if not isinstance(found, dict):
        raise ValueError("no object")
    return cast(dict[str, Any], found)
