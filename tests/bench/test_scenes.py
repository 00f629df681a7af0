"""Clips in a row: every sample is where it should be, and the same seed gives the same sound."""

from __future__ import annotations

import numpy as np
import pytest

from tray.bench.noises import KINDS, MADE, ROOM, SECONDS, between, make_noise, sentences
from tray.bench.scenes import Scene, apart, joined, room_tone
from tray.bench.speech_set import Clip
from tray.core.speech import RATE


def clip(name: str, speaker: str, seconds: float, *, marked: bool = True) -> Clip:
    """A loud tone with 0.3 s of faint hiss behind it."""
    rng = np.random.default_rng(len(name))
    tone = 8000 * np.sin(np.arange(int(seconds * RATE)) / 7)
    hiss = 40 * rng.standard_normal(RATE * 3 // 10)
    return Clip(name, speaker, np.concatenate([tone, hiss]).astype("<i2").tobytes(), f"The text of {name}.", marked)


ANNA = (clip("anna1", "anna", 1.0), clip("anna22", "anna", 2.0), clip("anna333", "anna", 0.5))
BEN = clip("ben1", "ben", 1.5)
CLIPS = (ANNA[0], BEN, ANNA[1], ANNA[2])


def gap_lengths(scene: Scene, clips: tuple[Clip, ...]) -> list[int]:
    """Samples between the clips of a scene, in which the clips stand unchanged."""
    lengths: list[int] = []
    assert scene.sound.startswith(clips[0].sound)
    end = len(clips[0].sound)
    for one in clips[1:]:
        start = scene.sound.index(one.sound, end)
        lengths.append((start - end) // 2)
        end = start + len(one.sound)
    assert end == len(scene.sound)
    return lengths


def test_each_speakers_clips_stand_in_a_row_with_pauses_of_0_8_to_2_seconds() -> None:
    anna, ben = joined(CLIPS, seed=1)
    assert all(0.8 * RATE <= length <= 2 * RATE for length in gap_lengths(anna, ANNA))
    assert ben.sound == BEN.sound
    assert anna.reference == "The text of anna1. The text of anna22. The text of anna333."


def test_the_same_seed_gives_the_same_scenes_and_another_seed_others() -> None:
    assert list(joined(CLIPS, seed=1)) == list(joined(CLIPS, seed=1))
    assert next(joined(CLIPS, seed=1)).sound != next(joined(CLIPS, seed=2)).sound


def test_one_clip_without_marks_takes_its_row_out_of_those_with_marks() -> None:
    row = (ANNA[0], clip("anna4", "anna", 1.0, marked=False))
    assert [scene.marked for scene in joined((*row, BEN), seed=1)] == [False, True]


def test_gaps_are_put_in_to_the_sample() -> None:
    gaps = [np.full(3, 7, np.int16), np.full(5, 9, np.int16)]
    wanted = ANNA[0].sound + gaps[0].tobytes() + ANNA[1].sound + gaps[1].tobytes() + ANNA[2].sound
    assert apart(ANNA, gaps).sound == wanted


def test_a_pause_sounds_as_loud_as_the_quietest_place_of_the_clip_from_its_first_sample_to_its_last() -> None:
    tone = room_tone(BEN.sound, 2 * RATE, np.random.default_rng(0)).astype(float)
    assert len(tone) == 2 * RATE
    for part in np.split(tone, 80):
        assert part.std() == pytest.approx(40, rel=0.25)


@pytest.mark.parametrize("kind", MADE)
def test_each_noise_is_always_the_same_and_has_its_length(kind: str) -> None:
    noise = make_noise(kind)
    assert (noise == make_noise(kind)).all()
    assert (len(noise), noise.dtype) == (SECONDS * RATE, np.int16)


def test_noises_with_the_room_recordings_last_ten_minutes() -> None:
    assert set(KINDS) - set(MADE) == {ROOM}
    assert len(MADE) * SECONDS + 78 == pytest.approx(600, abs=5)


@pytest.mark.parametrize(("kind", "dbfs"), [("hum", -40), ("hiss_faint", -60), ("hiss", -50), ("hiss_loud", -40)])
def test_a_noise_is_as_loud_as_it_says(kind: str, dbfs: float) -> None:
    level = 20 * np.log10(make_noise(kind).astype(float).std() / 32768)
    assert level == pytest.approx(dbfs, abs=0.2)


def test_noise_between_sentences_lasts_as_long_as_the_quiet_it_is_compared_with() -> None:
    noise = make_noise("clicks")
    noisy, quiet = between(ANNA, noise), between(ANNA, None)
    assert gap_lengths(noisy, ANNA) == gap_lengths(quiet, ANNA)
    first = gap_lengths(noisy, ANNA)[0]
    assert noisy.sound[len(ANNA[0].sound) :].startswith(noise[:first].tobytes())
    assert noisy.sound != quiet.sound


def test_the_shortest_clips_serve_as_sentences_in_their_order() -> None:
    long = clip("long", "cleo", 29)
    assert sentences((ANNA[1], long, BEN, ANNA[0])) == [ANNA[1], BEN, ANNA[0]]
    assert sentences((long, BEN)) == [long, BEN]
