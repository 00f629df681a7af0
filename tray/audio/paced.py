"""A sound file that arrives like speech into a microphone."""

from __future__ import annotations

import struct
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path

from tray.core.failures import MicrophoneError, UsageError
from tray.core.speech import FRAME

STOP_S = 2.0
"""Seconds that closing waits for a listener that is slow with its last block."""


class PacedFile:
    """A 16-bit WAV file as a source of sound, mixed to mono and played `pace` times as fast as it was recorded."""

    endless = False

    def __init__(self, path: Path, *, pace: float = 1.0) -> None:
        self._path = path
        self._pace = pace
        self._stopped = threading.Event()
        self._player: threading.Thread | None = None

    def open(self, deliver: Callable[[bytes, int], None]) -> None:
        """Start delivering blocks of 512 samples in time, then an empty one, each with the file's rate in hertz.

        Raises MicrophoneError if the file cannot be read.
        """
        self.close()
        sound = _open(self._path)
        self._stopped = threading.Event()
        self._player = threading.Thread(target=self._play, args=(sound, deliver), name="paced file", daemon=True)
        self._player.start()

    def close(self) -> None:
        """Stop where it is; nothing is delivered after this. Idempotent."""
        self._stopped.set()
        if self._player is not None:
            self._player.join(STOP_S)

    def _play(self, sound: wave.Wave_read, deliver: Callable[[bytes, int], None]) -> None:
        stopped, rate = self._stopped, sound.getframerate()
        due = time.monotonic()
        with sound:
            while block := _mono(sound.readframes(FRAME), sound.getnchannels()):
                due += len(block) / 2 / rate / self._pace
                if stopped.wait(max(0.0, due - time.monotonic())):
                    return
                deliver(block, rate)
        deliver(b"", rate)


def check(path: Path) -> None:
    """Raises UsageError where a file cannot be played."""
    try:
        _open(path).close()
    except MicrophoneError as error:
        raise UsageError(str(error), error.remedy) from error


def _open(path: Path) -> wave.Wave_read:
    try:
        sound = wave.open(str(path), "rb")  # noqa: SIM115 the thread that plays it closes it
    except OSError as error:
        raise MicrophoneError(f"{path} cannot be read: {error.strerror}", "Give the path of a WAV file") from error
    except (wave.Error, EOFError) as error:
        raise MicrophoneError(f"{path} is not a WAV file of plain samples", "Give a 16-bit WAV file") from error
    if sound.getsampwidth() != 2 or sound.getframerate() <= 0:
        sound.close()
        raise MicrophoneError(f"{path} does not hold 16-bit samples", "Give a 16-bit WAV file")
    return sound


def _mono(frames: bytes, channels: int) -> bytes:
    """The mean of all channels; a frame that a broken file ends in the middle of is left out."""
    count = len(frames) // (2 * channels)
    samples = struct.unpack_from(f"<{count * channels}h", frames)
    mixed = (sum(samples[at : at + channels]) // channels for at in range(0, len(samples), channels))
    return struct.pack(f"<{count}h", *mixed)
