"""Marks and capitals from pauses alone, with a few words of English grammar: no model, no delay.

The pauses were chosen on 19 clips of read speech (377 words, 6 full stops and 29 commas between them): Vosk's words in
tests/punctuators/vosk_words.tsv, pieces cut by the gate, marks from the text that was read. F1 there: comma 73, full
stop 75, both 74; the pauses without the grammar 69, 63 and 68; a full stop after every piece and nothing else 0, 50
and 23. The word lists were written with these clips in view, so expect less of other speech.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tray.core.prose import SENTENCE_MARKS, capital
from tray.core.speech import Recognized, Word

COMMA_AFTER = 0.25
"""Seconds of silence between two words that become a comma. F1 of commas on the clips: 73; with 0.3 s 68, 0.35 s 59."""
STOP_AFTER = 0.6
"""Seconds that become a full stop. F1 of both marks on the clips: 74; with 0.5 s 71, 0.7 s or 0.9 s 68."""
SURELY_AFTER = 1.2
"""Seconds that become a full stop even where the words seem to go on."""
MARKS = ".,?!:;"


@dataclass(frozen=True, slots=True)
class Grammar:
    """What the words themselves say about marks, all in lower case. Empty sets leave it to the pauses."""

    going_on: frozenset[str] = frozenset()
    """After these somebody hesitates: a shorter pause than `SURELY_AFTER` is no mark at all."""
    joining: frozenset[str] = frozenset()
    """Before these a sentence goes on: a shorter pause than `SURELY_AFTER` is a comma at most."""
    openers: frozenset[str] = frozenset()
    """May stand before a question without being part of it."""
    asking: frozenset[str] = frozenset()
    """Begin a question when a verb of `inverted` follows, or with that verb inside (what's)."""
    picking: frozenset[str] = frozenset()
    """Begin a question when a verb and then a subject follow; else a clause (where is unclear)."""
    inverted: frozenset[str] = frozenset()
    """Begin a question when a subject follows."""
    subjects: frozenset[str] = frozenset()
    upper: frozenset[str] = frozenset()
    """Written with a capital anywhere, also in front of an apostrophe."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEUTRAL = Grammar()
ENGLISH = Grammar(
    going_on=_words(
        "a an the my your our their its every any of and or but nor if than because very from into no not"
        " i we he she they"
    ),
    joining=_words(
        "and but or nor so yet that which who whose because although though while if when where as than"
        " to of in by with for from at on"
    ),
    openers=_words("and but so or well then ok okay hey hi hello please oh yeah now"),
    asking=_words("who what why how whose whom what's who's where's how's when's why's"),
    picking=_words("where when which"),
    inverted=_words(
        "am is are was were do does did have has can could will would shall should may might must"
        " isn't aren't wasn't weren't don't doesn't didn't haven't hasn't can't couldn't won't wouldn't shouldn't"
    ),
    subjects=_words(
        "i you he she it we they this that there these those the your my our their his her"
        " anyone anybody someone everyone"
    ),
    upper=_words("i"),
)


class RulesPunctuator:
    """Marks and capitals for one session of bare words in a language given by its ISO 639-1 code."""

    def __init__(self, language: str = "en") -> None:
        self._grammar = ENGLISH if language == "en" else NEUTRAL
        self._sentence: list[str] = []
        self._open: str | None = None

    def punctuate(self, words: Sequence[Word], pause: float) -> Recognized:
        """The words with marks between them, the mark after them held, and the one before them decided."""
        if not words:
            return Recognized((), held="", before=None)
        before = None if self._open is None else self._mark(self._open, words[0].text, pause)
        followers = [*words[1:], None]
        written = tuple(self._write(word, follower) for word, follower in zip(words, followers, strict=True))
        self._open = words[-1].text
        return Recognized(written, self._last_mark(), before)

    def settle(self) -> str:
        """A full stop or question mark; nothing where the last word has a mark of its own or nothing is open."""
        mark = self._last_mark()
        self._open = None
        if mark:
            self._sentence.clear()
        return mark

    def forget(self) -> None:
        """The next word begins a sentence."""
        self._open = None
        self._sentence.clear()

    def _write(self, word: Word, follower: Word | None) -> Word:
        text = cased(word.text, self._grammar)
        text = text if self._sentence else capital(text)
        self._sentence.append(bare(word.text))
        if follower is None:
            self._end_where_marked(word.text)
            return replace(word, text=text)
        return replace(word, text=text + self._mark(word.text, follower.text, follower.start - word.end))

    def _mark(self, word: str, follower: str, pause: float) -> str:
        """The mark between two words; the end of a sentence makes room for the next one."""
        self._end_where_marked(word)
        if word.endswith(tuple(MARKS)):
            return ""
        mark = mark_between((bare(word), bare(follower)), pause, self._grammar)
        if mark != ".":
            return mark
        mark = final_mark(self._sentence, self._grammar)
        self._sentence.clear()
        return mark

    def _end_where_marked(self, word: str) -> None:
        if word.endswith(tuple(SENTENCE_MARKS)):
            self._sentence.clear()

    def _last_mark(self) -> str:
        if self._open is None or self._open.endswith(tuple(MARKS)):
            return ""
        return final_mark(self._sentence, self._grammar)


def bare(word: str) -> str:
    """A word as the grammar's lists have it: lower case, without marks, its apostrophe straight."""
    return word.rstrip(MARKS).lower().replace("’", "'")


def cased(word: str, grammar: Grammar) -> str:
    """A word with the capital that it has anywhere in a sentence."""
    return capital(word) if bare(word).split("'")[0] in grammar.upper else word


def mark_between(words: tuple[str, str], pause: float, grammar: Grammar) -> str:
    """What stands between two bare words spoken `pause` seconds apart: nothing, a comma or a full stop."""
    if pause >= SURELY_AFTER:
        return "."
    if words[0] in grammar.going_on or pause < COMMA_AFTER:
        return ""
    return "." if pause >= STOP_AFTER and words[1] not in grammar.joining else ","


def final_mark(sentence: Sequence[str], grammar: Grammar) -> str:
    """A question mark after a sentence of bare words that begins like a question, else a full stop.

    Of the 4,861 questions in hand-edited talk, e-mail, speeches and a novel (52,000 sentences, whose ends were given)
    the English rule finds 50 %; 94 % of its question marks are right.
    """
    return "?" if _asks(sentence, grammar) else "."


def _asks(sentence: Sequence[str], grammar: Grammar) -> bool:
    first, second, third = [*_without_openers(sentence, grammar)[:3], "", "", ""][:3]
    if first in grammar.inverted:
        return second in grammar.subjects
    if first in grammar.picking:
        return second in grammar.inverted and third in grammar.subjects
    return first in grammar.asking and (second in grammar.inverted or "'" in first)


def _without_openers(sentence: Sequence[str], grammar: Grammar) -> Sequence[str]:
    start = next((at for at, word in enumerate(sentence) if word not in grammar.openers), len(sentence))
    return sentence[start:]
