"""Sound as numbers: the tones that tell when it listens, and what is in a recording of them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tray.audio.cues import HIGH, LOW, RATE, start_cue, stop_cue

Sounds = NDArray[np.float64]
CUES = pytest.mark.parametrize("cue", [start_cue, stop_cue], ids=["start", "stop"])


def wave(pcm: bytes) -> Sounds:
    """16-bit sound as numbers from -1 to 1."""
    return np.frombuffer(pcm, "<i2") / 32768


def pcm(sound: Sounds) -> bytes:
    """The other way round."""
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def pitches(sound: Sounds) -> list[float]:
    """The tones that sound, in their order; [] where there are none."""
    found: list[float] = []
    size = RATE // 50
    for at in range(0, len(sound) - size + 1, size):
        power = abs(np.fft.rfft(sound[at : at + size] * np.hanning(size))) ** 2
        loudest = float(np.fft.rfftfreq(size, 1 / RATE)[power.argmax()])
        near = next((pitch for pitch in (LOW, HIGH) if abs(pitch - loudest) <= 100), None)
        if near and power.max() > 1e-2 and found[-1:] != [near]:
            found.append(near)
    return found
