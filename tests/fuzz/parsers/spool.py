"""What is kept of sound after the process that captured it was killed: reels, and the ledger of fates."""

from __future__ import annotations

import re
import struct
import tempfile
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

from tests.fuzz.worker import Parse
from tray.core.ledger import Fate
from tray.core.speech import RATE, AudioChunk, Ending, Released, Span
from tray.spool.ledger_file import LedgerFile, day_of, days
from tray.spool.ledger_file import read as read_ledger
from tray.spool.reel import Kept, ReelWriter, read_reel, read_sound, sessions

_SESSION = "20261123T091405.000000-1"
_BEGUN = datetime(2026, 11, 23, 9, 14, 5, tzinfo=timezone(timedelta(hours=1)))
REEL_TOKENS = (b'"session"', b'"begun"', b"{}", b"null", _SESSION.encode(), b"2026-11-23T09:14:05+01:00", b"9999-12-31")
LEDGER_TOKENS = (
    *(
        b'"began"',
        b'"skipped"',
        b'"cancelled"',
        b'"dropped"',
        b'"restored"',
        b'"ended"',
        b'"captured"',
        b'"rate"',
        b"\n{}\n",
    ),
    *(b'"start"', b'"end"', b'"time"', b'"reason"', b"0001-01-01T00:00:00", b"9999-12-31T23:59:59-23:59", b'"rate": 0'),
)


def reels() -> list[bytes]:
    sound = [AudioChunk(bytes(range(64)), 32 * number, RATE) for number in range(4)]
    short, long = sound[:1], [*sound[:3], Released(96), sound[3], Ending(push_to_talk=True)]
    return [_files(partial(_recorded, items=items)) for items in (short, long)]


def _recorded(folder: Path, items: list[AudioChunk] | list[AudioChunk | Released | Ending]) -> None:
    writer = ReelWriter(folder, _SESSION, _BEGUN)
    for item in items:
        writer.append(item)
    writer.close()


def ledgers() -> list[bytes]:
    return [_files(_booked)]


def _booked(folder: Path) -> None:
    ledger = LedgerFile(folder)
    ledger.began(_SESSION, _BEGUN)
    for number, fate in enumerate((Fate.SKIPPED, Fate.CANCELLED, Fate.DROPPED)):
        ledger.decide(_SESSION, Span(number * 512, number * 512 + 512, RATE), fate, "full" if number == 2 else "")
    ledger.restore(_SESSION, Span(512, 1024, RATE))
    ledger.ended(_SESSION, 1536, RATE)


def _files(write: Callable[[Path], None]) -> bytes:
    """What is in the only file that this writes."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        (path,) = (path for path in Path(name).rglob("*") if path.is_file())
        return path.read_bytes()


def reel(folder: Path) -> Parse:
    """The first part of a reel; all that comes out of it can be read."""
    _recorded(folder, [AudioChunk(b"ab", 0, RATE)])
    (path,) = folder.iterdir()

    def parse(content: bytes) -> None:
        path.write_bytes(content)
        assert sessions(folder) == [_SESSION]
        for item in read_reel(folder, _SESSION).items:
            if isinstance(item, Kept):
                assert len(read_sound(item.place)) // 2 == item.samples

    return parse


def summed_reel(folder: Path) -> Parse:
    """The same with the right checksum in every block, so that what is in them is looked at."""
    parse = reel(folder)
    return lambda content: parse(_summed(content))


def _summed(content: bytes) -> bytes:
    """As the head of tray/spool/reel.py says: marker, kind, size, first sample, rate, checksum, payload."""
    whole, plain = bytearray(content), struct.Struct("<4sBIQI")
    for mark in re.finditer(rb"\xd7re1", content):
        at, end = mark.start(), mark.start() + plain.size
        if end + 4 <= len(content):
            size = plain.unpack_from(content, at)[2]
            struct.pack_into("<I", whole, end, zlib.crc32(content[at:end] + content[end + 4 : end + 4 + size]))
    return bytes(whole)


def ledger(folder: Path) -> Parse:
    """The lines of a day."""
    path = folder / f"{day_of(_SESSION)}.jsonl"

    def parse(content: bytes) -> None:
        path.write_bytes(content)
        assert days(folder) == [day_of(_SESSION)]
        for booked in read_ledger(folder, day_of(_SESSION)).sessions:
            assert booked.begun.tzinfo is not None
            assert all(one.span.start <= one.span.end and one.span.rate > 0 for one in booked.decided)

    return parse
