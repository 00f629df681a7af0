"""Devices that deliver what a test gives them, and a line to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.audio.connection import DEADLINE, Told, threads
from tests.desktop.session import wait_for
from tray.audio.line import Line
from tray.audio.sitting import Deliver
from tray.core.failures import MicrophoneError

BLOCK = b"\1\0" * 512
ZEROS = bytes(1024)


class Player:
    """A device that delivers what the test gives it."""

    def __init__(self, name: str = "", *, broken: bool = False) -> None:
        self.name, self.broken = name, broken
        self._deliver: Deliver = lambda _block, _rate: None
        self.opened = 0
        self.last = b""

    def open(self, deliver: Deliver) -> None:
        """Ready."""
        if self.broken:
            raise MicrophoneError(f"The microphone “{self.name}” cannot be opened", "Plug it in")
        self._deliver = deliver
        self.opened += 1

    def play(self, *blocks: bytes, rate: int = 16000) -> None:
        """Bring blocks."""
        for block in blocks:
            self._deliver(block, rate)

    def drain(self) -> None:
        """What is still on its way."""
        self.play(*filter(None, [self.last]))

    def close(self) -> None:
        """What is still on its way."""
        self.drain()
        self._deliver = lambda _block, _rate: None


class Shop:
    """Devices by name."""

    def __init__(self, *players: Player) -> None:
        self._players = {player.name: player for player in players}

    def __call__(self, name: str) -> Player:
        return self._players.get(name) or Player(name, broken=True)


@contextmanager
def connected(*players: Player, name: str = "", ready: bool = False) -> Iterator[tuple[Line, Told]]:
    """A line to players."""
    told = Told()
    one = Line(name, ready=ready, report=told, device=Shop(*players))
    try:
        yield one, told
    finally:
        one.close()
        one.end()
        wait_for(lambda: "microphone line" not in threads(), DEADLINE, "the end of the thread")
