"""Who dictates all day long needs no more memory than who dictates for a minute."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.engines.spoken import MOONSHINE, clip
from tray.core.speech import RATE
from tray.engines.moonshine.model import MoonshineModel
from tray.system.memory import give_back

SECONDS = (5, 10, 15)
"""The longest comes last, since room for it is then there for all others."""
LITTLE = 15.0
"""Megabytes; a second copy of what the longest sound needs takes 40."""


def test_sound_of_lengths_that_were_heard_before_takes_no_more_memory() -> None:
    model = MoonshineModel(MOONSHINE)
    sound = np.frombuffer(clip("jfk") + clip("sb13") + clip("sb14"), "<i2").astype(np.float32) / np.float32(32768)
    once = say_all(model, sound)
    assert say_all(model, sound) - once < LITTLE


def test_what_decoding_needed_for_a_moment_is_given_back_at_the_end_of_a_session() -> None:
    pieces = [bytes(60_000) for _ in range(1000)]  # below the size that glibc asks the system for one by one
    roof, before = bytearray(60_000), resident_mb()  # above them, so that the heap cannot simply shrink
    del pieces
    give_back()
    assert resident_mb() < before - 40
    assert roof


def say_all(model: MoonshineModel, sound: np.ndarray[tuple[int], np.dtype[np.float32]]) -> float:
    """Megabytes of this process after sound of each length was decoded."""
    for seconds in SECONDS:
        assert model.decode(sound[: seconds * RATE], seconds * RATE)
    return resident_mb()


def resident_mb() -> float:
    """Megabytes of this process that lie in memory."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Rss:"))
