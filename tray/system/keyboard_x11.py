"""Keys sent to the window in front of an X server, by XTEST: to programs they come from the keyboard."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false
# python-xlib ships no types and makes attributes at run time; what comes out of it is typed where it enters a class

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from Xlib import XK, X
from Xlib.display import Display
from Xlib.protocol import rq

from tray.core.failures import SinkError
from tray.system.xkb import Keyboard, KeyboardWatch, symbol

_LOOK_EVERY = 0.005
"""Seconds between two looks at keys that are held."""
_READING, _READING_EACH = 0.15, 0.003
"""Seconds for a program to read keys, and each of many, before they change: it asks for their meaning when it reads."""
_READING_AT_MOST = 0.9
"""Seconds; a program that is slower gets wrong letters."""
_AT_ONCE = 200
"""Characters that are sent together."""
_LEVEL_3 = 0xFE03
"""The keysym of AltGr."""
_UNICODE = 0x0100_0000
_ALPHABETS = {
    1: "iso8859-2",
    2: "iso8859-3",
    3: "iso8859-4",
    5: "iso8859-6",
    6: "koi8-u",
    12: "iso8859-8",
    13: "tis-620",
}
"""By the high byte of a keysym, the encoding of which its low byte is; from keysymdef.h."""
_NAMED = {XK.XK_Return: "\n", XK.XK_Tab: "\t", 0x20AC: "€"}


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a character comes from the keyboard."""

    code: int
    """The key."""
    level: int
    """0 plain, 1 with shift, 2 with AltGr, 3 with both."""


class X11Keyboard:
    """The keyboard of one connection; lives on the thread that owns it."""

    def __init__(self, display: Display) -> None:
        """Raises SinkError or HotkeyError if the server lacks XTEST or XKEYBOARD."""
        if not display.has_extension("XTEST"):
            raise SinkError("The X server lacks the XTEST extension.", "Copy the text from the menu instead.")
        self._display = display
        self._watch = KeyboardWatch(display)
        extension = display.query_extension("XKEYBOARD")
        self._opcode: int = extension.major_opcode if extension else 0
        self._spares = _Spares(display)

    def free(self, patience: float) -> bool:
        """Whether keys reach the window in front, and not a program that waits for the end of a held hotkey.

        Asks again for `patience` seconds.
        """
        deadline = time.monotonic() + patience
        while self._held_for_another():
            if time.monotonic() >= deadline:
                return False
            time.sleep(_LOOK_EVERY)
        return True

    def let_go(self, patience: float) -> None:
        """Wait these seconds for shift, ctrl, alt and the like to be released, then release them for the person."""
        modifiers = _modifiers(self._watch.read())
        deadline = time.monotonic() + patience
        while _down(self._display) & modifiers and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY)
        for code in _down(self._display) & modifiers:
            self._display.xtest_fake_input(X.KeyRelease, code)
        self._display.sync()

    def has(self, key: str) -> bool:
        """Whether any installed layout has this key of `tray.core.combination.KEYS`."""
        keys = self._watch.read().keys.values()
        return any(symbol(key) in group[:2] for groups in keys for group in groups)

    def chord(self, *keys: str) -> None:
        """Press these keys together, modifiers first, wherever they are in the layout in force."""
        keyboard = self._watch.read()
        *modifiers, last = keys
        codes = [*(min(keyboard.modifier_codes[name]) for name in modifiers), *keyboard.codes(last)[:1]]
        for code in codes:
            self._display.xtest_fake_input(X.KeyPress, code)
        for code in reversed(codes):
            self._display.xtest_fake_input(X.KeyRelease, code)
        self._display.sync()

    def type(self, text: str, go_on: Callable[[], bool]) -> int:
        """Type a text as long as `go_on` says so; how many of its characters went out.

        Characters that the layout lacks are put on keys without a meaning; `give_back` takes them away again.
        """
        keyboard = self._watch.read()
        self._spares.look(keyboard)
        # what we put on spare keys is no part of the layout: it may be replaced on the way
        layout = _strokes(keyboard, set(self._spares.codes(keyboard)))
        locks = self._display.screen().root.query_pointer().mask & X.LockMask
        self._lock(0)
        done = 0
        while done < len(text) and go_on():
            some = text[done : done + _AT_ONCE]
            some = some[: self._spares.provide(some, layout, keyboard)]
            self._strike(keyboard, [stroke for one in some if (stroke := layout.get(one) or self._spares.stroke(one))])
            done += len(some)
        self._lock(locks)
        self._display.sync()
        return done

    def idle(self, after: float) -> float | None:
        """Give borrowed keys back when unused for so many seconds; seconds until then, None if none is borrowed."""
        left = self._spares.used_at + after - time.monotonic()
        if self._spares.lent and left <= 0:
            self.give_back()
        return max(0.0, left) if self._spares.lent else None

    def give_back(self) -> None:
        """Keys that had no meaning have none again."""
        self._spares.give_back(self._watch.read())

    def _strike(self, keyboard: Keyboard, strokes: Iterable[Stroke]) -> None:
        shift = min(keyboard.modifier_codes["shift"])
        altgr = next((code for code, groups in keyboard.keys.items() if any(_LEVEL_3 in one for one in groups)), 0)
        for stroke in strokes:
            self._spares.unread += 1
            held = [*([altgr] if stroke.level & 2 else []), *([shift] if stroke.level & 1 else [])]
            for code in (*held, stroke.code):
                self._display.xtest_fake_input(X.KeyPress, code)
            for code in (stroke.code, *reversed(held)):
                self._display.xtest_fake_input(X.KeyRelease, code)
        self._display.sync()
        self._spares.used_at = time.monotonic()

    def _lock(self, locks: int) -> None:
        """Set Caps Lock, which would turn letters round."""
        _LockState(display=self._display.display, opcode=self._opcode, locks=locks)

    def _held_for_another(self) -> bool:
        """A held key may have been taken by another program, which then gets every key; the server tells who tries."""
        if not _down(self._display) - _modifiers(self._watch.read()):
            return False
        root = self._display.screen().root
        answer = root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
        self._display.ungrab_keyboard(X.CurrentTime)
        self._display.sync()
        return answer == X.AlreadyGrabbed


class _Spares:
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

    def provide(self, text: str, layout: Mapping[str, Stroke], keyboard: Keyboard) -> int:
        """Put characters on keys; how many characters of the text can be typed now, at least one. Raises SinkError."""
        needed = list(dict.fromkeys(one for one in text if one not in layout and _can_be_typed(one)))
        missing = [one for one in needed if one not in self._on]
        if not missing:
            return len(text)
        codes = self.codes(keyboard)
        if not codes:
            raise SinkError("This keyboard has no key to spare for other alphabets.", "Set insert.mode to paste.")
        if len(self._on) + len(missing) > 2 * len(codes):
            self._wait_until_read()
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

    def _wait_until_read(self) -> None:
        wait = min(_READING + self.unread * _READING_EACH, _READING_AT_MOST)
        time.sleep(max(0.0, self.used_at + wait - time.monotonic()))
        self.unread = 0


def _strokes(keyboard: Keyboard, without: Container[int]) -> dict[str, Stroke]:
    """How the layout in force makes characters, with as few modifiers as can be, and `without` some keys."""
    found: dict[str, Stroke] = {}
    for level in range(4):
        for code, groups in keyboard.keys.items():
            here = groups[keyboard.group % len(groups)] if groups else ()
            if level < len(here) and code not in without and (one := _character(here[level])):
                found.setdefault(one, Stroke(code, level))
    return found


def _character(keysym: int) -> str:
    """The character of a keysym; empty where it is none, or only half of one."""
    if 0x20 <= keysym <= 0x7E or 0xA0 <= keysym <= 0xFF:
        return chr(keysym)
    if keysym >> 24 == 1:
        return chr(keysym - _UNICODE)
    if keysym in _NAMED:
        return _NAMED[keysym]
    encoding = _ALPHABETS.get(keysym >> 8)
    letter = bytes([keysym & 0xFF]).decode(encoding, "ignore") if encoding else ""
    return letter if letter.isalpha() else ""


def _symbol(character: str) -> int:
    number = ord(character)
    return number if number <= 0xFF else _UNICODE + number


def _can_be_typed(character: str) -> bool:
    """It is no control character and no half of one."""
    return ord(character) >= 0x20 and not 0x7F <= ord(character) < 0xA0 and not 0xD800 <= ord(character) < 0xE000


def _symbols(keyboard: Keyboard, code: int) -> frozenset[int]:
    """All keysyms of a key."""
    return frozenset(found for group in keyboard.keys.get(code, ()) for found in group)


def _modifiers(keyboard: Keyboard) -> frozenset[int]:
    """Key codes of all modifiers but the locks."""
    rows = [codes for row, codes in enumerate(keyboard.rows) if 1 << row not in keyboard.lock_masks]
    return frozenset[int]().union(*rows)


def _down(display: Display) -> frozenset[int]:
    rows = display.query_keymap()
    return frozenset(8 * row + bit for row, bits in enumerate(rows) for bit in range(8) if bits >> bit & 1)


class _LockState(rq.Request):
    """XkbLatchLockState of "The X Keyboard Extension: Protocol Specification", version 1.0, for Caps Lock alone."""

    _request = rq.Struct(
        *(rq.Card8("opcode"), rq.Opcode(5), rq.RequestLength(), rq.Card16("device", 0x100)),
        *(rq.Card8("affected", X.LockMask), rq.Card8("locks"), rq.Pad(8)),
    )
