"""The transcript as people read it: a title for the day and one paragraph a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date

from tray.core.prose import PARAGRAPH_PAUSE, Entry, Passage, join, plain
from tray.sinks.jsonl import moment
from tray.sinks.wording import lasting, one_line

# not from the locale: the file looks the same on every machine
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SPECIAL = re.compile(r"[\\`*_~<\[]|&(?=#?\w+;)")
"""What means something inside a paragraph; what only means something at the start of a line never stands there."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of a day."""

    day: date
    line: str
    """As it stands in the file, without its line end."""
    first: int
    """Number of its first segment."""
    last: int
    """Number of its last segment so far."""


def title(day: date) -> str:
    """The first line of a day's file."""
    return f"# {_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def page(day: date, passages: Iterable[Passage]) -> str:
    """The whole file of a day."""
    written = [block.line for passage in passages for block in paragraphs(passage) if block.day == day]
    return "\n\n".join([title(day), *written]) + "\n"


def paragraphs(passage: Passage, breaks: Set[int] = frozenset()) -> list[Paragraph]:
    """What can be written of a session for good; segments whose numbers are in `breaks` begin a paragraph too."""
    return [_paragraph(passage, group) for group in _groups(passage, breaks)]


def _groups(passage: Passage, breaks: Set[int] = frozenset()) -> list[list[Entry]]:
    """The entries of each paragraph in which something stands."""
    groups: list[list[Entry]] = []
    for entry in lasting(passage):
        if groups and entry.segment.number not in breaks and _belongs(passage, groups[-1][-1], entry):
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return [group for group in groups if _said(group)]


def _belongs(passage: Passage, before: Entry, entry: Entry) -> bool:
    earlier, later = before.segment.span, entry.segment.span
    pause = later.start / later.rate - earlier.end / earlier.rate
    same_day = moment(passage.begun, earlier).date() == moment(passage.begun, later).date()
    return same_day and pause < PARAGRAPH_PAUSE and before.recovered == entry.recovered


def _paragraph(passage: Passage, group: Sequence[Entry]) -> Paragraph:
    time = moment(passage.begun, group[0].segment.span)
    line = f"**{time:%H:%M}** {_said(group)}"
    return Paragraph(time.date(), line, group[0].segment.number, group[-1].segment.number)


def _said(group: Iterable[Entry]) -> str:
    """The words of a paragraph; struck ones stay legible, but what follows is joined as if they were not there."""
    shown = standing = ""
    for entry in group:
        grown = join(standing, " ".join(one_line(plain(entry.segment.words)).split())) + one_line(entry.mark)
        # words and mark together: what is harmless alone may mean something beside the other
        piece = _SPECIAL.sub(r"\\\g<0>", grown[len(standing) :])
        if entry.struck:
            shown += _apart(shown, f"~~{piece.strip()}~~") if piece.strip() else ""
        else:
            shown += piece if standing else _apart(shown, piece)
            standing = grown
    return shown


def _apart(before: str, text: str) -> str:
    return f" {text}" if before and text else text


def replaced(content: str, old: str, new: str) -> str | None:
    """The file with its last line that reads `old` reading `new`; None where no line does.

    Empty lines after it go if it was the last, so that it can grow.
    """
    rows = content.rstrip("\n").split("\n")
    for at in reversed(range(len(rows))):
        if rows[at] == old:
            rows[at] = new
            return "\n".join(rows) + ("" if at == len(rows) - 1 else "\n" * content.endswith("\n"))
    return None


def added(content: str, block: Paragraph) -> str:
    """What has to be appended to the file for a new paragraph to stand at its end."""
    if not content.strip():
        return f"{title(block.day)}\n\n{block.line}"
    blank_lines = "\n" * max(0, 2 - (len(content) - len(content.rstrip("\n"))))
    return blank_lines + block.line


def mended(content: str, day: date, passages: Iterable[Passage]) -> str:
    """The file with every paragraph of these sessions in it, and with all that somebody else wrote or changed.

    What stands there torn, or as it was before a strike or a restore, is brought up to date; what is missing comes
    to the end.
    """
    rows, behind = Counter(content.split("\n")), list[tuple[Paragraph, list[str]]]()
    for passage in passages:
        for block, forms in _histories(passage):
            if block.day == day and not _took(rows, block.line):
                behind.append((block, forms))
    for block, forms in behind:
        row = _standing(rows, forms)
        if row is None:
            content += added(content, block)
        elif _took(rows, row) and _begins(forms, row):
            content = replaced(content, row, block.line) or content
    return content


def _took(rows: Counter[str], row: str) -> bool:
    """Whether such a row is there; each stands for one paragraph alone."""
    rows[row] -= 1
    return rows[row] >= 0


def _histories(passage: Passage) -> Iterator[tuple[Paragraph, list[str]]]:
    """Each paragraph, with its line and those that it may have had until something in it was struck or restored."""
    for group in _groups(passage):
        before = [[replace(e, struck=e.struck is not (e is one)) for e in group] for one in group]
        before += [[replace(entry, struck=struck) for entry in group] for struck in (False, True)]
        before.append([*before[-1][:-1], replace(group[-1], struck=True, mark="")])  # as a cancel leaves it
        block = _paragraph(passage, group)
        yield block, [block.line, *(_paragraph(passage, one).line for one in before)]


def _standing(rows: Counter[str], forms: Sequence[str]) -> str | None:
    """What is in the place of a paragraph: a beginning of one of its forms, or else what somebody has made of it."""
    time = forms[0].partition(" ")[0]
    timed = [row for row in rows.elements() if row.startswith("**")]
    return next(
        (row for row in timed if _begins(forms, row)), next((row for row in timed if row.startswith(time)), None)
    )


def _begins(forms: Iterable[str], row: str) -> bool:
    # as bytes: what is torn may end with half a letter
    start = row.encode("utf-8", "surrogateescape")
    return any(form.encode("utf-8", "surrogateescape").startswith(start) for form in forms)
