"""How far a text is from what was said: wrong words, and sentences that end where none ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from tray.core.failures import ScribeletError
from tray.core.prose import SENTENCE_MARKS

CLAUSE_MARKS = ";:"
Pair = tuple[int | None, int | None]
"""Places of one word in the reference and in the text; None where it stands in one of them only."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Wrong words of one or more texts."""

    words: int = 0
    """In the references."""
    wrong: int = 0
    """Words put in, left out or changed."""
    inserted: int = 0
    """Of these, words put in."""

    def __add__(self, other: Errors) -> Errors:
        return Errors(self.words + other.words, self.wrong + other.wrong, self.inserted + other.inserted)

    @property
    def percent(self) -> float | None:
        """Word error rate; None where nothing was said."""
        return 100 * self.wrong / self.words if self.words else None


@dataclass(frozen=True, slots=True)
class Seams:
    """Borders between consecutive segments that lie inside a sentence."""

    counted: int = 0
    false: int = 0
    """A full stop, ? or ! before them, or a capital after them, that the reference does not have."""

    def __add__(self, other: Seams) -> Seams:
        return Seams(self.counted + other.counted, self.false + other.false)

    @property
    def percent(self) -> float | None:
        """Share of false ones; None where there are no such borders."""
        return 100 * self.false / self.counted if self.counted else None


class Scorer:
    """Counts wrong words after Whisper's English normalisation, which makes "Mister" and "Mr.", "20" and "twenty" one.

    Raises ScribeletError where whisper-normalizer is not installed.
    """

    def __init__(self) -> None:
        try:
            from whisper_normalizer.english import EnglishTextNormalizer
        except ImportError as error:
            raise ScribeletError("Counting wrong words needs whisper-normalizer", _REMEDY) from error
        self._normal = cast("Callable[[str], str]", EnglishTextNormalizer())

    def errors(self, reference: str, text: str) -> Errors:
        """What is wrong with the words of a text; marks and capitals do not count."""
        said, written = self._normal(reference).split(), self._normal(text).split()
        pairs = align(said, written)
        wrong = sum(a is None or b is None or said[a] != written[b] for a, b in pairs)
        return Errors(len(said), wrong, sum(a is None for a, _ in pairs))

    def lost(self, reference: str, text: str, said: str) -> int:
        """Words of the reference in whose place the text has none.

        At both ends a different word counts, too: it may be what is left of one that was cut. It does not where it
        is the right one, that is, where it stands beside its neighbour in what was said as well.
        """
        heard, written, spoken = (self._normal(one).split() for one in (reference, text, said))
        beside, ends = set(pairwise(spoken)), (0, len(heard) - 1)

        def right(a: int, b: int) -> bool:
            near = written[b : b + 2] if a == 0 else written[max(0, b - 1) : b + 1]
            return tuple(near) in beside

        def missing(a: int, b: int | None) -> bool:
            return b is None or (a in ends and heard[a] != written[b] and not right(a, b))

        return sum(missing(a, b) for a, b in align(heard, written) if a is not None)


_REMEDY = "pip install 'scribelet[bench]'"


def align(reference: Sequence[str], text: Sequence[str]) -> list[Pair]:
    """The words of both in order, paired so that as few as possible differ (Levenshtein distance)."""
    costs = _costs(reference, text)
    pairs: list[Pair] = []
    a, b = len(reference), len(text)
    while a or b:
        cost = costs[a][b]
        if a and b and cost == costs[a - 1][b - 1] + (reference[a - 1] != text[b - 1]):
            a, b = a - 1, b - 1
            pairs.append((a, b))
        elif a and cost == costs[a - 1][b] + 1:
            a -= 1
            pairs.append((a, None))
        else:
            b -= 1
            pairs.append((None, b))
    return pairs[::-1]


def _costs(reference: Sequence[str], text: Sequence[str]) -> list[list[int]]:
    rows = [list(range(len(text) + 1))]
    for word in reference:
        above, row = rows[-1], [len(rows)]
        for at, other in enumerate(text):
            row.append(min(above[at] + (word != other), above[at + 1] + 1, row[at] + 1))
        rows.append(row)
    return rows


def count_seams(reference: str, parts: Sequence[str]) -> Seams:
    """Look at the borders between the parts of a text, each of them the text of one segment with its marks.

    A border at a semicolon or colon of the reference is not inside a sentence: a full stop is as right there.
    """
    said = _spots(reference, SENTENCE_MARKS + CLAUSE_MARKS)
    written = [spot for part in parts for spot in _spots(part)]
    pairs = align([spot.word for spot in said], [spot.word for spot in written])
    places = {b: a for a, b in pairs if a is not None and b is not None}
    return sum((_seam(said, written, places, at) for at in _borders(parts)), Seams())


def _borders(parts: Sequence[str]) -> Iterable[int]:
    """How many words stand before each border."""
    words = 0
    for part in parts[:-1]:
        words += len(_spots(part))
        yield words


def _seam(said: Sequence[_Spot], written: Sequence[_Spot], places: dict[int, int], at: int) -> Seams:
    before = max((a for b, a in places.items() if b < at), default=None)
    after = min((a for b, a in places.items() if b >= at), default=None)
    if before is None or after is None or any(spot.ends for spot in said[before:after]):
        return Seams()
    place = places.get(at)
    needless = written[at].capital and (place is None or not said[place].capital)
    return Seams(1, int(written[at - 1].ends or needless))


@dataclass(frozen=True, slots=True)
class _Spot:
    """One word as it stands in a text."""

    word: str
    """In lower case, without marks."""
    capital: bool
    ends: bool
    """A mark that ends a sentence, or of the reference also one that ends a clause, stands behind it."""


def _spots(text: str, marks: str = SENTENCE_MARKS) -> list[_Spot]:
    return [_spot(match.group(1), match.group(2), marks) for match in _WORD.finditer(text)]


def _spot(word: str, behind: str, marks: str) -> _Spot:
    plain = word.lower().replace("’", "'")
    return _Spot(plain, word[:1].isupper(), any(mark in behind for mark in marks))


_WORD = re.compile(r"([^\W_]+(?:['’][^\W_]+)*)([^\w]*)")
"""A word and whatever stands between it and the next; the parts of a compound are words of their own."""
