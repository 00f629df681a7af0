"""Sound without a word in it: whatever is written of it was invented."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tray.bench.scenes import Scene, Sound, apart, as_pcm, pauses, tones
from tray.bench.speech_set import Clip, read_sound
from tray.core.speech import RATE

Wave = NDArray[np.float64]

SECONDS = 65
"""Of each noise that is made here; with 78 s of the room noise in tests/noise it is ten minutes of them."""
GAPS = (2.0, 5.0)
"""Seconds of noise between two sentences, shortest and longest."""
SENTENCES = 30 * RATE
"""About so many samples of speech, the shortest clips, have noise put between them."""
_FLOOR = -70.0
"""dBFS of the faint hiss behind clicks and breath, as a quiet microphone has it."""


def make_noise(kind: str) -> Sound:
    """`SECONDS` of one of `MADE`, always the same."""
    wave = MADE[kind](SECONDS * RATE, np.random.default_rng(sum(kind.encode())))
    return as_pcm(wave * 32768)


def read_rooms(folder: Path) -> Sound | None:
    """The recordings of room noise in a folder, end to end; None where there are none. Raises UsageError."""
    rooms = [read_sound(path) for path in sorted(folder.glob("*.wav"))]
    return np.frombuffer(b"".join(rooms), "<i2") if rooms else None


def lasting(sound: Sound, count: int) -> Sound:
    """So many samples of a recording, from its start again where it is too short."""
    return np.resize(sound, count)


def sentences(clips: Sequence[Clip]) -> list[Clip]:
    """The shortest clips in their order, up to `SENTENCES`; at least two if there are so many."""
    chosen: list[Clip] = []
    for clip in sorted(clips, key=lambda clip: clip.samples):
        if len(chosen) < 2 or sum(one.samples for one in chosen) + clip.samples <= SENTENCES:
            chosen.append(clip)
    return [clip for clip in clips if clip in chosen]


def between(clips: Sequence[Clip], noise: Sound | None) -> Scene:
    """Sentences with this noise in the pauses, or with the quiet of their own rooms: the pauses are equally long."""
    rng = np.random.default_rng(1)
    lengths = pauses(len(clips) - 1, GAPS, rng)
    if noise is None:
        return apart(clips, tones(clips, lengths, rng))
    starts = np.cumsum([0, *lengths[:-1]])
    return apart(clips, [noise.take(range(a, a + n), mode="wrap") for a, n in zip(starts, lengths, strict=True)])


def _hiss(level: float) -> Callable[[int, np.random.Generator], Wave]:
    return lambda count, rng: _at(rng.standard_normal(count), level)


def _silence(count: int, _: np.random.Generator) -> Wave:
    return np.zeros(count)


def _hum(count: int, rng: np.random.Generator) -> Wave:
    """The mains and its overtones."""
    overtones = np.arange(1, 13)[:, None]
    phases = 2 * np.pi * (50 * overtones * _time(count) + rng.uniform(0, 1, (12, 1)))
    return _at((np.sin(phases) / overtones).sum(axis=0), -40) + _hiss(_FLOOR)(count, rng)


def _fan(count: int, rng: np.random.Generator) -> Wave:
    """A rush that falls with frequency, the tone of the blades, and a slow swell."""
    rush = _filtered(count, rng, lambda hertz: 1 / (1 + (hertz / 150) ** 1.5))
    blades = np.sin(2 * np.pi * 120 * _time(count) + 0.4 * np.sin(2 * np.pi * 0.25 * _time(count)))
    swell = 1 + 0.2 * np.sin(2 * np.pi * 0.6 * _time(count))
    return _at((_at(rush, 0) + 0.5 * blades) * swell, -42)


def _clicks(count: int, rng: np.random.Generator) -> Wave:
    """Somebody types: two bursts for each key, now fast, now with a stop to think."""
    burst, length = _filtered(count, rng, _band(1200, 7000)), RATE // 40
    fade = np.exp(-np.arange(length) / (0.003 * RATE))
    wave, at = _hiss(_FLOOR)(count, rng), 0
    while at < count - RATE // 4:
        loud = rng.uniform(-28, -16)
        for later, level in ((0, loud), (int(rng.uniform(0.06, 0.12) * RATE), loud - 8)):
            start = at + later
            wave[start : start + length] += _at(burst[start : start + length], level) * fade
        at += int(RATE * (rng.uniform(0.1, 0.3) if rng.random() < 0.95 else rng.uniform(1, 4)))
    return wave


def _breath(count: int, rng: np.random.Generator) -> Wave:
    """Breathing close to the microphone, in and out."""
    air = _filtered(count, rng, _band(400, 3500))
    wave, at = _hiss(_FLOOR)(count, rng), RATE
    while at < count - 2 * RATE:
        length = int(rng.uniform(0.4, 1.3) * RATE)
        swell = np.sin(np.pi * np.arange(length) / length) ** 1.5
        wave[at : at + length] += _at(air[at : at + length], rng.uniform(-46, -34)) * swell
        at += length + int(rng.uniform(0.5, 3) * RATE)
    return wave


MADE: dict[str, Callable[[int, np.random.Generator], Wave]] = {
    "silence": _silence,
    "hum": _hum,
    "hiss_faint": _hiss(-60),
    "hiss": _hiss(-50),
    "hiss_loud": _hiss(-40),
    "fan": _fan,
    "clicks": _clicks,
    "breath": _breath,
}
ROOM = "room"
KINDS = (*MADE, ROOM)
MUSIC = "music"
_GAMES = Path("/usr/share/games")
MUSIC_FILES = (
    *(_GAMES / f"frozen-bubble/snd/{name}.ogg" for name in ("introzik", "frozen-mainzik-1p", "frozen-mainzik-2p")),
    *(_GAMES / f"asc/music/{name}.mp3" for name in ("frontiers", "machine_wars", "time_to_strike")),
)
"""Music without singing, where the Debian packages frozen-bubble-data and asc-music (both GPL-2+) put it."""


def _time(count: int) -> Wave:
    return np.arange(count) / RATE


def _filtered(count: int, rng: np.random.Generator, gain: Callable[[Wave], Wave]) -> Wave:
    """White noise, each frequency in hertz made louder by `gain`."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hertz = np.linspace(0, RATE / 2, len(spectrum))
    return np.fft.irfft(spectrum * gain(hertz), count)


def _band(low: float, high: float) -> Callable[[Wave], Wave]:
    return lambda hertz: np.where((hertz > low) & (hertz < high), 1.0, 0.0)


def _at(wave: Wave, level: float) -> Wave:
    """At so many dBFS, full scale being 1."""
    return wave * 10 ** (level / 20) / np.sqrt(np.mean(wave**2))
