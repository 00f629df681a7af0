"""Words into captions that people can read, and captions into the files that players show.

Everything here holds without exception: a line has at most 42 characters, because a word that is longer is split; a cue
has one or two lines, lasts at most 7 s and begins when the one before it has ended.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tray.core.prose import SENTENCE_MARKS, Entry, join, one_line
from tray.core.speech import Word

LINE = 42
"""Characters in a line, counted as code points (Netflix, Timed Text Style Guide for English)."""
LINES = 2
SHORTEST, LONGEST = 1000, 7000
"""Milliseconds that a cue is shown; shorter only where the next one follows sooner (7 s: Netflix, the same guide)."""
PAUSE = 300
"""Milliseconds between two words that make a good place for a break."""
LONG_PAUSE = 1500
"""Milliseconds between two words that never share a cue: the second one would be read long before it is said."""

CLAUSE_MARKS = ",;:–—…"
_CLOSING = "\"'”’)]"
_JOINERS = "\u200c\u200d"
"""Invisible, but part of how Persian, Hindi and emoji are written."""
_SUBRIP = str.maketrans("<{\\", "＜｛＼")
"""SubRip has no way to say that a sign is only a sign, and players take these for styles, places and line ends; the
wide forms of the same signs mean nothing to them."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One or two lines of text and when they are shown."""

    start: int
    """Milliseconds from the start of the recording."""
    end: int
    """Milliseconds from the start of the recording; later than `start`."""
    lines: tuple[str, ...]
    """Without any character that moves or hides text; nothing is escaped yet."""


@dataclass(frozen=True, slots=True)
class _Token:
    """What stands between two spaces, or as much of it as fits in a line."""

    text: str
    start: int
    end: int
    glued: bool
    """It goes on with the word before it."""
    opens: bool
    """It begins a segment: the speaker had stopped, even where estimated times do not show it."""


def spoken(entries: Iterable[Entry]) -> Iterator[list[Word]]:
    """The words of each segment as they are read: with their marks, and with capitals after the end of a sentence."""
    before = ""
    for entry in entries:
        words = list(entry.segment.words)
        if entry.struck or not words:
            continue
        words[0] = replace(words[0], text=join(before, words[0].text)[len(before) :].strip())
        words[-1] = replace(words[-1], text=words[-1].text + entry.mark)
        before = words[-1].text
        yield words


def cues(segments: Iterable[Sequence[Word]]) -> list[Cue]:
    """Captions for the words of segments: each once, in order; breaks at sentence ends, pauses and clause marks first.

    A break that would leave a caption shorter than a second is taken only where there is no other.
    """
    stretches = _stretches(list(_tokens(segments)))
    parts: list[Sequence[_Token]] = []
    for at, stretch in enumerate(stretches):
        until = stretches[at + 1][0].start if at + 1 < len(stretches) else None
        parts += _divided(stretch, until)
    return _timed(parts)


def srt(captions: Iterable[Cue]) -> str:
    """A SubRip file without its last line end; signs that players take for more than text become others like them."""
    blocks = (
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_plain(_lines(cue))}"
        for number, cue in enumerate(captions, 1)
    )
    return "\n\n".join(blocks)


def vtt(captions: Iterable[Cue], *, note: str = "") -> str:
    """A WebVTT file without its last line end; a note of one line stands at its top."""
    blocks = [f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_escaped(_lines(cue))}" for cue in captions]
    return "\n\n".join(["WEBVTT", *([f"NOTE {_escaped(note)}"] if note else []), *blocks])


def _lines(cue: Cue) -> str:
    return "\n".join(cue.lines)


def _plain(text: str) -> str:
    """For SubRip: an arrow of dashes would be taken for a time."""
    return text.replace("-->", "→").translate(_SUBRIP)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(time: int, point: str) -> str:
    seconds, milliseconds = divmod(time, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{milliseconds:03}"


def _tokens(segments: Iterable[Sequence[Word]]) -> Iterator[_Token]:
    now = 0
    for words in segments:
        opens = True
        for word in words:
            for token in _pieces(word, now, opens=opens):
                opens, now = False, token.end
                yield token


def _pieces(word: Word, now: int, *, opens: bool) -> Iterator[_Token]:
    """A word as one token, or as several that share its time; none begins before `now`."""
    texts = [(part[at : at + LINE], at > 0) for part in _clean(word.text).split() for at in range(0, len(part), LINE)]
    start = max(now, round(word.start * 1000))
    length = max(0, round(word.end * 1000) - start)
    total, done = sum(len(text) for text, _ in texts), 0
    for text, glued in texts:
        begun, done = done, done + len(text)
        yield _Token(text, start + length * begun // total, start + length * done // total, glued, opens and not begun)


def _clean(text: str) -> str:
    """Without control characters and what turns the direction of text; "" where nothing is left to be seen."""
    shown = one_line(text)
    kept = "".join(letter for letter in shown if letter in _JOINERS or unicodedata.category(letter) != "Cf")
    return " ".join(part for part in kept.split() if part.strip(_JOINERS))


def _stretches(tokens: Sequence[_Token]) -> list[Sequence[_Token]]:
    """Cut where nobody speaks for long."""
    pauses = [at for at in range(1, len(tokens)) if tokens[at].start - tokens[at - 1].end >= LONG_PAUSE]
    borders = [0, *pauses, len(tokens)]
    return [tokens[a:b] for a, b in pairwise(borders) if a < b]


def _divided(tokens: Sequence[_Token], until: int | None) -> list[Sequence[_Token]]:
    """Cut at the best place, and each half again, until every part is a cue; `until` is when the next words begin."""
    if len(tokens) == 1 or (tokens[-1].end - tokens[0].start <= LONGEST and _wrapped(tokens)):
        return [tokens]
    at = _best_break(tokens, until)
    return _divided(tokens[:at], tokens[at].start) + _divided(tokens[at:], until)


def _best_break(tokens: Sequence[_Token], until: int | None) -> int:
    """Where both sides can be shown for long enough, then after the strongest mark, then nearest to the middle."""
    total = sum(len(token.text) for token in tokens)
    best, best_place = (-1, -1, -total), 1
    before = 0
    for at in range(1, len(tokens)):
        before += len(tokens[at - 1].text)
        roomy = tokens[at].start - tokens[0].start >= SHORTEST
        roomy_after = until is None or until - tokens[at].start >= SHORTEST
        rank = (roomy + roomy_after, _strength(tokens[at - 1], tokens[at]), -abs(total - 2 * before))
        if rank > best:
            best, best_place = rank, at
    return best_place


def _strength(before: _Token, after: _Token) -> int:
    """How good a place for a break is: from 5 after a sentence down to 0 inside a word."""
    mark = before.text.rstrip(_CLOSING)[-1:] or " "
    if after.glued:
        return 0
    if mark in SENTENCE_MARKS:
        return 5
    if after.opens:
        return 4
    if mark in CLAUSE_MARKS:
        return 3
    return 2 if after.start - before.end >= PAUSE else 1


def _wrapped(tokens: Sequence[_Token]) -> tuple[str, ...]:
    """One or two lines, the two about equally long unless a mark stands near; none where they do not fit."""
    if sum(len(token.text) for token in tokens) > LINES * LINE:
        return ()
    if len(whole := _text(tokens)) <= LINE:
        return (whole,)
    fitting: list[tuple[int, tuple[str, str]]] = []
    for at in range(1, len(tokens)):
        upper, lower = _text(tokens[:at]), _text(tokens[at:])
        if max(len(upper), len(lower)) <= LINE:
            marked = _strength(tokens[at - 1], tokens[at]) > 2
            fitting.append((abs(len(upper) - len(lower)) - (LINE // 3 if marked else 0), (upper, lower)))
    return min(fitting)[1] if fitting else ()


def _text(tokens: Sequence[_Token]) -> str:
    return "".join(token.text if token.glued else f" {token.text}" for token in tokens).strip()


def _timed(parts: Sequence[Sequence[_Token]]) -> list[Cue]:
    """Shown from the first word to the last, longer where that is short and nothing follows yet."""
    timed: list[Cue] = []
    shown_until = 0
    for at, tokens in enumerate(parts):
        start = max(shown_until, tokens[0].start)
        end = min(max(tokens[-1].end, start + SHORTEST), start + LONGEST)
        if at + 1 < len(parts):
            end = min(end, parts[at + 1][0].start)
        shown_until = max(end, start + 1)  # players refuse a cue that lasts no time
        timed.append(Cue(start, shown_until, _wrapped(tokens)))
    return timed
