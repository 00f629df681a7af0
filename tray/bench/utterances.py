"""Pieces of real speech, each of which is one segment, and where its first and its last sound are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from tray.audio.gate import Network, SileroGate, load_network
from tray.bench.scenes import Sound
from tray.bench.speech_set import Clip
from tray.bench.voice import faint
from tray.core.segmenter import LEAD, OFF, Closed, Frame, Opened, Policy, Segmenter
from tray.core.speech import FRAME, RATE
from tray.system.assets import asset_folder

LENGTHS = (1.0, 11.0)
"""Seconds of the shortest and the longest piece."""
QUIET = RATE // 2
"""Samples of faint noise before and behind a piece while its borders are looked for."""
GRIDS = 4
"""The gate looks at frames of 32 ms; it looks this often, each time a part of a frame later, and the median counts."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Somebody says something and stops."""

    sound: Sound
    """Mono at `RATE`."""
    onset: int
    """Sample at which they begin."""
    end: int
    """One past the sample at which they stop."""
    reference: str
    """True text of the recording that it is a part of."""

    @property
    def seconds(self) -> float:
        """How long they speak."""
        return (self.end - self.onset) / RATE


def utterances(clips: Sequence[Clip]) -> list[Utterance]:
    """Every piece in these clips that the gate and the segmenter, offline, take for one segment.

    What was cut in mid-speech because it went on for too long is left out. Raises ModelError.
    """
    network = load_network(asset_folder("models") / "silero-vad" / "silero_vad.onnx")
    pieces = [(piece, clip.reference) for clip in clips for piece in _pieces(clip, network)]
    found = (_measured(piece, reference, network) for piece, reference in pieces)
    return [one for one in found if one and LENGTHS[0] <= one.seconds <= LENGTHS[1]]


def _pieces(clip: Clip, network: Network) -> Iterator[Sound]:
    sound = np.frombuffer(clip.sound, "<i2")
    borders = _borders(_scores(sound, network))
    for before, (opened, end, whole) in pairwise([(0, 0, True), *borders]):
        if whole and before[2]:
            yield sound[opened:end]


def _borders(frames: Sequence[Frame]) -> list[tuple[int, int, bool]]:
    """Start and end of each segment, and whether it ended by itself."""
    segmenter, start = Segmenter(Policy(foresee_s=None)), 0
    found: list[tuple[int, int, bool]] = []
    total = len(frames) * FRAME
    for now, frame in enumerate(frames, 1):
        borders = segmenter.step(frame) + (segmenter.finish(total) if now == len(frames) else ())
        cut = any(isinstance(border, Opened) and border.pause == 0 for border in borders)
        for border in borders:
            if isinstance(border, Opened):
                start = border.start
            elif isinstance(border, Closed):
                found.append((start, border.end, not cut))
    return found


def _measured(piece: Sound, reference: str, network: Network) -> Utterance | None:
    """None where the gate disagrees with itself about the number of segments."""
    rng = np.random.default_rng(len(piece))
    heard = np.concatenate([faint(QUIET, rng), piece, faint(2 * QUIET, rng)])
    onsets: list[int] = []
    ends: list[int] = []
    for shift in range(0, FRAME, FRAME // GRIDS):
        frames = _scores(heard[shift:], network)
        borders = _borders(frames)
        if len(borders) != 1:
            return None
        onsets.append(borders[0][0] + LEAD + shift - QUIET)
        voiced = [number for number, frame in enumerate(frames, 1) if frame.score >= OFF]
        ends.append(voiced[-1] * FRAME + shift - QUIET)
    return Utterance(piece, max(0, round(median(onsets))), min(len(piece), round(median(ends))), reference)


def _scores(sound: Sound, network: Network) -> list[Frame]:
    whole = sound[: len(sound) // FRAME * FRAME]
    return SileroGate(network).score(whole.tobytes())
