"""Listeners that keep what they hear, and voices that can be told apart."""

import random
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.desktop.sound import write_wav
from tray.audio.microphone import Microphone


class Ear:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.rates: set[int] = set()
        self.flowing = threading.Event()
        self.ended = threading.Event()

    def __call__(self, block: bytes, rate: int) -> None:
        self.blocks.append(block)
        self.rates.add(rate)
        (self.flowing if block else self.ended).set()

    def sound(self) -> bytes:
        return b"".join(self.blocks)


@contextmanager
def listening(name: str = "") -> Iterator[Ear]:
    """An ear on an open microphone that delivers already."""
    ear, microphone = Ear(), Microphone(name)
    microphone.open(ear)
    try:
        assert ear.flowing.wait(5)
        yield ear
    finally:
        microphone.close()


def voice(folder: Path, seed: int, seconds: float = 0.5) -> tuple[Path, bytes]:
    """Sound that is like no other, and no part of it like another part."""
    chance, count = random.Random(seed), int(seconds * 16000)
    pcm = struct.pack(f"<{count}h", *(chance.randint(-9000, 9000) for _ in range(count)))
    write_wav(folder / f"{seed}.wav", pcm)
    return folder / f"{seed}.wav", pcm


def until(pcm: bytes, heard: bytes) -> int:
    """How far into the voice what was heard goes, in bytes."""
    return pcm.index(heard[len(heard) % 2 :][-64:]) + 64
