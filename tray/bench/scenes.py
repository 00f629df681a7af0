"""Clips as somebody would dictate them: alone, or one after the other with pauses between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, zip_longest

import numpy as np
from numpy.typing import NDArray

from tray.bench.speech_set import Clip
from tray.core.speech import RATE

Sound = NDArray[np.int16]

PAUSES = (0.8, 2.0)
"""Seconds between the clips of one speaker, shortest and longest."""
HESITATION = (0.6, 1.35)
"""Seconds to which each pause inside a clip is lengthened: the longest of 63 natural ones inside sentences was 1.35."""
PAUSE, DEPTH = 15, 25.0
"""Frames of 10 ms in a row that many dB below the loud ones make a pause."""
QUIET = RATE // 5
"""Samples at a clip's quietest place that tell how its room sounds."""
GRAIN = RATE // 20
"""Samples of that place which are strewn over a pause at a time."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Sound to be heard in one session, and what is said in it."""

    name: str
    sound: bytes
    """16-bit mono at `RATE`."""
    reference: str
    marked: bool
    """The reference has its marks and capitals."""


def alone(clip: Clip) -> Scene:
    """One clip as it is."""
    return Scene(clip.name, clip.sound, clip.reference, clip.marked)


def joined(clips: Sequence[Clip], seed: int) -> Iterator[Scene]:
    """A scene for each speaker: their clips, with pauses of their own room noise; the same for the same seed."""
    speakers = dict.fromkeys(clip.speaker for clip in clips)
    for number, speaker in enumerate(speakers):
        own = [clip for clip in clips if clip.speaker == speaker]
        rng = np.random.default_rng((seed, number))
        yield apart(own, tones(own, pauses(len(own) - 1, PAUSES, rng), rng)) if len(own) > 1 else alone(own[0])


def hesitating(clip: Clip, seed: int) -> Scene:
    """A clip whose speaker stops to think wherever they paused at all; the same for the same seed."""
    rng = np.random.default_rng(seed)
    sound = np.frombuffer(clip.sound, "<i2")
    found = _pauses_inside(sound.astype(np.float64))
    lengths = pauses(len(found), HESITATION, rng)
    tone = [room_tone(clip.sound, max(0, length - (b - a)), rng) for (a, b), length in zip(found, lengths, strict=True)]
    parts = np.split(sound, [(a + b) // 2 for a, b in found])
    together = chain.from_iterable(zip_longest(parts, tone, fillvalue=sound[:0]))
    return Scene(f"{clip.name}, hesitating", np.concatenate(list(together)).tobytes(), clip.reference, clip.marked)


def apart(clips: Sequence[Clip], gaps: Sequence[Sound]) -> Scene:
    """Clips with these gaps between them, one less than there are clips."""
    names = f"{clips[0].name}–{clips[-1].name}"
    sounds = chain.from_iterable(zip_longest((clip.sound for clip in clips), (gap.tobytes() for gap in gaps)))
    reference = " ".join(clip.reference for clip in clips)
    return Scene(names, b"".join(s for s in sounds if s), reference, all(clip.marked for clip in clips))


def pauses(count: int, between: tuple[float, float], rng: np.random.Generator) -> list[int]:
    """Lengths in samples, evenly spread between two lengths in seconds."""
    shortest, longest = between
    return [round(seconds * RATE) for seconds in rng.uniform(shortest, longest, count)]


def tones(clips: Sequence[Clip], lengths: Sequence[int], rng: np.random.Generator) -> list[Sound]:
    """Gaps of these lengths in samples, each sounding like the room of the clip behind it."""
    return [room_tone(clip.sound, length, rng) for clip, length in zip(clips[1:], lengths, strict=True)]


def room_tone(sound: bytes, count: int, rng: np.random.Generator) -> Sound:
    """`count` samples of noise made of the quietest 0.2 s of a clip, in overlapping grains so that nothing repeats."""
    quiet = _quietest(np.frombuffer(sound, "<i2").astype(np.float64))
    offset = quiet.mean()
    # its squares and those of its neighbour, half a grain away, add up to one: the noise is equally loud everywhere
    window = np.sin(np.pi * (np.arange(GRAIN) + 0.5) / GRAIN)
    tone = np.zeros(count + 2 * GRAIN)
    for at in range(0, count + GRAIN, GRAIN // 2):
        start = rng.integers(0, len(quiet) - GRAIN)
        tone[at : at + GRAIN] += (quiet[start : start + GRAIN] - offset) * window
    return as_pcm(tone[GRAIN // 2 : GRAIN // 2 + count] + offset)


def as_pcm(sound: NDArray[np.float64]) -> Sound:
    """Rounded to 16 bits; what is too loud is clipped."""
    return np.clip(np.rint(sound), -32768, 32767).astype("<i2")


def _quietest(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    power = np.concatenate([[0.0], np.cumsum(sound**2)])
    start = int((power[QUIET:] - power[:-QUIET]).argmin())
    return sound[start : start + QUIET]


def _pauses_inside(sound: NDArray[np.float64]) -> list[tuple[int, int]]:
    """First and last sample of each pause that has speech before and behind it."""
    step = RATE // 100
    frames = sound[: len(sound) // step * step].reshape(-1, step)
    level = 10 * np.log10((frames**2).mean(axis=1) + 1)
    loud = np.flatnonzero(level > np.percentile(level, 95) - DEPTH)
    return [((int(a) + 1) * step, int(b) * step) for a, b in pairwise(loud) if b - a > PAUSE]
