"""Plays sound to a hearing and keeps what is written of it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tray.core.prose import Passage, join, plain
from tray.core.speech import FRAME, RATE, AudioChunk, Heard, Mark, Segment
from tray.hearing.hearing import Hearing

LIVE_BLOCK, FILE_BLOCK = FRAME, RATE
"""Samples that come at once from a microphone, and from a file."""


@dataclass(frozen=True, slots=True)
class Take:
    """What became of some sound."""

    parts: tuple[str, ...]
    """The text of each segment as it stands in the whole, with its mark; a space between them makes the text."""
    seconds: float
    """Length of the sound."""
    cpu: float
    """Seconds of processor time, all threads together."""

    @property
    def text(self) -> str:
        """All that was written."""
        return " ".join(self.parts)


def listen(hearing: Hearing, sound: bytes, block: int) -> Take:
    """One session from start to finish; `sound` is 16-bit mono at `RATE`, `block` counts samples."""
    heard: list[Heard] = []
    begun = time.process_time()
    for at in range(0, len(sound), 2 * block):
        heard += hearing.hear(AudioChunk(sound[at : at + 2 * block], at // 2, RATE))
    heard += hearing.finish()
    cpu = time.process_time() - begun
    return Take(tuple(_parts(heard)), len(sound) / 2 / RATE, cpu)


def _parts(heard: Iterable[Heard]) -> list[str]:
    text, parts = "", list[str]()
    for entry in _passage(heard).entries:
        before, text = text, join(text, plain(entry.segment.words)) + entry.mark
        parts.append(text[len(before) :].strip())
    return parts


def _passage(heard: Iterable[Heard]) -> Passage:
    passage = Passage("bench", datetime.now().astimezone())
    for thing in heard:
        if isinstance(thing, Segment):
            passage = passage.add(thing)
        elif isinstance(thing, Mark):
            passage = passage.settle(thing.segment, thing.text)
    return passage
