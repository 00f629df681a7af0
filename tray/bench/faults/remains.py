"""What a program has left in its folder, and whether every word of it is right."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tray.bench.faults.rehearsed import recover
from tray.bench.faults.trial import Outcome, Tools
from tray.core.failures import ScribeletError
from tray.core.ledger import Account, Beyond, Double, flaws, sums, waiting
from tray.core.prose import Entry
from tray.core.segmenter import Policy
from tray.core.speech import AudioChunk, Segment, Span
from tray.hearing.hearing import Beginning
from tray.sinks.records import Records

BLOCK = 512
"""Samples that a recording brings at once, and an ear gets."""
LATE_S = 0.2
"""Seconds of sound that may still have been on their way to the disk when a program was killed."""
BACK = "Words of an earlier session are back"
"""What a person is told where there were any."""
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remains:
    """The books of one session."""

    tools: Tools
    folder: Path

    def account(self) -> Account:
        """What they say. Raises ScribeletError unless there is exactly one session."""
        found = self.tools.accounts(self.folder)
        if len(found) != 1:
            raise ScribeletError(f"The books know {len(found)} sessions where there was one")
        return found[0]

    def entries(self) -> list[Entry]:
        """What stands in the transcript, in the order of the sound."""
        records = Records(self.folder / "transcript")
        found = [entry for day in records.days() for passage in records.read(day) for entry in passage.entries]
        return sorted(found, key=lambda entry: entry.segment.span.start)

    def recover(self) -> list[str]:
        """Do what the next start does; what it tells."""
        return recover(self.tools, self.folder)

    def fresh(self, gap: Span, segment: int) -> list[Words]:
        """The words that a fresh ear hears in that sound of the recording, for each segment."""
        return [texts(one) for one in self._heard(gap, segment)]

    def _heard(self, gap: Span, segment: int) -> Iterator[Segment]:
        hearing = self.tools.hearing(Policy(), Beginning(segment, gap.start / gap.rate))
        pcm = recorded(self.tools.recording)
        for start in range(gap.start, gap.end, BLOCK):
            chunk = AudioChunk(pcm[2 * start : 2 * min(start + BLOCK, gap.end)], start, gap.rate)
            yield from (one for one in hearing.hear(chunk) if isinstance(one, Segment))
        yield from (one for one in hearing.finish() if isinstance(one, Segment))


def judge_books(account: Account, captured: int | None = None) -> Outcome:
    """Whether every sample that was captured has one fate; `captured` is how many there must be, if that is known."""
    wrong = flaws(account)
    doubled = sum(one.span.seconds for one in wrong if isinstance(one, Double | Beyond))
    found = sums(account)
    absent = 0.0 if captured is None else max(0.0, captured / account.rate - found.captured)
    missing = found.lost + found.waiting + absent
    return Outcome(
        tuple(f"{type(one).__name__} at {one.span.start / one.span.rate:.2f} s" for one in wrong),
        {"doubled_s": doubled, "missing_s": missing},
    )


def judge_killed(remains: Remains, spoken_s: float) -> Outcome:
    """Whether the next start brings back all that a program had heard that was killed after so many seconds."""
    before, old = remains.account(), remains.entries()
    expected = [words for gap in waiting(before) for words in remains.fresh(gap, len(old))]
    complaints = [f"{flaw} before the next start" for flaw in flaws(before)]
    told = remains.recover()
    after, found = remains.account(), remains.entries()
    books = judge_books(after)
    late = max(0.0, spoken_s - sums(before).captured)
    if late > LATE_S:
        complaints.append(f"the last {late:.2f} s were not on the disk")
    if abs(sums(after).captured - sums(before).captured) >= 1 / before.rate:
        complaints.append(f"{sums(before).captured} s became {sums(after).captured} s at the next start")
    if [texts(one.segment) for one in found if one.recovered] != expected:
        complaints.append("a fresh ear hears other words")
    if [one.segment for one in found if not one.recovered] != [one.segment for one in old]:
        complaints.append("what was written before has changed")
    if not all(one.settled for one in found):
        complaints.append("a mark was never settled")
    if (BACK in told) != bool(expected):
        complaints.append(f"a person was told {told}")
    if any((remains.folder / "spool").iterdir()):
        complaints.append("sound was left behind")
    return Outcome((*complaints, *books.complaints), {**books.figures, "late_s": late})


def judge_whole(remains: Remains) -> Outcome:
    """Whether a program has written all of the recording to its end, whatever became of its ear meanwhile."""
    account = remains.account()
    books = judge_books(account, len(recorded(remains.tools.recording)) // 2)
    waits = ("sound still waits",) if waiting(account) else ()
    words = () if _right(remains, account) else ("a fresh ear hears other words",)
    return Outcome((*books.complaints, *waits, *words), books.figures)


def _right(remains: Remains, account: Account) -> bool:
    """Whether the words are those of an ear that hears all, or of one up to a border and a fresh one from there on."""
    segments = [entry.segment for entry in remains.entries()]
    end = len(recorded(remains.tools.recording)) // 2
    whole = remains.fresh(Span(0, end, account.rate), 0)
    for border in (0, *sorted({one.span.end for one in account.decided}, reverse=True)):
        before = [texts(one) for one in segments if one.span.end <= border]
        behind = [texts(one) for one in segments if one.span.end > border]
        if before == whole[: len(before)] and behind == remains.fresh(Span(border, end, account.rate), len(before)):
            return True
    return False


def texts(segment: Segment) -> Words:
    """The words of a segment."""
    return tuple(word.text for word in segment.words)


@cache
def recorded(path: Path) -> bytes:
    """The samples of a WAV file."""
    with wave.open(str(path)) as file:
        return file.readframes(file.getnframes())
