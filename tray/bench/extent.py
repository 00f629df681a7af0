"""How much is measured: everything, or as much as fits into a minute."""

from __future__ import annotations

from dataclasses import dataclass

from tray.bench.speech_set import Clip

SEED = 1
"""Chance in the takes on a desktop: which words, how long after the key. The same seed gives the same takes."""


@dataclass(frozen=True, slots=True)
class Extent:
    """One size of the bench."""

    every: int
    """Of the clips in the folder each one (1), each second one (2), and so on."""
    seeds: tuple[int, ...]
    """Clips are joined with a set of pauses for each of these: one set alone moves the rate by half a percent."""
    noise_s: float
    """Seconds of each kind of noise at most."""
    room_s: float
    """Seconds of room noise, and of music, in which no word may be found."""
    longest_s: float
    """Seconds of speech in one take on a desktop at most."""
    toggles: int
    """How often the key is tapped on a desktop."""
    endpoints: int
    """Pieces said in sessions that stay open."""
    releases: int
    """Takes with the key held, to the clipboard, and as many to the editor."""
    closes: int
    """Takes in which the key comes up with the last word."""
    rest_s: float
    """Seconds over which processor time is counted, in each of three ways to do nothing."""

    def of(self, clips: tuple[Clip, ...]) -> tuple[Clip, ...]:
        """The clips that are measured; at least one."""
        return clips[:: self.every]


FULL = Extent(1, (1, 2, 3), 80, 300, longest_s=10, toggles=40, endpoints=40, releases=40, closes=100, rest_s=60)
FAST = Extent(4, (1,), 8, 20, longest_s=3.6, toggles=3, endpoints=2, releases=2, closes=2, rest_s=3)
"""At most a minute on two cores, whether on a desktop or not."""
