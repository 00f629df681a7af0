"""The transcript asked from the command line: `last`, `history` and `transcript`."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from time import monotonic
from typing import Protocol, TextIO

import click

from tray.core.failures import ScribeletError, UsageError

SHOWN = 50
"""Paragraphs that are printed unless all are asked for."""
_PATIENCE = 1.0
"""Seconds of reading after which it is said what takes so long."""
_QUOTES = str.maketrans("“”„«»", '"""""')
_PHRASE = re.compile(r'"([^"]*)"?|([^\s"]+)')


class Paragraph(Protocol):
    """What was said without a long silence; its text steers no terminal."""

    @property
    def day(self) -> date:
        """The day to which it belongs."""
        ...

    @property
    def begun(self) -> datetime:
        """When, on the speaker's clock."""
        ...

    @property
    def pieces(self) -> Sequence[str]:
        """The text, cut so that every second piece is a match."""
        ...


class Found(Protocol):
    """The newest paragraphs, and how many older ones there are."""

    @property
    def paragraphs(self) -> Sequence[Paragraph]:
        """Oldest first."""
        ...

    @property
    def more(self) -> int:
        """Older ones that are not among them."""
        ...


class Archive(Protocol):
    """The transcript of all days; every method may raise SinkError."""

    @property
    def folder(self) -> Path:
        """Where it is; it need not exist."""
        ...

    def days(self) -> Sequence[date]:
        """Days on which something was said, oldest first."""
        ...

    def last(self, number: int) -> str:
        """The newest segments that stand, as one text."""
        ...

    def paragraphs(self, day: date) -> Sequence[Paragraph]:
        """What was said on one day, oldest first."""
        ...

    def search(
        self, phrases: Sequence[str], report: Callable[[float], None], *, day: date | None, limit: int | None
    ) -> Found:
        """Paragraphs with all these phrases; the last word of one that ends with an asterisk is only begun."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to read."""

    search: str = ""
    """Words that must occur, in any order; a phrase stands in quotation marks. "" is whatever was said."""
    day: str = ""
    """As it was typed; "" is any day in a search, and else the last one with text."""
    everything: bool = False
    """Not only the newest `SHOWN` paragraphs."""


def last(archive: Archive, number: int, deliver: Callable[[str], None] | None = None) -> int:
    """Print the newest segments that stand, or hand them to `deliver`; 0. Raises ScribeletError where there is none."""
    text = archive.last(number)
    if not text:
        raise _nothing()
    (deliver or click.echo)(text)
    return 0


def history(archive: Archive, wish: Wish, today: date) -> int:
    """Print paragraphs, newest last; 0. Raises ScribeletError where there is none, UsageError for a wrong wish."""
    day = named_day(wish.day, today)
    limit = None if wish.everything else SHOWN
    if wish.search:
        found, more = _searched_for(archive, phrases(wish.search), day, limit)
    else:
        whole = _read(archive, day, today)
        more = max(0, len(whole) - limit) if limit else 0
        found = whole[more:]
    _print(found, day or today)
    if more:
        click.echo(f"{more} older ones are not shown; add --all to see them", err=True)
    return 0


def _searched_for(
    archive: Archive, wanted: Sequence[str], day: date | None, limit: int | None
) -> tuple[Sequence[Paragraph], int]:
    notice = Notice(sys.stderr)
    try:
        found = archive.search(wanted, notice.show, day=day, limit=limit)
    finally:
        notice.close()
    if not found.paragraphs:
        raise ScribeletError("Nothing was found", "Try fewer words, or only their beginnings")
    return found.paragraphs, found.more


def _read(archive: Archive, day: date | None, today: date) -> Sequence[Paragraph]:
    """What was said on a day; without one, today or on the newest day with text."""
    for one in [day] if day else [today, *reversed(archive.days())]:
        if found := archive.paragraphs(one):
            return found
    if day:
        raise ScribeletError(f"Nothing was written on {_heading(day)}", "Other days: scribelet transcript folder")
    raise _nothing()


def _print(found: Sequence[Paragraph], expected: date) -> None:
    """Print paragraphs, each day under its name unless all are of the one that everybody expects."""
    for day, group in groupby(found, key=lambda one: one.day):
        if {one.day for one in found} != {expected}:
            click.echo(("\n" if day != found[0].day else "") + _heading(day))
        for one in group:
            # where it is no terminal, click takes the bold letters' codes out
            shown = "".join(click.style(piece, bold=True) if at % 2 else piece for at, piece in enumerate(one.pieces))
            click.echo(f"{one.begun:%H:%M}  {shown}")


def _heading(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


class Notice:
    """One line on a terminal that says how far a long reading is; nothing where it is short or nobody watches."""

    def __init__(self, stream: TextIO, patience: float = _PATIENCE) -> None:
        """`patience` is in seconds."""
        self._stream = stream
        self._due = monotonic() + patience
        self._shown = False

    def show(self, done: float) -> None:
        """Say that this much, 0–1, is done."""
        if monotonic() >= self._due and self._stream.isatty():
            click.echo(f"\r\033[KReading the transcript {100 * done:3.0f} %", self._stream, nl=False)
            self._shown = True

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            click.echo("\r\033[K", self._stream, nl=False)


def transcript_path(archive: Archive, today: date) -> int:
    """Print the file to be read of today, or else of the newest day; 0. Raises ScribeletError where there is none."""
    pages = sorted(archive.folder.glob("????-??-??.md"))
    if not pages:
        raise _nothing()
    of_today = archive.folder / f"{today}.md"
    click.echo(of_today if of_today in pages else pages[-1])
    return 0


def phrases(words: str) -> list[str]:
    """What must occur: each phrase in quotation marks, and each other word; the last word may be only begun.

    Raises UsageError where there is nothing to look for.
    """
    found = [match for match in _PHRASE.findall(words.translate(_QUOTES)) if any(map(_searched, "".join(match)))]
    if not found:
        raise UsageError("There is no word to search for", "Try: scribelet history --search plumber")
    terms = [phrase or word for phrase, word in found]
    return [*terms[:-1], terms[-1] + ("*" if found[-1][1] else "")]


def _searched(letter: str) -> bool:
    """Whether it is part of a word; marks are not in the index."""
    return unicodedata.category(letter)[0] in "LN"


def _nothing() -> ScribeletError:
    return ScribeletError("Nothing has been written yet", "Start dictation with: scribelet toggle")


def named_day(typed: str, today: date) -> date | None:
    match typed:
        case "":
            return None
        case "today":
            return today
        case "yesterday":
            return today - timedelta(days=1)
        case _:
            try:
                return date.fromisoformat(typed)
            except ValueError as error:
                raise UsageError(f"{typed} is not a day", f"Write today, yesterday or a date like {today}") from error
