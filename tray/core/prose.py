"""The text of a session as it grows: joining, marks, strikes."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import assert_never

from tray.core.speech import Heard, Hypothesis, Mark, Quiet, Segment, Skipped, Word

SENTENCE_MARKS = ".?!"
PARAGRAPH_PAUSE = 10.0
"""Seconds without speech after which a new paragraph begins."""
_LINE_ENDS = re.compile("[\t-\r\x85\u2028\u2029]")
_ACTING = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff"  # keys and commands for terminals; halves of characters
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # the direction of reading
    "\ufff9-\ufffb\U000e0000-\U000e007f]"  # notes and tags that nobody sees
)


def one_line(text: str) -> str:
    """The same text with nothing in it that ends a line, steers a terminal, hides or turns the direction of reading."""
    # nearly every text is printable, and that is known at once
    return text if text.isprintable() else _ACTING.sub("", _LINE_ENDS.sub(" ", text))


def harmless(heard: Heard) -> Heard:
    """What was heard, its text on one line that only shows itself; sound is skipped where no word is left to be seen.

    An engine says nothing else unless its model is damaged, or was made to do harm where its words are put.
    """
    match heard:
        case Segment(_, words, span, held):
            shown = ((word, one_line(word.text).strip()) for word in words)
            left = tuple(word if word.text == text else replace(word, text=text) for word, text in shown if text)
            return replace(heard, words=left, held=one_line(held)) if left else Skipped(span)
        case Mark(_, text):
            return replace(heard, text=one_line(text))
        case Hypothesis(text):
            return Hypothesis(one_line(text))
        case Skipped() | Quiet():
            return heard
        case _:
            assert_never(heard)


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
    cancelled: bool = False
    """Struck with its whole session."""
    recovered: bool = False
    """An earlier program has died before it could write this."""


@dataclass(frozen=True, slots=True)
class Passage:
    """All that one session has said so far."""

    session: str
    """Unique name of the session, safe in file names."""
    begun: datetime
    """When its first sample was captured, with the offset from UTC."""
    entries: tuple[Entry, ...] = ()
    recovering: bool = False
    """What is added now was said to an earlier program, which has died."""

    def text(self) -> str:
        """What a person reads: struck segments left out, held marks shown."""
        return _running(entry for entry in self.entries if not entry.struck)

    def last(self) -> Entry | None:
        """The newest segment that is not struck."""
        return next((entry for entry in reversed(self.entries) if not entry.struck), None)

    def add(self, segment: Segment) -> Passage:
        """With a new segment at its end, its mark held."""
        entry = Entry(segment, segment.held, settled=False, recovered=self.recovering)
        return replace(self, entries=(*self.entries, entry))

    def fresh(self) -> list[Entry]:
        """What stands of this program, or of what it recovers."""
        return [entry for entry in self.entries if not entry.struck and entry.recovered >= self.recovering]

    def settle(self, number: int, mark: str) -> Passage:
        """With the mark of a segment settled; a settled one stays as it is."""
        return self._changed(number, lambda entry: entry if entry.settled else replace(entry, mark=mark, settled=True))

    def strike(self, number: int, *, cancelled: bool = False) -> Passage:
        """With a segment struck, alone or with its whole session, and its mark settled."""
        return self._changed(number, lambda entry: replace(entry, struck=True, cancelled=cancelled, settled=True))

    def restore(self, numbers: Container[int]) -> Passage:
        """With segments that were struck standing again."""
        passage = self
        for entry in self.entries:
            if entry.struck and entry.segment.number in numbers:
                passage = passage.restore_as(entry.segment.number, _mark_before(entry, self.entries[-1]))
        return passage

    def restore_as(self, number: int, mark: str) -> Passage:
        """With a segment standing again, and this mark behind it."""
        return self._changed(number, lambda entry: replace(entry, mark=mark, struck=False, cancelled=False))

    def recover(self, number: int) -> Passage:
        """With a segment marked as one that an earlier program could not write."""
        return self._changed(number, lambda entry: replace(entry, recovered=True))

    def cancel(self) -> Passage:
        """With every segment struck, and marks that were still held settled empty."""
        entries = tuple(
            entry
            if entry.struck
            else replace(entry, mark=entry.mark if entry.settled else "", settled=True, struck=True, cancelled=True)
            for entry in self.entries
        )
        return replace(self, entries=entries)

    def _changed(self, number: int, change: Callable[[Entry], Entry]) -> Passage:
        entries = tuple(change(e) if e.segment.number == number else e for e in self.entries)
        return replace(self, entries=entries)


def _mark_before(entry: Entry, last: Entry) -> str:
    """The mark of a struck segment as it was read; a cancel settles the last one of a session empty."""
    return entry.mark or (entry.segment.held if entry.cancelled and entry is last else "")


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
    RESTORED = "restored"
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
    """The segment it is about; None when it is about the session, or several, or about a guess."""
    guess: str = ""
    """What seems to be said behind the text; it may be taken back, so only places that take back show it."""
