"""How loud a microphone is, how much of it is speech, and what is the matter with it: arithmetic over its blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from tray.core.segmenter import OFF, ON, Frame
from tray.core.speech import FRAME, RATE

SILENCE = -90.0
"""dBFS that stand for no sound at all: what one bit of 16 gives."""
FULL = 32_700
"""A sample this far from zero counts as cut off."""
QUIET_TENTH = 10
"""Percent of the frames that are quieter than the noise floor: the pauses of whoever speaks without a break."""
HUM_HZ, HISS_HZ = 320, 2000
"""Hum is mostly below the first, hiss mostly above the second; on the rooms in tests/noise hum has 0.8 and more of its
power there, white noise 0.75 of its own."""
HUM_SHARE, HISS_SHARE = 0.7, 0.5

Noise = Literal["hum", "hiss", ""]


@dataclass(frozen=True, slots=True)
class Level:
    """What some seconds of sound were like; loudness in dBFS, never below `SILENCE`."""

    seconds: float
    rms: float
    """Loudness of all of it."""
    peak: float
    """Its loudest sample."""
    clipped: float
    """Share of the samples that were cut off, 0–1."""
    floor: float
    """Loudness of its quietest tenth."""
    voice: float
    """Loudness of what is speech; `SILENCE` where there is none."""
    speech_s: float
    """Seconds that are speech."""
    noise: Noise
    """What the sound between the words mostly is; "" where it is neither."""


class Gate(Protocol):
    """Tells speech from noise."""

    def score(self, pcm: bytes) -> Sequence[Frame]:
        """What it says of each frame of the next sound: 16-bit mono 16 kHz, whole frames of `FRAME` samples."""
        ...


class Resampler(Protocol):
    """Sound of one rate in, 16 kHz out."""

    def push(self, pcm: bytes) -> bytes:
        """The next block; its tail may come out with a later one."""
        ...


class Meter:
    """Adds up the blocks of one microphone; it keeps figures and a spectrum, never the sound."""

    def __init__(self, gate: Gate, resampler: Callable[[int], Resampler]) -> None:
        """A fresh gate, and what makes a resampler for a rate in hertz."""
        self._gate, self._new_resampler = gate, resampler
        self._resampler: Resampler | None = None
        self._rate = 0
        self._rest = b""
        self._frames: list[Frame] = []
        self._seconds, self._samples, self._clipped, self._peak = 0.0, 0, 0, 0
        self._spectrum = np.zeros(FRAME // 2 + 1)

    def hear(self, block: bytes, rate: int) -> None:
        """Take the next block, 16-bit mono, of so many samples a second."""
        # what was cut off shows only before the resampler rounds it
        loudness = np.abs(np.frombuffer(block, "<i2").astype(np.int32))
        self._samples += len(loudness)
        self._seconds += len(loudness) / rate
        self._clipped += int((loudness >= FULL).sum())
        self._peak = max(self._peak, int(loudness.max(initial=0)))
        self._judge(self._at_16_khz(block, rate))

    @property
    def seconds(self) -> float:
        """Length of what was heard."""
        return self._seconds

    @property
    def loudness(self) -> float:
        """dBFS of the last tenth of a second."""
        return _mean([frame.level for frame in self._frames[-3:]])

    @property
    def speech_s(self) -> float:
        """Seconds of speech so far."""
        return sum(frame.score >= ON for frame in self._frames) * FRAME / RATE

    def level(self) -> Level:
        """What all of it was like."""
        levels = [frame.level for frame in self._frames]
        return Level(
            seconds=self._seconds,
            rms=_mean(levels),
            peak=_decibels((self._peak / 32768) ** 2),
            clipped=self._clipped / max(1, self._samples),
            floor=float(np.percentile(levels, QUIET_TENTH)) if levels else SILENCE,
            voice=_mean([frame.level for frame in self._frames if frame.score >= ON]),
            speech_s=self.speech_s,
            noise=_colour(self._spectrum),
        )

    def _at_16_khz(self, block: bytes, rate: int) -> bytes:
        if self._resampler is None or rate != self._rate:
            self._resampler, self._rate = self._new_resampler(rate), rate
        sound = self._rest + self._resampler.push(block)
        whole = len(sound) // (2 * FRAME) * 2 * FRAME
        self._rest = sound[whole:]
        return sound[:whole]

    def _judge(self, sound: bytes) -> None:
        scored = self._gate.score(sound)
        self._frames += scored
        quiet = np.array([frame.score < OFF for frame in scored], bool)
        between = np.frombuffer(sound, "<i2").reshape(-1, FRAME)[quiet]
        # without the window a strong hum would leak into every band
        power = np.abs(np.fft.rfft(between * np.hanning(FRAME), axis=1)) ** 2
        self._spectrum += power.sum(axis=0)


def _colour(spectrum: NDArray[np.float64]) -> Noise:
    hertz = np.fft.rfftfreq(FRAME, 1 / RATE)
    whole = float(spectrum[1:].sum())  # the first band is an offset, which nobody hears
    if whole and spectrum[1:][hertz[1:] < HUM_HZ].sum() / whole >= HUM_SHARE:
        return "hum"
    if whole and spectrum[hertz >= HISS_HZ].sum() / whole >= HISS_SHARE:
        return "hiss"
    return ""


def _mean(levels: Sequence[float]) -> float:
    """The level of the mean power of these levels."""
    return _decibels(sum(10 ** (level / 10) for level in levels) / len(levels)) if levels else SILENCE


def _decibels(power: float) -> float:
    return max(SILENCE, 10 * math.log10(power)) if power else SILENCE
