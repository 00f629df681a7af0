"""Reels made for the purpose, and what comes out of them."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from tray.core.speech import AudioChunk, Ending, Released
from tray.spool.reel import Kept, ReelWriter, read_reel, read_sound

BEGUN = datetime(2026, 11, 23, 9, 14, 0, 123456).astimezone()
SESSION = "20261123T091400.123456-1"
LATER = "20261123T093100.000000-2"
RATE = 48_000
HEADER = 25
"""Bytes before the payload of a block."""
ROOT = Path(__file__).parents[2]

Item = AudioChunk | Released | Ending
Fault = Callable[[random.Random, list["Byte"]], list["Byte"]]
Byte = tuple[int, int | None]
"""Its value, and where it stood when it was written; None if it was never written."""


def chunk(number: int, samples: int = 8) -> AudioChunk:
    """One of many that follow each other; no two hold the same sound."""
    return AudioChunk(random.Random(number).randbytes(2 * samples), number * samples, RATE)


def session(chunks: int = 4) -> list[Item]:
    """A whole one: sound, a key let go, sound, the end."""
    sounds = [chunk(number) for number in range(chunks)]
    return [*sounds[:-1], Released(sounds[-1].start), sounds[-1], Ending(push_to_talk=True)]


def write(folder: Path, items: Iterable[Item], name: str = SESSION, part_size: int = 4_000_000) -> list[int]:
    """Bytes of the newest part, behind each item."""
    writer = ReelWriter(folder, name, BEGUN, part_size=part_size)
    sizes: list[int] = []
    for item in items:
        writer.append(item)
        sizes.append(parts(folder)[-1].stat().st_size)
    writer.close()
    return sizes


def read(folder: Path, name: str = SESSION) -> list[Item]:
    """What comes out, its sound too."""
    return [_heard(item) if isinstance(item, Kept) else item for item in read_reel(folder, name).items]


def _heard(kept: Kept) -> AudioChunk:
    pcm = read_sound(kept.place)
    assert len(pcm) // 2 == kept.samples
    return AudioChunk(pcm, kept.start, kept.rate)


def parts(folder: Path) -> list[Path]:
    """All files of the spool, oldest first."""
    return sorted(folder.iterdir())


def spans(items: list[Item], sizes: list[int]) -> list[tuple[int, int]]:
    """First byte of each block, and the one behind it, in a reel that begins with sound."""
    assert isinstance(items[0], AudioChunk)
    return list(pairwise([sizes[0] - HEADER - len(items[0].pcm), *sizes]))


def child(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A program of its own, with these words at hand."""
    words = (
        "import errno, os, resource, signal, sys; from pathlib import Path\n"
        "from tests.spool.made import BEGUN, SESSION, chunk, parts\n"
        "from tray.spool.reel import ReelWriter\n"
        "folder = Path(sys.argv[1]); writer = ReelWriter(folder, SESSION, BEGUN)\n"
    )
    command = [sys.executable, "-c", words + code, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


def block(kind: int, payload: bytes) -> bytes:
    """One that checks out, whatever it means."""
    plain = struct.pack("<4sBIQI", b"\xd7re1", kind, len(payload), 0, 0)
    return plain + zlib.crc32(plain + payload).to_bytes(4, "little") + payload


def open_files() -> int:
    """How many files this process has open."""
    return sum(1 for _ in Path("/dev/fd").iterdir())


def strange(path: Path, what: str) -> None:
    """Something stands where a part stood."""
    content = path.read_bytes()
    path.unlink()
    match what:
        case "a link":
            (path.parent / "target").write_bytes(content)
            path.symlink_to(path.parent / "target")
        case "a pipe":
            os.mkfifo(path)
        case "a folder":
            path.mkdir()
        case "another version":
            path.write_bytes(b"Scribelet reel 2\n" + content[17:].replace(b"\xd7re1", b"\xd7re2"))
        case "another session":
            path.write_bytes(content.replace(SESSION.encode(), LATER.encode()).replace(*_sums(content)))
        case "nothing":
            path.touch()
        case _:
            path.write_bytes(bytes(10_000))


def _sums(content: bytes) -> tuple[bytes, bytes]:
    """The checksum of the heading of a part, and what it is if the heading names another session."""
    length = int.from_bytes(content[22:26], "little")
    block = content[17 : 17 + HEADER + length]
    other = block.replace(SESSION.encode(), LATER.encode())
    return tuple(zlib.crc32(one[:21] + one[25:]).to_bytes(4, "little") for one in (block, other))


def flipped(chance: random.Random, content: list[Byte]) -> list[Byte]:
    """One byte is another one."""
    at = chance.randrange(len(content))
    return [*content[:at], (content[at][0] ^ chance.randrange(1, 256), None), *content[at + 1 :]]


def zeroed(chance: random.Random, content: list[Byte]) -> list[Byte]:
    """A stretch is zero, as a disk leaves it that lost its power."""
    start, end = _stretch(chance, content)
    return [*content[:start], *[(0, None)] * (end - start), *content[end:]]


def cut_out(chance: random.Random, content: list[Byte]) -> list[Byte]:
    """A stretch is missing."""
    start, end = _stretch(chance, content)
    return content[:start] + content[end:]


def cut_off(chance: random.Random, content: list[Byte]) -> list[Byte]:
    """The end is missing."""
    return content[: chance.randrange(len(content) + 1)]


def stuffed(chance: random.Random, content: list[Byte]) -> list[Byte]:
    """Something stands in between that does not belong there, and may look as if it did."""
    at = chance.randrange(len(content) + 1)
    start, end = _stretch(chance, content)
    lookalike = bytes(value for value, _ in content[start : min(end, start + 20)])
    garbage = chance.choice([chance.randbytes(chance.randrange(1, 80)), lookalike])
    return [*content[:at], *((value, None) for value in garbage), *content[at:]]


FAULTS: tuple[Fault, ...] = (flipped, zeroed, cut_out, cut_off, stuffed)


def _stretch(chance: random.Random, content: Sequence[Byte]) -> tuple[int, int]:
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.randrange(1, 120))


def survives(content: Sequence[Byte], start: int, end: int) -> bool:
    """Whether what was written from here to there still stands in one piece."""
    at = next((at for at, (_, origin) in enumerate(content) if origin == start), len(content))
    return [origin for _, origin in content[at : at + end - start]] == list(range(start, end))


def in_order(few: Iterable[object], many: Iterable[object]) -> bool:
    """Whether all of the few stand among the many in the same order."""
    rest = iter(many)
    return all(any(one == other for other in rest) for one in few)
