"""Any rate to 16 kHz, block by block."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tray.core.speech import RATE


class Resampler:
    """Turns 16-bit mono sound of one rate into 16 kHz; all blocks together give the right length to the sample."""

    def __init__(self, rate: int) -> None:
        self._stream: Any = None
        if rate != RATE:
            import soxr

            # with whole numbers it adds noise that depends on the size of the blocks
            self._stream = soxr.ResampleStream(rate, RATE, 1, dtype="float32")

    def push(self, pcm: bytes) -> bytes:
        """The next block; its tail may come out with a later one."""
        return pcm if self._stream is None else self._run(pcm, last=False)

    def flush(self) -> bytes:
        """What is still inside; nothing may be pushed afterwards."""
        return b"" if self._stream is None else self._run(b"", last=True)

    def _run(self, pcm: bytes, *, last: bool) -> bytes:
        sound = np.frombuffer(pcm, "<i2").astype(np.float32)
        resampled = cast(NDArray[np.float32], self._stream.resample_chunk(sound, last=last))
        return np.clip(np.rint(resampled), -32768, 32767).astype("<i2").tobytes()
