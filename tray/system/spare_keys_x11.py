"""Keys of an X server that have no meaning, lent for a while to characters that no layout has."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false
# python-xlib ships no types and makes attributes at run time; what comes out of it is typed where it enters a class

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from Xlib.display import Display

from tray.core.failures import SinkError
from tray.system.xkb import Keyboard

_READING, _READING_EACH = 0.15, 0.003
"""Seconds for a program to read keys, and each of many, before they change: it asks for their meaning when it reads."""
_READING_AT_MOST = 0.9
"""Seconds; a program that is slower gets wrong letters."""
UNICODE = 0x0100_0000
"""What a keysym has above the number of its character; from keysymdef.h."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a character comes from the keyboard."""

    code: int
    """The key."""
    level: int
    """0 plain, 1 with shift, 2 with AltGr, 3 with both."""


class Spares:
    """Keys without a meaning, and what is on them for a while."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._on: dict[str, Stroke] = {}
        self._put_there: dict[int, tuple[int, int]] = {}
        """Keysyms by key."""
        self.used_at = 0.0
        """When keys were last sent, on the monotonic clock."""
        self.unread = 0
        """How many keys were sent since there was time to read them."""

    @property
    def lent(self) -> bool:
        """Something is on them."""
        return bool(self._put_there)

    def look(self, keyboard: Keyboard) -> None:
        """Forget what is not there any more, because another layout was chosen."""
        self._put_there = {
            code: pair for code, pair in self._put_there.items() if _symbols(keyboard, code) - {0} == frozenset(pair)
        }
        self._on = {one: stroke for one, stroke in self._on.items() if stroke.code in self._put_there}

    def codes(self, keyboard: Keyboard) -> list[int]:
        """The keys without a meaning, whatever is on them for now."""
        rows = {code for row in keyboard.rows for code in row}
        empty = {code for code in keyboard.keys if not any(_symbols(keyboard, code))}
        return sorted((empty | set(self._put_there)) - rows)

    def stroke(self, character: str) -> Stroke | None:
        """Where a character was put."""
        return self._on.get(character)

    def provide(self, text: str, layout: Mapping[str, Stroke], keyboard: Keyboard, deadline: float) -> int:
        """Put characters on keys; how many characters of the text can be typed now. Raises SinkError.

        That is none where keys are needed that programs may still be reading at this time of the monotonic clock.
        """
        needed = list(dict.fromkeys(one for one in text if one not in layout and _can_be_typed(one)))
        missing = [one for one in needed if one not in self._on]
        if not missing:
            return len(text)
        codes = self.codes(keyboard)
        if not codes:
            raise SinkError("This keyboard has no key to spare for other alphabets.", "Set insert.mode to paste.")
        if len(self._on) + len(missing) > 2 * len(codes):
            if not self._wait_until_read(deadline):
                return 0
            self._on, missing = {}, needed[: 2 * len(codes)]
        self._put([*self._on, *missing], codes)
        return next((at for at, one in enumerate(text) if one in needed and one not in self._on), len(text))

    def give_back(self, keyboard: Keyboard) -> None:
        """Take everything away, unless somebody has changed the keys meanwhile."""
        self.look(keyboard)
        if self.lent:
            self._wait_until_read()
        for code in self._put_there:
            self._display.change_keyboard_mapping(code, [(0, 0)])
        self._display.sync()
        self._on, self._put_there = {}, {}

    def _put(self, characters: Sequence[str], codes: Sequence[int]) -> None:
        # what is there already keeps its place, for its keys may not have been read yet
        for at, code in zip(range(0, len(characters), 2), codes, strict=False):
            pair = characters[at : at + 2]
            symbols = (_symbol(pair[0]), _symbol(pair[-1]))
            if self._put_there.get(code) != symbols:
                self._display.change_keyboard_mapping(code, [symbols])
            self._put_there[code] = symbols
            self._on |= {one: Stroke(code, level) for level, one in enumerate(pair)}
        self._display.sync()

    def _wait_until_read(self, deadline: float = math.inf) -> bool:
        """Give programs time to read the keys sent so far; False, at once, where that is not over by the deadline."""
        read_at = self.used_at + min(_READING + self.unread * _READING_EACH, _READING_AT_MOST)
        if read_at > deadline:
            return False
        time.sleep(max(0.0, read_at - time.monotonic()))
        self.unread = 0
        return True


def _symbol(character: str) -> int:
    number = ord(character)
    return number if number <= 0xFF else UNICODE + number


def _can_be_typed(character: str) -> bool:
    """It is no control character and no half of one."""
    return ord(character) >= 0x20 and not 0x7F <= ord(character) < 0xA0 and not 0xD800 <= ord(character) < 0xE000


def _symbols(keyboard: Keyboard, code: int) -> frozenset[int]:
    """All keysyms of a key."""
    return frozenset(found for group in keyboard.keys.get(code, ()) for found in group)
