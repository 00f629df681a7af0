"""What a session of a line hears, what was heard before it, and what is the matter."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from itertools import dropwhile, groupby

from tray.audio.server import Source
from tray.core.failures import MicrophoneError
from tray.core.speech import RATE

Deliver = Callable[[bytes, int], None]
Report = Callable[[MicrophoneError | None], None]

KEPT_S = 0.5
"""Seconds of sound kept in memory while a ready microphone waits for its session."""


class Sitting:
    """Where the sound goes; once over, nothing passes any more."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._turn = threading.Lock()  # `shut` comes from another thread, and nothing may follow it
        self._begun = False
        self._source: str | None = None
        self.over = self.ending = False
        self.latest = 0.0
        """When the newest block came, on the monotonic clock."""
        self.tries = 0
        """Times that a stream was opened again because of zeros."""

    def hear(self, pcm: bytes, rate: int) -> None:
        """Deliver a block, unless only zeros have come so far."""
        self.latest = time.monotonic()
        self._begun = self._begun or any(pcm)
        with self._turn:
            if self._begun and not self.over:
                self._deliver(pcm, rate)

    def die(self) -> None:
        """Say once that nothing more will come."""
        with self._turn:
            if not self.over:
                self.over = True
                self._deliver(b"", RATE)

    def shut(self) -> None:
        """Let nothing more pass."""
        with self._turn:
            self.over = True

    def moves_to(self, source: str) -> bool:
        """Whether the sound came from another source before."""
        before, self._source = self._source, source
        return before not in (None, source)


class Ring:
    """The last half second of sound, in memory only."""

    def __init__(self) -> None:
        self._blocks: deque[tuple[bytes, int]] = deque()
        self._seconds = 0.0

    def add(self, pcm: bytes, rate: int) -> None:
        """The newest block; the oldest goes as soon as it is not needed for 500 ms."""
        self._blocks.append((pcm, rate))
        self._seconds += len(pcm) / 2 / rate
        while self._seconds - (oldest := _seconds(self._blocks[0])) >= KEPT_S:
            self._blocks.popleft()
            self._seconds -= oldest

    def take(self) -> list[tuple[bytes, int]]:
        """All of it from the first block that is not all zeros, as few blocks as there are rates; then it is empty."""
        blocks, self._blocks, self._seconds = list(self._blocks), deque(), 0.0
        heard = dropwhile(lambda block: not any(block[0]), blocks)
        return [(b"".join(pcm for pcm, _ in part), rate) for rate, part in groupby(heard, lambda block: block[1])]


class Rank(IntEnum):
    """What can be the matter, the gravest first."""

    ABSENT = 1
    SILENT = 2
    ELSEWHERE = 3
    """The default stands in for a name that is not there."""
    ELSEWHERE_NOW = 4
    """The sound of this session comes from another device than at its beginning."""


class Voice:
    """Carries what is the matter with a line to whoever listens, for as long as the line is used."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._turn = threading.Lock()  # the line's own thread speaks while another one ends it
        self._matter: MicrophoneError | None = None
        self._used = True

    def tell(self, error: MicrophoneError | None) -> None:
        """This is the matter now, or nothing is."""
        with self._turn:
            self._matter = error
            if self._used:
                self._report(error)

    def rise(self) -> None:
        """The line is used again; what is the matter with it counts again."""
        with self._turn:
            self._used = True
            if self._matter:
                self._report(self._matter)

    def fall(self) -> None:
        """Nobody uses the line any more: whatever is the matter with it is nobody's trouble."""
        with self._turn:
            if self._used and self._matter:
                self._report(None)
            self._used = False


class Complaints:
    """Reports the gravest thing that is the matter, and whenever that becomes another one or none."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._open: dict[Rank, MicrophoneError] = {}
        self._told: MicrophoneError | None = None

    def make(self, rank: Rank, error: MicrophoneError) -> None:
        """This is the matter."""
        self._open[rank] = error
        self._tell()

    def settle(self, rank: Rank) -> None:
        """This is not the matter any more."""
        if self._open.pop(rank, None):
            self._tell()

    def _tell(self) -> None:
        gravest = self._open[min(self._open)] if self._open else None
        before, self._told = self._told, gravest
        if str(gravest) != str(before):
            self._report(gravest)


def _seconds(block: tuple[bytes, int]) -> float:
    return len(block[0]) / 2 / block[1]


def muted(source: Source) -> MicrophoneError:
    return MicrophoneError(f"The microphone “{source.label}” is muted", "Unmute it in the sound settings")


def instead(lack: MicrophoneError, used: str) -> MicrophoneError:
    return MicrophoneError(f"{lack}: {used} is used instead", lack.remedy)


def moved(source: Source) -> MicrophoneError:
    if source.monitor:
        return MicrophoneError("No microphone is left, and what the loudspeakers play is recorded", "Plug one in")
    remedy = "If you want another one, choose it in the sound settings"
    return MicrophoneError(f"Sound comes from another microphone now, “{source.label}”", remedy)
