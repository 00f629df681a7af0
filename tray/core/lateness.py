"""How far the text is behind what was said, and how long the rest of it will take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NOTICEABLE = 2.0
"""Seconds below which nothing is said: an ear that starts, or decodes a long segment, is as late on any machine."""
CAUGHT_UP = 1.0
"""Seconds below which it is no longer said, so that it does not come and go around the limit."""


@dataclass(frozen=True, slots=True)
class Late:
    """What is said about it; zeros where there is nothing to say."""

    behind_s: int = 0
    """Seconds of sound that nobody has listened to yet."""
    left_s: int = 0
    """Seconds until the text of finished sessions is complete, estimated."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Sound that got its fate while there was always more to do."""

    sound_s: float
    took_s: float


def behind(waiting_s: float, shown: int) -> int:
    """Seconds to be shown for so much sound that waits, where so many are shown now."""
    return rough(waiting_s) if waiting_s >= (CAUGHT_UP if shown else NOTICEABLE) else 0


def speed(judged: Sequence[Judged]) -> float | None:
    """Seconds of sound judged in a second; None where that was not measured."""
    took = sum(one.took_s for one in judged)
    return sum(one.sound_s for one in judged) / took if took > 0 else None


def left(sound_s: float, measured: float | None, since_s: float) -> int:
    """Seconds until so much sound is judged at a measured speed, the last fate being so long ago; 0: not worth a word.

    Once it takes longer than it should, a second is left: that it goes on is all that can be said.
    """
    if not measured or sound_s / measured < NOTICEABLE:
        return 0
    return max(1, rough(sound_s / measured - since_s))


def rough(seconds: float) -> int:
    """As exact as a person wants it, so that it does not change at every look: whole seconds, from 20 on fives."""
    return round(seconds) if seconds < 20 else 5 * round(seconds / 5)


def duration(seconds: float) -> str:
    """For people: `40 s`, and minutes from two on."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def farewell(kept_s: float, *, safe: bool) -> str:
    """What is said of sound without text when the program ends, `safe` if the disk has it; empty: there is none."""
    if kept_s <= 0:
        return ""
    much = f"{max(1, round(kept_s))} s of sound"
    return (
        f"{much} will be written at the next start" if safe else f"{much} could not be kept: the disk does not take it"
    )
