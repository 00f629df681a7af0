"""A recording as every decoder hands it over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tray.core.failures import UsageError
from tray.core.speech import AudioChunk

BLOCK_SECONDS = 0.1
"""Length of a chunk, and the most that is lost before the place where a damaged recording breaks off."""


class DamageError(Exception):
    """A recording cannot be read any further; says why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A file or a stream of sound that was looked at already."""

    path: Path
    rate: int
    """Samples per second."""
    seconds: float | None
    """Its length, None where only its end will tell."""
    play: Callable[[], Iterator[bytes]]
    """Its sound from the beginning, 16-bit mono in blocks; raises DamageError."""

    def chunks(self) -> Iterator[AudioChunk]:
        """The sound in short blocks, channels mixed to one. Raises UsageError that names the second of the damage.

        A file can be played again and again, a stream once.
        """
        start = 0
        try:
            for pcm in self.play():
                yield AudioChunk(pcm, start, self.rate)
                start += len(pcm) // 2
        except (DamageError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            where = f"{self.path} breaks off at {start / self.rate:.1f} s"
            raise UsageError(f"{where}: {why}", "Convert it again from its source") from error


def mixed(block: NDArray[np.float32]) -> bytes:
    """Samples between −1 and 1, one row a moment and one column a channel, as 16-bit mono; louder ones are clipped."""
    scaled = np.rint(block.mean(axis=1) * 32768)
    return np.clip(scaled, -32768, 32767).astype("<i2").tobytes()
