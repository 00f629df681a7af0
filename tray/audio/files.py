"""Recordings on disk as chunks of mono sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import soundfile
from numpy.typing import NDArray

from tray.core.failures import UsageError
from tray.core.speech import AudioChunk

BLOCK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Recording:
    """A WAV or FLAC file of any length, rate and number of channels."""

    path: Path
    seconds: float

    def chunks(self) -> Iterator[AudioChunk]:
        """The sound in blocks of about a second, channels mixed to one. Raises UsageError where it breaks off."""
        with _opened(self.path) as sound:
            rate, start = int(sound.samplerate), 0
            while True:
                pcm = _samples(_read(sound, self.path, int(rate * BLOCK_SECONDS)))
                if not pcm:
                    return
                yield AudioChunk(pcm, start, rate)
                start += len(pcm) // 2


def open_recording(path: Path) -> Recording:
    """Look at a file. Raises UsageError where it is no recording that can be read."""
    with _opened(path) as sound:
        return Recording(path, sound.frames / sound.samplerate)


def _opened(path: Path) -> Any:
    try:
        return soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, TypeError) as error:
        what = f"{path} does not exist" if not path.exists() else f"{path} is not a recording that can be read"
        raise UsageError(what, "Give a WAV or FLAC file") from error


def _read(sound: Any, path: Path, frames: int) -> NDArray[np.float32]:
    # read as whole numbers, a file of floating-point samples would be all zeros
    try:
        return cast(NDArray[np.float32], sound.read(frames, dtype="float32", always_2d=True))
    except soundfile.LibsndfileError as error:
        raise UsageError(f"{path} is damaged: {error}", "Convert it again from its source") from error


def _samples(block: NDArray[np.float32]) -> bytes:
    scaled = np.rint(block.mean(axis=1) * 32768)
    return np.clip(scaled, -32768, 32767).astype("<i2").tobytes()
