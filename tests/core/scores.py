"""Frames as a gate would score them, and all that the segmenter says of them."""

from __future__ import annotations

from collections.abc import Sequence

from tray.core.segmenter import Border, Closed, Frame, Opened, Paused, Policy, Segmenter
from tray.core.speech import FRAME, RATE

LIVE = Policy(endpoint_s=0.5, longest_s=10.0, cut_from_s=5.0)
TAIL = round(LIVE.tail_s * RATE)
LOUD, QUIET = -20.0, -60.0
ONSET = 20 * FRAME
"""Where speech begins after `quiet(20)`."""


def frames(score: float, count: int, level: float = LOUD) -> list[Frame]:
    """So many frames that all sound the same."""
    return [Frame(score, level)] * count


def speech(count: int) -> list[Frame]:
    """Frames in which somebody surely speaks."""
    return frames(0.9, count)


def quiet(count: int) -> list[Frame]:
    """Frames in which surely nobody speaks."""
    return frames(0.0, count, QUIET)


def silent_for(seconds: float) -> list[Frame]:
    """The fewest quiet frames that last so long."""
    return quiet(-int(-seconds * RATE // FRAME))


def every_border(sound: Sequence[Frame], policy: Policy = LIVE, rest: int = 0) -> list[Border]:
    """All that is said of a session that ends `rest` samples behind its last frame."""
    segmenter = Segmenter(policy)
    borders = [border for frame in sound for border in segmenter.step(frame)]
    return [*borders, *segmenter.finish(len(sound) * FRAME + rest)]


def cut(sound: Sequence[Frame], policy: Policy = LIVE, rest: int = 0) -> list[Border]:
    """Its beginnings and ends."""
    return [border for border in every_border(sound, policy, rest) if not isinstance(border, Paused)]


def opened(borders: Sequence[Border]) -> list[Opened]:
    """The beginnings alone."""
    return [border for border in borders if isinstance(border, Opened)]


def closed(borders: Sequence[Border]) -> list[Closed]:
    """The ends alone."""
    return [border for border in borders if isinstance(border, Closed)]
