"""What the numbers that the decoder speaks in mean."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from tray.core.failures import ModelError

BOS, EOS = 1, 2
SIZE = 32_000
"""Tokens; the model's output has room for a few hundred more that are never used."""
SPACE = "▁".encode()
SENTENCE_MARKS = b".?!"
MARKS = b".,?!:;"
LOOPS = {1: 5, 2: 4, 3: 4, 4: 3, 5: 3, 6: 3, 7: 3, 8: 3}
"""Length of a run of tokens, and how often in a row makes it a loop."""


class Vocabulary:
    """The pieces of words that tokens stand for. Ids beyond its end are unused and have no text."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self._entries = entries
        self.sentence_ends = [i for i, e in enumerate(entries) if e and all(b in SENTENCE_MARKS for b in e)]
        self._marks = {i for i, e in enumerate(entries) if e and all(b in MARKS for b in e)}
        allowed = self._marks | {EOS}
        self.glued = [i for i, e in enumerate(entries) if not e.startswith(SPACE) and i not in allowed]
        """Tokens that would go on inside the word before them."""

    def text(self, tokens: Sequence[int]) -> str:
        """Text of tokens without space at its ends; bytes are joined before they are read as UTF-8."""
        raw = b"".join(self._entries[t] for t in tokens if EOS < t < len(self._entries))
        return raw.replace(SPACE, b" ").decode("utf-8", "replace").strip()

    def words(self, tokens: Sequence[int]) -> list[range]:
        """Which tokens make up each word, by their positions."""
        starts = [at for at, t in enumerate(tokens) if at == 0 or self._begins_word(t)]
        return [range(a, b) for a, b in pairwise([*starts, len(tokens)])]

    def leading_marks(self, tokens: Sequence[int]) -> int:
        """How many tokens at the start are marks."""
        return next((at for at, t in enumerate(tokens) if t not in self._marks), len(tokens))

    def trailing_marks(self, tokens: Sequence[int]) -> int:
        """How many tokens at the end are marks."""
        return self.leading_marks(tokens[::-1])

    def _begins_word(self, token: int) -> bool:
        return token < len(self._entries) and self._entries[token].startswith(SPACE)


def read_vocabulary(path: Path) -> Vocabulary:
    """Read tokenizer.bin: for each token a length, then that many bytes; 128 and more takes two bytes.

    Raises ModelError where the file is missing or breaks off.
    """
    try:
        entries = _entries(path.read_bytes())
        if len(entries) != SIZE:
            raise IndexError(len(entries))
        return Vocabulary(entries)
    except (OSError, IndexError) as error:
        raise ModelError(f"{path} cannot be read", "Install the model again") from error


def _entries(data: bytes) -> list[bytes]:
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        size, at = data[at], at + 1
        if size >= 128:
            size, at = size - 128 + 128 * data[at], at + 1
        if at + size > len(data):
            raise IndexError(at)
        entries.append(data[at : at + size])
        at += size
    return entries


def loops(tokens: Sequence[int]) -> bool:
    """Whether the tokens run in circles somewhere."""
    return any(_longest_echo(tokens, size) >= (times - 1) * size for size, times in LOOPS.items())


def _longest_echo(tokens: Sequence[int], size: int) -> int:
    longest = run = 0
    for at in range(size, len(tokens)):
        run = run + 1 if tokens[at] == tokens[at - size] else 0
        longest = max(longest, run)
    return longest
