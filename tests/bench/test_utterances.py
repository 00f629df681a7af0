"""Recordings are cut into pieces that are one segment each, and it is known where speech begins and ends in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tray.bench.speech_set import Clip, read_sound, read_speech
from tray.bench.utterances import utterances
from tray.bench.voice import faint
from tray.core.speech import FRAME, RATE

SPEECH = Path(__file__).parents[1] / "speech"


def clip(*sounds: np.ndarray) -> Clip:
    """One recording of several sounds in a row."""
    return Clip("made", "anna", np.concatenate(sounds).astype("<i2").tobytes(), "", marked=False)


def spoken(name: str) -> np.ndarray:
    """A short recording of one sentence."""
    return np.frombuffer(read_sound(SPEECH / name), "<i2")


def quiet(seconds: float) -> np.ndarray:
    """A room in which nobody speaks."""
    return faint(round(seconds * RATE), np.random.default_rng(3))


def test_there_are_enough_pieces_for_takes_that_differ() -> None:
    found = utterances(read_speech(SPEECH))
    assert len(found) >= 20
    assert sum(3 <= one.seconds <= 10 for one in found) >= 10
    assert all(0 <= one.onset < one.end <= len(one.sound) for one in found)


def test_two_sentences_with_a_long_pause_between_are_two_pieces() -> None:
    one, two = utterances([clip(spoken("sb11.wav"), quiet(1.5), spoken("sb14.wav"), quiet(1))])
    assert 1.5 < one.seconds < 3.1
    assert 1.5 < two.seconds < 2.8


def test_speech_ends_at_the_same_place_however_long_the_room_is_quiet_afterwards() -> None:
    (short,) = utterances([clip(quiet(0.5), spoken("sb14.wav"), quiet(0.6))])
    (long,) = utterances([clip(quiet(0.5), spoken("sb14.wav"), quiet(3.0))])
    assert short.end == pytest.approx(long.end, abs=FRAME)


@pytest.mark.parametrize("name", ["sb11.wav", "sb14.wav", "arc_aew1.wav", "lv0880.wav"])
def test_speech_begins_and_ends_where_it_is_loud(name: str) -> None:
    (one,) = utterances([clip(quiet(0.5), spoken(name), quiet(1))])
    steps = one.sound[: len(one.sound) // 160 * 160].reshape(-1, 160).astype(float).std(axis=1)
    loud = np.flatnonzero(steps > steps.max() / 20) * 160
    assert one.onset == pytest.approx(loud[0], abs=0.2 * RATE)
    assert one.end == pytest.approx(loud[-1], abs=0.2 * RATE)


def test_a_quiet_room_has_no_pieces() -> None:
    assert utterances([clip(quiet(5))]) == []
