"""A voice for the virtual microphone: never quite silent, and it knows when the microphone had each of its samples."""

from __future__ import annotations

import fcntl
import subprocess
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import BinaryIO, Self, cast

import numpy as np

from tray.bench.scenes import Sound
from tray.core.failures import ScribeletError
from tray.core.speech import RATE

FAINT = 3
"""Largest value of the noise under everything: a real microphone never delivers zeros for long."""
BLOCK = RATE // 50
"""Samples written at a time."""
LEAD_MS, LOOK_MS = 60, 20
"""Sound that the server keeps ahead of its loudspeaker, and of which it hands recordings out, in milliseconds."""
PIPE = 4096
"""Bytes that may wait on their way to the server: 0.13 s."""
KEPT = 60 * RATE * 2
"""Bytes of the recording that are looked at."""
PATIENCE = 5.0
"""Seconds after which sound that was said should long have been captured."""
_FORMAT = ("--raw", f"--rate={RATE}", "--channels=1", "--format=s16le")
_PLAY = ("paplay", *_FORMAT, "--device=mic_feed", f"--latency-msec={LEAD_MS}")
_RECORD = ("parec", *_FORMAT, "--device=mic_feed.monitor", f"--latency-msec={LOOK_MS}")


@dataclass(frozen=True, slots=True)
class Spoken:
    """Sound that was handed to the microphone."""

    start: int
    """Number of its first sample among all that the microphone ever got."""
    pcm: bytes
    """Exactly what the microphone gets, 16-bit mono at `RATE`."""


def faint(count: int, rng: np.random.Generator) -> Sound:
    """So many samples of noise that nobody hears."""
    return rng.integers(-FAINT, FAINT + 1, count).astype("<i2")


class Voice:
    """A context manager that speaks into the microphone of a virtual desktop.

    What goes in is recorded at its other end, bit for bit, so that every sample has its time on the monotonic clock.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._turn = threading.Lock()
        self._waiting: deque[bytes] = deque()
        self._said = 0
        """Samples handed out so far, those that wait included."""
        self._recorded, self._dropped = bytearray(), 0
        """The newest part of the recording, and how many bytes came before it."""
        self._zero = float("inf")
        """When the first sample of the recording was captured, by the block that came soonest."""
        self._shift = 0
        """Samples by which the recording is ahead of what was said."""
        self._over = threading.Event()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            player, recorder = _start(_PLAY), _start(_RECORD)
        except OSError as error:
            raise ScribeletError("There is no paplay or parec", "Install pulseaudio-utils") from error
        self._processes = [player, recorder]
        fcntl.fcntl(cast("BinaryIO", player.stdin), fcntl.F_SETPIPE_SZ, PIPE)
        for work, pipe in ((self._feed, player.stdin), (self._record, recorder.stdout)):
            threading.Thread(target=work, args=(pipe,), name="voice", daemon=True).start()
        try:
            self._tune()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for process in self._processes:
            process.kill()
            process.wait()

    def say(self, sound: Sound) -> Spoken:
        """Speak as soon as what was said before is out; returns at once."""
        with self._turn:
            loud = np.clip(sound.astype(np.int32) + faint(len(sound), self._rng), -32768, 32767)
            spoken = Spoken(self._said, loud.astype("<i2").tobytes())
            self._waiting.append(spoken.pcm)
            self._said += len(sound)
        return spoken

    def moment(self, sample: int) -> float:
        """When the microphone captures the sample of this number, past or to come: seconds of the monotonic clock."""
        return self._zero + (sample + self._shift) / RATE

    def arrived(self, spoken: Spoken) -> bool:
        """Wait for the end of it; whether the microphone got it whole and at the times that `moment` has told."""
        deadline = self.moment(spoken.start + len(spoken.pcm) // 2) + PATIENCE
        while time.monotonic() < deadline:
            if (found := self._find(spoken.pcm)) is not None:
                before, self._shift = self._shift, found - spoken.start
                return before == self._shift
            time.sleep(0.02)  # a look every 20 ms
        return False

    def _tune(self) -> None:
        """Find out once how the recording lies to what is said; wait until the sound server runs evenly."""
        for _ in range(5):
            spoken = self.say(np.zeros(RATE // 2, np.int16))
            self._zero = min(self._zero, time.monotonic())
            if self.arrived(spoken):
                return
        raise ScribeletError("The virtual microphone does not get what is said", "Let nothing else play into mic_feed")

    def _find(self, pcm: bytes) -> int | None:
        with self._turn:
            at = self._recorded.find(pcm)
            return None if at < 0 else (self._dropped + at) // 2

    def _feed(self, pipe: BinaryIO) -> None:
        try:
            while not self._over.is_set():
                pipe.write(self._next())
        except OSError:
            return  # the player has ended, and `arrived` says so

    def _next(self) -> bytes:
        with self._turn:
            if not self._waiting:
                self._said += BLOCK
                return faint(BLOCK, self._rng).tobytes()
            block, rest = self._waiting[0][: 2 * BLOCK], self._waiting[0][2 * BLOCK :]
            self._waiting.popleft()
            if rest:
                self._waiting.appendleft(rest)
            return block

    def _record(self, pipe: BinaryIO) -> None:
        while block := pipe.read(65536):
            now = time.monotonic()
            with self._turn:
                self._recorded += block
                captured = (self._dropped + len(self._recorded)) // 2
                self._zero = min(self._zero, now - captured / RATE)
                surplus = max(0, len(self._recorded) - KEPT) // 2 * 2
                del self._recorded[:surplus]
                self._dropped += surplus


def _start(command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, bufsize=0)
