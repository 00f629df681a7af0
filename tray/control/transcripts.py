"""What was heard in recordings, put into words for people and programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from tray.core.captions import Cue, cues, spoken, srt, vtt
from tray.core.prose import PARAGRAPH_PAUSE, Entry, Passage, join, plain

Format = Literal["text", "json", "srt", "vtt"]
ENDINGS: dict[Format, str] = {"text": ".txt", "json": ".json", "srt": ".srt", "vtt": ".vtt"}
"""Format → the end of a file's name."""
ESTIMATED = "The times are estimated: this speech model does not measure when a word is said."


@dataclass(frozen=True, slots=True)
class Take:
    """What was heard of one recording: all of it, or as far as it went."""

    path: Path
    seconds: float
    """How much of it was heard."""
    passage: Passage

    @property
    def estimated(self) -> bool:
        """Whether the time of any word is a guess."""
        return any(word.timing == "estimated" for words in spoken(self.passage.entries) for word in words)


def worded(takes: Sequence[Take], form: Format, engine: str) -> str:
    """The content of a file for these takes, without its last line end; captions are those of the only take."""
    wordings: dict[Format, Callable[[], str]] = {
        "text": lambda: "\n\n".join(paragraphs(take, titled=len(takes) > 1) for take in takes),
        "json": lambda: json.dumps([_as_json(take, engine) for take in takes], ensure_ascii=False, indent=1),
        "srt": lambda: srt(_captions(takes)),
        "vtt": lambda: vtt(_captions(takes), note=ESTIMATED if any(take.estimated for take in takes) else ""),
    }
    return wordings[form]()


def paragraphs(take: Take, *, titled: bool) -> str:
    """The text, a new paragraph where the speaker was silent for long; the title is the name of the file."""
    return "\n\n".join(([f"{take.path}:"] if titled else []) + _paragraphs(take.passage.entries))


def _paragraphs(entries: Iterable[Entry]) -> list[str]:
    found: list[str] = []
    end = float("-inf")
    for entry in entries:
        span = entry.segment.span
        if not found or span.start / span.rate - end >= PARAGRAPH_PAUSE:
            found.append("")
        found[-1] = join(found[-1], plain(entry.segment.words)) + entry.mark
        end = span.end / span.rate
    return found


def _captions(takes: Sequence[Take]) -> list[Cue]:
    return cues(words for take in takes for words in spoken(take.passage.entries))


def _as_json(take: Take, engine: str) -> dict[str, object]:
    return {
        "file": str(take.path),
        "seconds": round(take.seconds, 3),
        "engine": engine,
        "text": take.passage.text(),
        "segments": [_segment(entry) for entry in take.passage.entries],
    }


def _segment(entry: Entry) -> dict[str, object]:
    span = entry.segment.span
    return {
        "start": round(span.start / span.rate, 3),
        "end": round(span.end / span.rate, 3),
        "text": plain(entry.segment.words) + entry.mark,
        "words": [_rounded(asdict(word)) for word in entry.segment.words],
    }


def _rounded(word: dict[str, object]) -> dict[str, object]:
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in word.items()}
