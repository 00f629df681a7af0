"""A line to the microphones of a desktop: what it delivers, and what it reports."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.desktop.session import wait_for
from tests.desktop.sound import FAINTEST, Sound
from tray.audio.line import Line
from tray.audio.microphone import Microphone
from tray.core.failures import MicrophoneError

DEADLINE = 15.0
"""Seconds until something counts as not happening, on a machine with much else to do."""


class Ear:
    """Keeps what a session delivers."""

    def __init__(self) -> None:
        self.blocks: list[tuple[bytes, int]] = []

    def __call__(self, block: bytes, rate: int) -> None:
        self.blocks.append((block, rate))

    @property
    def sound(self) -> bytes:
        return b"".join(block for block, _ in self.blocks)

    @property
    def ends(self) -> int:
        """How often it was told that the microphone has died."""
        return sum(not block for block, _ in self.blocks)

    def wait_for_more(self) -> None:
        """Until sound comes that has not been there yet."""
        count = len(self.blocks)
        wait_for(lambda: len(self.blocks) > count and self.blocks[-1][0], DEADLINE, "more sound")

    def wait_for_a_voice(self) -> None:
        """Until sound comes that is louder than the room."""
        count = len(self.blocks)
        wait_for(lambda: any(loudest(block) > FAINTEST for block, _ in self.blocks[count:]), DEADLINE, "a voice")


def loudest(block: bytes) -> int:
    return max(map(abs, struct.unpack(f"<{len(block) // 2}h", block)), default=0)


class Told:
    """Keeps what a line reports."""

    def __init__(self) -> None:
        self.all: list[MicrophoneError | None] = []

    def __call__(self, error: MicrophoneError | None) -> None:
        self.all.append(error)

    @property
    def now(self) -> str:
        """What is the matter at the moment."""
        return str(self.all[-1] or "") if self.all else ""

    def wait_for(self, words: str) -> None:
        """Until this is the matter; "" waits until nothing is."""
        wait_for(lambda: words in self.now if words else not self.now, DEADLINE, words or "the end of the trouble")


@contextmanager
def line(name: str = "", *, ready: bool = False) -> Iterator[tuple[Line, Told]]:
    """A line to the microphones of the desktop."""
    told = Told()
    one = Line(name, ready=ready, report=told, device=Microphone)
    try:
        yield one, told
    finally:
        one.close()
        one.end()


def recordings(desktop: Sound) -> int:
    """How many programs record something."""
    return desktop.pactl("list", "short", "source-outputs").count("protocol-native")


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]
