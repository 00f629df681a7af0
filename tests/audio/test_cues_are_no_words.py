"""Tones that tell when it listens are never taken for words and change none, however loud the microphone hears them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soxr

from tests.audio.test_gate import ROOMS, samples, scored
from tests.audio.tones import CUES, Sounds, pcm, wave
from tests.engines.spoken import MOONSHINE, clip
from tests.hearing.test_real_speech import hear, text
from tray.audio.cues import LOUDNESS, RATE, start_cue
from tray.core.segmenter import OFF
from tray.engines.moonshine.engine import MoonshineEngine

SHORT = ["sb11", "sb12", "sb13", "sb14", "sb15", "quilter", "lv0880", "lv0890", "lv0930"]
SHORT += ["arc_aew1", "arc_aew2", "arc_aew3"]
"""All recordings of up to six seconds."""
ROOM = 8000
"""Samples of room tone before somebody speaks."""
CALM = 0.12
"""A room that scores at least this much anywhere near was about to open the gate by itself."""


def heard_at(cue: Callable[[], bytes], loudness: float) -> Sounds:
    """A cue as a microphone hears it, 16 kHz, its mean at so many dBFS."""
    return soxr.resample(wave(cue()), RATE, 16_000) * 10 ** ((loudness - LOUDNESS) / 20)


def mixed(sound: Sounds, cue: Sounds, *places: int) -> Sounds:
    """Sound with the cue in it, beginning at these samples."""
    both = sound.copy()
    for place in places:
        both[place : place + len(cue)] += cue
    return both


@CUES
@pytest.mark.parametrize("loudness", [-60, -50, -40, -30, -20])
@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.stem)
def test_no_loudness_of_a_cue_opens_the_gate_in_a_room(cue: Callable[[], bytes], loudness: int, room: Path) -> None:
    alone = wave(samples(room))[: 16_000 * 20]
    tone = heard_at(cue, loudness)
    places = [at + shift % 1000 for shift, at in enumerate(range(8000, len(alone) - 16_000, 19_777))]
    before = np.array([frame.score for frame in scored(pcm(alone))])
    after = np.array([frame.score for frame in scored(pcm(mixed(alone, tone, *places)))])
    calm = np.array([before[max(0, at - 30) : at + 30].max() < CALM for at in range(len(before))])
    assert calm.sum() > 30
    assert after[calm].max() < OFF


def test_a_tone_of_ordinary_pitch_would_open_it() -> None:
    at = np.arange(16_000 // 8) / 16_000
    beep = 0.1 * np.sin(2 * np.pi * 440 * at) * np.hanning(len(at))
    room = wave(samples(ROOMS[2]))
    assert max(frame.score for frame in scored(pcm(room))) < OFF
    assert max(frame.score for frame in scored(pcm(mixed(room, beep, *range(8000, len(room) - 8000, 9000))))) > OFF


@pytest.fixture(scope="module")
def engine() -> MoonshineEngine:
    """The default engine."""
    return MoonshineEngine(MOONSHINE)


def words_of(engine: MoonshineEngine, sound: Sounds) -> list[str]:
    """What a person would read, marks and capitals left out; one word may be written in two ways."""
    return re.findall(r"[a-z0-9']+", text(hear(engine, pcm(sound))).lower().replace("20th", "twentieth"))


def changed(engine: MoonshineEngine, name: str, *places: Callable[[Sounds], int]) -> list[bool]:
    """For each place, at three loudnesses: whether the start cue there changes a word of this recording."""
    room, speech = np.random.default_rng(0).normal(0, 3e-4, ROOM), wave(clip(name))
    sound = np.concatenate([room, speech])
    expected = words_of(engine, sound)
    assert expected
    tones = [heard_at(start_cue, loudness) for loudness in (-50, -40, -30)]
    return [words_of(engine, mixed(sound, tone, place(speech))) != expected for tone in tones for place in places]


@pytest.mark.parametrize("name", SHORT)
def test_no_word_changes_when_the_start_cue_sounds_before_it(engine: MoonshineEngine, name: str) -> None:
    assert not any(changed(engine, name, lambda _: 1600, lambda _: 5000))


def test_a_start_cue_over_the_words_hardly_ever_changes_one(engine: MoonshineEngine) -> None:
    beginning, over = (
        (lambda _: ROOM - 960, lambda _: ROOM),
        (lambda s: ROOM + len(s) // 3, lambda s: ROOM + len(s) // 2),
    )
    takes = [take for name in SHORT for take in changed(engine, name, *beginning, *over)]
    assert sum(takes) <= len(takes) / 20
