"""Keys sent to the window in front of an X server, by XTEST: to programs they come from the keyboard."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false
# python-xlib ships no types and makes attributes at run time; what comes out of it is typed where it enters a class

from __future__ import annotations

import queue
import time
from collections.abc import Container, Generator, Iterable
from contextlib import contextmanager
from threading import Event

from Xlib import XK, X
from Xlib.display import Display
from Xlib.protocol import rq

from tray.core.failures import SinkError
from tray.system.spare_keys_x11 import UNICODE, Spares, Stroke
from tray.system.xkb import Keyboard, KeyboardWatch, symbol

_LOOK_EVERY = 0.005
"""Seconds between two looks at keys that are held."""
_AT_ONCE = 200
"""Characters that are sent together."""
_LEVEL_3 = 0xFE03
"""The keysym of AltGr."""
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


class Turn:
    """How far a text has come, known to whoever types and to whoever waits for it, also when the wait is cut short.

    The count is a token: it has to be taken before anything is sent, and the end of the turn keeps it.
    """

    def __init__(self, seconds: float, stopped: Event) -> None:
        """It is over after these seconds, and when it is stopped."""
        self.deadline = time.monotonic() + seconds
        """On the monotonic clock."""
        self._stopped = stopped
        self._count: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._count.put(0)

    def claim(self, characters: int) -> bool:
        """Count characters that are sent right after this; False where the turn is over and none may be sent."""
        if self._stopped.is_set() or time.monotonic() >= self.deadline:
            return False
        try:
            count = self._count.get_nowait()
        except queue.Empty:
            return False
        self._count.put(count + characters)
        return True

    def end(self) -> int:
        """End it, from any thread, but once; how many characters were claimed. None will be after this."""
        return self._count.get()


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
        self._spares = Spares(display)

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

    def type(self, text: str, turn: Turn) -> None:
        """Type a text until the turn is over. Raises SinkError where a character needs a key that is not there.

        Characters that the layout lacks are put on keys without a meaning; `give_back` takes them away again.
        """
        keyboard = self._watch.read()
        self._spares.look(keyboard)
        # what we put on spare keys is no part of the layout: it may be replaced on the way
        layout = _strokes(keyboard, set(self._spares.codes(keyboard)))
        with self._without_caps_lock():
            while text:
                some = text[:_AT_ONCE]
                some = some[: self._spares.provide(some, layout, keyboard, turn.deadline)]
                if not some or not turn.claim(len(some)):
                    return
                self._strike(
                    keyboard, [one for letter in some if (one := layout.get(letter) or self._spares.stroke(letter))]
                )
                text = text[len(some) :]

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

    @contextmanager
    def _without_caps_lock(self) -> Generator[None]:
        """It would turn letters round."""
        locks = self._display.screen().root.query_pointer().mask & X.LockMask
        self._lock(0)
        try:
            yield
        finally:
            self._lock(locks)
            self._display.sync()

    def _lock(self, locks: int) -> None:
        """Set Caps Lock."""
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
        return chr(keysym - UNICODE)
    if keysym in _NAMED:
        return _NAMED[keysym]
    encoding = _ALPHABETS.get(keysym >> 8)
    letter = bytes([keysym & 0xFF]).decode(encoding, "ignore") if encoding else ""
    return letter if letter.isalpha() else ""


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
