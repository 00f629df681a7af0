"""The transcript as JSON Lines: what happened to each segment, in the order in which it happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from tray.core.prose import Entry, Passage, plain
from tray.core.speech import SAMPLES, Segment, Span, Word

_DAMAGE = (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError, OverflowError)


@dataclass(frozen=True, slots=True)
class Line:
    """One record, ready to be written."""

    day: date
    """The day on which its segment began, and so the file it belongs to."""
    text: bytes
    """UTF-8 with its line end."""


@dataclass(frozen=True, slots=True)
class Said:
    """That sound became a segment, without its words."""

    session: str
    begun: datetime
    """When the first sample of its session was captured, with the offset from UTC."""
    number: int
    span: Span


def moment(begun: datetime, span: Span) -> datetime:
    """When the first sample of a span was captured, with the offset from UTC that `begun` has then."""
    # through UTC, because a local clock may be put forward or back in between
    return (begun.astimezone(UTC) + timedelta(seconds=span.start / span.rate)).astimezone(begun.tzinfo)


def lines(before: Passage, after: Passage) -> Iterator[Line]:
    """The records that lead from one state of a session's text to a later one."""
    known = {entry.segment.number: entry for entry in before.entries}
    for entry in after.entries:
        yield from _entry_lines(after, known.get(entry.segment.number), entry)


def _entry_lines(passage: Passage, before: Entry | None, after: Entry) -> Iterator[Line]:
    if before is None:
        words = {"text": plain(after.segment.words), "words": [asdict(word) for word in after.segment.words]}
        yield _line(passage, after, "segment", words | {"held": after.segment.held})
        if after.recovered:
            yield _line(passage, after, "recovered", {})
    if after.settled and not (before and before.settled):
        yield _line(passage, after, "mark", {"text": after.mark})
    if after.struck and not (before and before.struck):
        yield _line(passage, after, "strike", {"cancelled": True} if after.cancelled else {})
    if before and before.struck and not after.struck:
        yield _line(passage, after, "restore", {"mark": after.mark})


def _line(passage: Passage, entry: Entry, kind: str, rest: dict[str, Any]) -> Line:
    time = moment(passage.begun, entry.segment.span)
    record = {
        "type": kind,
        "id": f"{passage.session}/{entry.segment.number}",
        "session": passage.session,
        "number": entry.segment.number,
        "time": time.isoformat(),
        "span": asdict(entry.segment.span),
    }
    text = json.dumps(record | rest, ensure_ascii=False) + "\n"
    # half a surrogate pair cannot be encoded; as a backslash escape JSON reads it back unchanged
    return Line(time.date(), text.encode("utf-8", "backslashreplace"))


def passages(content: bytes) -> list[Passage]:
    """The sessions that the records of one file tell of, in the order of their first segments.

    Records that are damaged or of an unknown type are passed over, and a record that stands twice counts once.
    """
    found: dict[str, Passage] = {}
    for record in _records(content.split(b"\n")):
        try:
            _apply(found, record)
        except _DAMAGE:
            continue  # one line that somebody damaged must not take the day away
    return list(found.values())


def said(raw: Iterable[bytes]) -> Iterator[Said]:
    """Each segment that such lines tell of, one at a time: a day of words takes more memory than its spans."""
    known, begun = set[tuple[str, int]](), dict[str, datetime]()
    for record in _records(raw):
        try:
            if record["type"] != "segment":
                continue
            (session, number), span = _named(record), _segment(record).span
            start = begun.get(session) or _begun(record, span)
        except _DAMAGE:
            continue
        if (session, number) not in known:
            begun[session] = start
            known.add((session, number))
            yield Said(session, start, number, span)


def struck(raw: Iterable[bytes]) -> list[tuple[str, int]]:
    """Session and number of the segments that these lines leave struck, in the order in which that happened."""
    found: dict[tuple[str, int], None] = {}
    # few lines tell of one, and a year is read faster than parsed
    for record in _records(line for line in raw if b'"strike"' in line or b'"restore"' in line):
        key = (record.get("session"), record.get("number"))
        if isinstance(key[0], str) and isinstance(key[1], int) and record.get("type") in ("strike", "restore"):
            found.pop((key[0], key[1]), None)
            if record["type"] == "strike":
                found[key[0], key[1]] = None
    return list(found)


def _records(raw: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in raw:
        record = parse(line)
        if record is not None:
            yield record


def parse(line: bytes) -> dict[str, Any] | None:
    """The record in a line, or None where it holds none."""
    try:
        # a broken letter takes no words with it, nor does a number that fills a page
        record = json.loads(line.decode("utf-8-sig", "replace"), parse_int=_number)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", record) if isinstance(record, dict) else None


def _number(digits: str) -> int:
    return int(digits[:40])  # more are of nobody's making, and Python refuses thousands


def _apply(found: dict[str, Passage], record: dict[str, Any]) -> None:
    session, number = _named(record)
    match record["type"]:
        case "segment":
            segment = _segment(record)
            passage = found.get(session) or Passage(session, _begun(record, segment.span))
            if all(entry.segment.number != number for entry in passage.entries):
                found[session] = passage.add(segment)
        case "mark":
            found[session] = found[session].settle(number, str(record["text"]))
        case "strike":
            found[session] = found[session].strike(number, cancelled=record.get("cancelled") is True)
        case "restore":
            found[session] = found[session].restore_as(number, str(record["mark"]))
        case "recovered":
            found[session] = found[session].recover(number)
        case _:
            pass  # of a later version


def _named(record: dict[str, Any]) -> tuple[str, int]:
    """Session and number of the segment that a record tells of."""
    session, number = record["session"], record["number"]
    if type(number) is not int or number not in SAMPLES:  # there are fewer segments than samples
        raise ValueError("no segment has such a number")
    if not isinstance(session, str):
        raise TypeError("no session has such a name")
    return session, number


def _segment(record: dict[str, Any]) -> Segment:
    span = record["span"]
    return Segment(
        number=int(record["number"]),
        words=tuple(_word(word) for word in record["words"]),
        span=Span(int(span["start"]), int(span["end"]), int(span["rate"])).checked(),
        held=str(record["held"]),
    )


def _word(fields: dict[str, Any]) -> Word:
    sure = fields["confidence"]
    timing = "measured" if fields["timing"] == "measured" else "estimated"
    confidence = None if sure is None else float(sure)
    return Word(str(fields["text"]), float(fields["start"]), float(fields["end"]), confidence, timing)


def _begun(record: dict[str, Any], span: Span) -> datetime:
    return datetime.fromisoformat(record["time"]) - timedelta(seconds=span.start / span.rate)
