"""The transcript on disk, which belongs to its owner and may have been edited, cut or damaged."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from tests.fuzz.worker import Parse
from tray.core.prose import Passage
from tray.core.speech import RATE, Segment, Span, Word
from tray.sinks import jsonl
from tray.sinks.archive import Archive, Paragraph
from tray.sinks.jsonl import lines, passages, said, struck
from tray.sinks.markdown import page
from tray.sinks.pages import Pages
from tray.sinks.transcript import TranscriptSink

_DAY = date(2026, 11, 23)
_MORNING = datetime(2026, 11, 23, 9, 14, 5, tzinfo=timezone(timedelta(hours=1)))
_DAMAGE = b"\n\xff\n"
"""A line that is no record: with it a file is read in the patient way."""
RECORD_TOKENS = (
    b'"recovered"',
    *(
        b'"segment"',
        b'"mark"',
        b'"strike"',
        b'"words"',
        b'"span"',
        b'"rate": 0',
        b'"number": 1',
        b'"number": 1.0',
        b'"held"',
    ),
    *(
        b'"time": "0001-01-01T00:00:00+23:59"',
        b'"time": "9999-12-31T23:59:59"',
        b'"rate": 1',
        b'"start": -1e9',
        b"\n{}\n",
    ),
    *(
        b'"start": 1e300',
        b'"end": 99999999999999',
        b'"session": []',
        b'"session": "other"',
        b"+00:00",
        b"-12:00",
        b"null",
    ),
)
PAGE_TOKENS = (
    b"**09:14** ",
    b"\n\n",
    b"# Monday, 23 November 2026",
    b"~~",
    b"Dear Anna",
    b"\r\n",
    b"\n**09:14** Dear Anna.",
)


def _said(session: str, *texts: str, begun: datetime = _MORNING, settled: bool = True) -> Passage:
    passage = Passage(session, begun)
    for number, text in enumerate(texts):
        start = 12.0 * number if number == 2 else 2.0 * number
        words = tuple(Word(word, start, start + 1, 0.9, "measured") for word in text.split())
        span = Span(round(start * RATE), round((start + 1) * RATE), RATE)
        passage = passage.add(Segment(number, words, span, "."))
        passage = passage.settle(number, "?") if settled else passage
    return passage


_ANNA = _said("first", "dear Anna", "thank you for the letter", "call the plumber").strike(1)
_OPEN = _said("second", "good night", "Größe \U0001f600", begun=_MORNING + timedelta(hours=5), settled=False)


def records() -> list[bytes]:
    anna, other = (b"".join(one.text for one in lines(Passage(p.session, p.begun), p)) for p in (_ANNA, _OPEN))
    cancel = b"".join(one.text for p in (_ANNA.cancel(),) for one in (*lines(_ANNA, p), *lines(p, p.restore((0, 2)))))
    return [anna, other, anna + other, anna + cancel]


def pages() -> list[bytes]:
    whole = page(_DAY, [_ANNA, _OPEN]).encode()
    return [whole, whole.rstrip(b"\n"), whole + b"My own note *here*\n\n\n", b""]


def known(_folder: Path) -> Parse:
    """The sessions in it, and what of them is struck."""

    def parse(content: bytes) -> None:
        found = passages(content)
        assert all(one.entries for one in found)
        whole = {(one.session, e.segment.number, e.segment.span) for one in found for e in one.entries}
        assert {(one.session, one.number, one.span) for one in said(content.split(b"\n"))} == whole
        gone = struck(content.split(b"\n"))
        assert len(gone) == len(set(gone))

    return parse


def read(folder: Path) -> Parse:
    """What `history` and `last` show of whole records is the same, whether it was read quickly or patiently."""
    archive, path = Archive(folder, folder / "words.sqlite"), folder / f"{_DAY}.jsonl"

    def shown(content: bytes) -> tuple[list[Paragraph], str]:
        path.write_bytes(content)
        return archive.paragraphs(_DAY), archive.last(1000)

    def parse(content: bytes) -> None:
        quickly, patiently = shown(content), shown(content + _DAMAGE)
        # the quick way also understands a record that is torn into two lines, or nested a thousand times
        assert quickly == patiently or not all(map(jsonl.parse, content.splitlines()))

    return parse


def searched(folder: Path) -> Parse:
    """Every paragraph that has a word is found by it."""
    archive, path = Archive(folder, folder / "words.sqlite"), folder / f"{_DAY}.jsonl"

    def parse(content: bytes) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        archive.search(["anna"], lambda _done: None, day=None, limit=3)

    return parse


def settled(folder: Path) -> Parse:
    """What the start of the program makes of it: then nothing is left to do for the next one."""
    path = folder / f"{_DAY}.jsonl"

    def parse(content: bytes) -> None:
        for left in folder.iterdir():
            left.unlink()
        path.write_bytes(content)
        TranscriptSink(folder).settle_unfinished()
        assert TranscriptSink(folder).settle_unfinished() == 0

    return parse


def page_edited(folder: Path) -> Parse:
    """Whatever somebody made of a page, what is said next stands behind it, and a strike changes nothing else."""
    path, said = folder / f"{_DAY}.md", _said("third", "a giraffe")

    def parse(content: bytes) -> None:
        path.write_bytes(content)
        own = Pages(folder)
        own.begin(Passage(said.session, said.begun))
        own.show(said)
        assert path.read_bytes().startswith(content)
        assert path.read_bytes().endswith(b"**09:14** A giraffe?")
        own.show(said.strike(0))
        own.end(said.session)
        assert path.read_bytes().startswith(content.rstrip(b"\n"))
        assert path.read_bytes().endswith(b"**09:14** ~~A giraffe?~~\n")

    return parse
