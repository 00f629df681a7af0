"""Recordings of real speech with what is said in them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from tray.audio.files import open_recording
from tray.audio.resample import Resampler
from tray.core.failures import UsageError
from tray.core.prose import SENTENCE_MARKS
from tray.core.speech import RATE

SHORTEST = 0.3
"""Seconds below which a recording holds no sentence."""
_COLUMNS = ("file", "speaker", "reference")
_REMEDY = "Give a folder with recordings and a manifest.tsv that has the columns file, speaker and reference"


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording and its true text."""

    name: str
    speaker: str
    sound: bytes
    """16-bit mono at `RATE`."""
    reference: str
    marked: bool
    """The reference has its marks and capitals; otherwise only its words count."""

    @property
    def samples(self) -> int:
        """Length at `RATE`."""
        return len(self.sound) // 2


def read_speech(folder: Path) -> tuple[Clip, ...]:
    """Every recording that manifest.tsv lists; marks.tsv, where there is one, has better references for some.

    Raises UsageError.
    """
    rows = _table(folder / "manifest.tsv", _COLUMNS)
    if not rows:
        raise UsageError(f"{folder / 'manifest.tsv'} lists no recordings", _REMEDY)
    marks = folder / "marks.tsv"
    marked = {row["file"]: row["marked"] for row in _table(marks, ("file", "marked"))} if marks.exists() else {}
    return tuple(_clip(folder, row, marked.get(row["file"])) for row in rows)


def _table(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {error}", _REMEDY) from error
    for number, row in enumerate(rows, 2):
        if any(not row.get(column) for column in columns):
            raise UsageError(f"{path}, line {number}: one of {', '.join(columns)} is missing", _REMEDY)
    return rows


def _clip(folder: Path, row: dict[str, str], marked: str | None) -> Clip:
    sound = read_sound(folder / row["file"])
    if len(sound) < SHORTEST * RATE * 2:
        raise UsageError(f"{folder / row['file']} is shorter than {SHORTEST} s", "Leave it out of manifest.tsv")
    reference = marked or row["reference"]
    return Clip(row["file"], row["speaker"], sound, reference, marked is not None or _looks_marked(reference))


def _looks_marked(reference: str) -> bool:
    return reference != reference.lower() and any(mark in reference for mark in SENTENCE_MARKS + ",;:")


def read_sound(path: Path) -> bytes:
    """A recording as 16-bit mono at `RATE`. Raises UsageError."""
    parts: list[bytes] = []
    resampler: Resampler | None = None
    for chunk in open_recording(path).chunks():
        resampler = resampler or Resampler(chunk.rate)
        parts.append(resampler.push(chunk.pcm))
    return b"".join(parts) + (resampler.flush() if resampler else b"")
