"""Valid inputs made wrong, in the same way for the same seed, target and number on every machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

LONGEST = 64_000
"""Bytes; longer inputs are cut."""
_EDGES = (0, 1, -1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, -(2**63))
_NUMBERS = (
    *(b"0", b"-1", b"1e999", b"-1e999", b"NaN", b"Infinity", b"1e308", b"0.1", b"1e-320", b"true", b"null", b'"7"'),
    *(b"2147483648", b"18446744073709551616", b"9" * 30, b"9" * 400, b"9" * 5000, b"0x" + b"f" * 5000),
)
_VALUES = (
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"[[]]",
    b'""',
    b"0",
    b"-1",
    b'"\\ud800"',
    b'"\\u0000"',
    b'{"a": 1}',
    b"[1, 2]",
)
_ENCODINGS = (
    *(
        b"\xff",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\x00",
        b"\xe2\x80\xa8",
        b"\xef\xbb\xbf",
        b"\x1b[2J",
    ),
    *(b"\r", b"\r\n", b"\x85", b"\\ud800", b"\\u0000", "\u202e".encode(), "ß".encode(), "\U0001f600".encode()),
)
_NESTS = (
    (b"[", b"]"),
    (b'{"a":', b"}"),
    (b"a.", b""),
    (b".a", b""),
    (b"((", b"))"),
    (b"\x91", b""),
    (b"\x81\xa1a", b""),
    (b"<b>", b""),
)
_DEPTHS = (3, 30, 120, 300, 600, 1100, 5000, 30_000)
_RUNS = (2, 8, 60, 300, 2000, 12_000, 60_000)
_FIGURE = re.compile(rb"-?\d+(?:\.\d+)?")
_QUOTED = re.compile(rb'"[^"\n]{0,200}"')

Change = Callable[[Random, bytes], bytes]


class Inputs:
    """The inputs for one target, by number: first the seeds as they are, then changed ones without end."""

    def __init__(self, seed: int, name: str, seeds: Sequence[bytes], tokens: Sequence[bytes] = ()) -> None:
        """`tokens` are words of the format."""
        self._seed, self._name, self._seeds = seed, name, seeds
        inserted = (*tokens, *_ENCODINGS)

        def token(rng: Random, content: bytes) -> bytes:
            return _put(content, _place(rng, content), rng.choice(inserted), over=rng.random() < 0.3)

        def splice(rng: Random, content: bytes) -> bytes:
            other = rng.choice(seeds)
            return content[: _place(rng, content)] + other[_place(rng, other) :]

        self._changes: tuple[Change, ...] = (*_CHANGES, token, token, splice)

    def __getitem__(self, number: int) -> bytes:
        """The input of this number, counted from 0."""
        if number < len(self._seeds):
            return self._seeds[number]
        rng = Random(f"{self._seed} {self._name} {number}")
        content = rng.choice(self._seeds)
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5, 9))):
            content = rng.choice(self._changes)(rng, content)[:LONGEST]
        return content


def _place(rng: Random, content: bytes) -> int:
    # the beginning of most formats says what the rest is
    limit = min(64, len(content)) if rng.random() < 0.3 else len(content)
    return rng.randint(0, limit)


def _put(content: bytes, at: int, new: bytes, *, over: bool) -> bytes:
    return content[:at] + new + content[at + len(new) * over :]


def _stretch(rng: Random, content: bytes) -> tuple[int, int]:
    start = _place(rng, content)
    return start, min(len(content), start + rng.choice((1, 2, 4, 8, 16, 64, 256, 4096)))


def _flip(rng: Random, content: bytes) -> bytes:
    at = _place(rng, content)
    return content[:at] + bytes(byte ^ 1 << rng.randrange(8) for byte in content[at : at + 1]) + content[at + 1 :]


def _noise(rng: Random, content: bytes) -> bytes:
    at = _place(rng, content)
    return _put(content, at, rng.randbytes(rng.choice((1, 2, 4, 30))), over=rng.random() < 0.7)


def _cut(rng: Random, content: bytes) -> bytes:
    start, end = _stretch(rng, content)
    return content[:start] + content[end:]


def _torn(rng: Random, content: bytes) -> bytes:
    at = _place(rng, content)
    return content[at:] if rng.random() < 0.2 else content[:at]


def _repeat(rng: Random, content: bytes) -> bytes:
    start, end = _stretch(rng, content)
    times = rng.choice((2, 2, 3, 10, 100, 1000))
    return content[:start] + (content[start:end] * times)[:LONGEST] + content[end:]


def _run(rng: Random, content: bytes) -> bytes:
    one = rng.choice((b" ", b"a", b"0", b".", b"[", b'"', b"\\", b"\n", b"\x00", b"\xff", b"\t", b"*", b"/"))
    return _put(content, _place(rng, content), one * rng.choice(_RUNS), over=False)


def _swap(rng: Random, content: bytes) -> bytes:
    first, second = sorted((_stretch(rng, content), _stretch(rng, content)))
    if first[1] > second[0]:
        return content
    one, two = content[slice(*first)], content[slice(*second)]
    return content[: first[0]] + two + content[first[1] : second[0]] + one + content[second[1] :]


def _swap_lines(rng: Random, content: bytes) -> bytes:
    rows = content.split(b"\n")
    one, two = rng.randrange(len(rows)), rng.randrange(len(rows))
    rows[one], rows[two] = rows[two], (rows[one] if rng.random() < 0.5 else rows[two])
    return b"\n".join(rows)


def _edge(rng: Random, content: bytes) -> bytes:
    width = rng.choice((1, 2, 4, 4, 8))
    number = rng.choice(_EDGES) % (1 << 8 * width)
    new = number.to_bytes(width, "little" if rng.random() < 0.7 else "big")
    return _put(content, _place(rng, content), new, over=rng.random() < 0.9)


def _instead(rng: Random, content: bytes, form: re.Pattern[bytes], choice: Sequence[bytes]) -> bytes:
    found = list(form.finditer(content, 0, 20_000))
    if not found:
        return content
    one = rng.choice(found)
    return content[: one.start()] + rng.choice(choice) + content[one.end() :]


def _figure(rng: Random, content: bytes) -> bytes:
    return _instead(rng, content, _FIGURE, _NUMBERS)


def _field(rng: Random, content: bytes) -> bytes:
    """Another number in a field of fixed width."""
    found = list(_FIGURE.finditer(content, 0, 20_000))
    if not found:
        return content
    one = rng.choice(found)
    return content[: one.start()] + rng.choice((b"0", b"7", b"9")) * len(one[0]) + content[one.end() :]


def _value(rng: Random, content: bytes) -> bytes:
    return _instead(rng, content, _FIGURE if rng.random() < 0.3 else _QUOTED, _VALUES)


def _nest(rng: Random, content: bytes) -> bytes:
    (opening, closing), depth = rng.choice(_NESTS), rng.choice(_DEPTHS)
    nest = opening * depth + rng.choice((b"", b"1")) + closing * depth * (rng.random() < 0.7)
    if rng.random() < 0.4:
        return _instead(rng, content, _FIGURE if rng.random() < 0.5 else _QUOTED, (nest,))
    return _put(content, _place(rng, content), nest, over=False)


_CHANGES: tuple[Change, ...] = (
    _field,
    *(_flip, _flip, _noise, _cut, _torn, _repeat, _run, _swap, _swap_lines, _edge, _edge),
    *(_figure, _figure, _value, _value, _nest),
)
