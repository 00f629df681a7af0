"""The text of a session as it grows: joining, marks, strikes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from tray.core.speech import Segment, Word

SENTENCE_MARKS = ".?!"
PARAGRAPH_PAUSE = 10.0
"""Seconds without speech after which a new paragraph begins."""


def plain(words: Iterable[Word]) -> str:
    """The words of one segment with single spaces between them."""
    return " ".join(word.text for word in words)


def capital(text: str) -> str:
    """The text with its first letter in upper case, leaving anything before that letter alone."""
    for at, letter in enumerate(text):
        if letter.isalnum():
            return text[:at] + letter.upper() + text[at + 1 :]
    return text


def join(before: str, text: str) -> str:
    """Put text behind what stands before it: one space, and a capital after the end of a sentence."""
    if not text:
        return before
    if not before:
        return capital(text)
    ended = before.rstrip("\"'”’)")[-1:] in SENTENCE_MARKS
    return f"{before} {capital(text) if ended else text}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One segment as it stands in the text."""

    segment: Segment
    mark: str
    """After its last word."""
    settled: bool
    """The mark cannot change any more."""
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """All that one session has said so far."""

    session: str
    """Unique name of the session, safe in file names."""
    begun: datetime
    """When its first sample was captured, with the offset from UTC."""
    entries: tuple[Entry, ...] = ()

    def text(self) -> str:
        """What a person reads: struck segments left out, held marks shown."""
        return _running(entry for entry in self.entries if not entry.struck)

    def last(self) -> Entry | None:
        """The newest segment that is not struck."""
        return next((entry for entry in reversed(self.entries) if not entry.struck), None)

    def add(self, segment: Segment) -> Passage:
        """With a new segment at its end, its mark held."""
        return replace(self, entries=(*self.entries, Entry(segment, segment.held, settled=False)))

    def settle(self, number: int, mark: str) -> Passage:
        """With the mark of a segment settled; a settled one stays as it is."""
        return self._changed(number, lambda entry: entry if entry.settled else replace(entry, mark=mark, settled=True))

    def strike(self, number: int) -> Passage:
        """With a segment struck and its mark settled."""
        return self._changed(number, lambda entry: replace(entry, struck=True, settled=True))

    def cancel(self) -> Passage:
        """With every segment struck, and marks that were still held settled empty."""
        entries = tuple(
            replace(entry, mark=entry.mark if entry.settled else "", settled=True, struck=True)
            for entry in self.entries
        )
        return replace(self, entries=entries)

    def _changed(self, number: int, change: Callable[[Entry], Entry]) -> Passage:
        entries = tuple(change(e) if e.segment.number == number else e for e in self.entries)
        return replace(self, entries=entries)


def _running(entries: Iterable[Entry]) -> str:
    text = ""
    for entry in entries:
        text = join(text, plain(entry.segment.words)) + entry.mark
    return text


class Act(Enum):
    """What happened to a session's text."""

    BEGAN = "began"
    SEGMENT = "segment"
    MARK = "mark"
    STRIKE = "strike"
    ENDED = "ended"
    CANCELLED = "cancelled"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Change:
    """One step in the life of a passage."""

    act: Act
    passage: Passage
    """As it stands after the change."""
    entry: Entry | None = None
    """The segment it is about; None when the session began, ended or was cancelled, and for a guess."""
    guess: str = ""
    """What seems to be said behind the text; it may be taken back, so only places that take back show it."""
