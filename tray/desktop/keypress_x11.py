"""The next keys that somebody presses, on X11; no other program hears them, and no hotkey goes off meanwhile."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# python-xlib ships no types; what comes out of it is typed where it enters a class of ours

from __future__ import annotations

import select
import time
from collections.abc import Callable, Mapping
from contextlib import closing

from Xlib import X, error
from Xlib.display import Display
from Xlib.protocol import rq

from tray.core.combination import KEYS, MODIFIERS
from tray.core.failures import HotkeyError
from tray.system.xkb import Keyboard, KeyboardWatch, symbol

GRAB_WITHIN = 2.0
"""Seconds in which a menu that is just closing has given the keyboard back."""
LIFT_WITHIN = 1.0
"""Seconds for the fingers to leave the keys, so that no repeat of them is typed into the window in front."""
_AGAIN_AFTER = 0.05
"""Seconds between two tries to get the keyboard."""
_WRITE_IT = "Write the keys instead: scribelet hotkey toggle ctrl+alt+d"


def next_keys(seconds: float, ready: Callable[[], None], *, display_name: str | None = None) -> str:
    """What is pressed within `seconds`, as `tray.core.combination` writes it; empty for Esc alone.

    It need not be fit for a hotkey: modifiers that were let go again come as `ctrl+alt`, a letter comes as `d`.
    `ready` is called as soon as keys count. Raises HotkeyError where nothing is pressed, or nothing can be heard.
    """
    try:
        with closing(Display(display_name)) as display:
            return _Listener(display).listen(seconds, ready)
    except (error.DisplayError, error.XauthError, error.ConnectionClosedError, OSError) as failure:
        raise HotkeyError("The X server does not answer, so no key can be heard.", _WRITE_IT) from failure


class _Listener:
    """One connection that has the keyboard to itself for a moment; closing it gives the keyboard back."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._keyboard: Keyboard = KeyboardWatch(display).read()
        self._names = key_names(self._keyboard)
        self._modifiers = {code for codes in self._keyboard.modifier_codes.values() for code in codes}
        self._dead = {code for row in self._keyboard.rows for code in row} - self._modifiers
        """Locks and AltGr: they are no keys of a combination, and pressing one of them says nothing."""
        self._before: set[int] = set()
        """Keys that are down since before, such as the Enter that started the command; they repeat."""
        self._lifted: frozenset[str] = frozenset()
        """Modifiers that were held when the first of them came up."""

    def listen(self, seconds: float, ready: Callable[[], None]) -> str:
        """The next combination."""
        self._grab()
        ready()
        deadline = time.monotonic() + seconds
        while event := self._next(deadline):
            pressed = self._press(event) if event.type == X.KeyPress else self._release(event)
            if pressed is not None:
                self._wait_for_lift(event.detail)
                return pressed
        raise HotkeyError(f"No key was pressed within {seconds:g} seconds.", f"Ask again. {_WRITE_IT}")

    def _grab(self) -> None:
        deadline = time.monotonic() + GRAB_WITHIN
        root = self._display.screen().root
        while True:
            self._before = _keys_down(self._display)
            if root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime) == X.GrabSuccess:
                return
            if time.monotonic() > deadline:
                raise HotkeyError("Another program keeps the keyboard to itself.", f"Close its menu. {_WRITE_IT}")
            time.sleep(_AGAIN_AFTER)

    def _next(self, deadline: float) -> rq.Event | None:
        """The next press or release; None after the deadline."""
        while (left := deadline - time.monotonic()) > 0:
            if not self._display.pending_events():
                select.select([self._display.fileno()], [], [], left)
            elif (event := self._display.next_event()).type in (X.KeyPress, X.KeyRelease):
                return event
        return None

    def _press(self, event: rq.Event) -> str | None:
        code: int = event.detail
        if code in self._before | self._modifiers | self._dead:
            return None
        held, name = self._keyboard.modifiers_in(event.state), self._names.get(code)
        if name is None or not held <= set(MODIFIERS):
            strange = "That key" if name is None else "A key held with it"
            raise HotkeyError(
                f"{strange} cannot be part of a hotkey.", "Use ctrl, alt, shift or super with a plain key."
            )
        return "" if name == "escape" and not held else _written(held, name)

    def _release(self, event: rq.Event) -> str | None:
        """What was held if the last modifier comes up and no other key was pressed with it."""
        code: int = event.detail
        if code in self._before or code not in self._modifiers:
            self._before.discard(code)
            return None
        held = self._keyboard.modifiers_in(event.state) & set(MODIFIERS)
        self._lifted = self._lifted or held
        still = {name for name in held if self._keyboard.modifier_codes[name] & (_keys_down(self._display) - {code})}
        return None if still else _written(self._lifted)

    def _wait_for_lift(self, code: int) -> None:
        deadline = time.monotonic() + LIFT_WITHIN
        while code in _keys_down(self._display) and self._next(deadline):
            continue


def key_names(keyboard: Keyboard) -> Mapping[int, str]:
    """What the key at each key code is called; where two names fit, the one it has without Shift."""
    names: dict[int, str] = {}
    for name in sorted(KEYS):
        for code in keyboard.codes(name):
            if code not in names or _plain(keyboard, code, name):
                names[code] = name
    return names


def _plain(keyboard: Keyboard, code: int, name: str) -> bool:
    groups = keyboard.keys.get(code, ())
    here = groups[keyboard.group % len(groups)] if groups else ()
    return bool(here) and here[0] == symbol(name)


def _written(held: frozenset[str], *names: str) -> str:
    return "+".join((*(name for name in MODIFIERS if name in held), *names))


def _keys_down(display: Display) -> set[int]:
    rows = display.query_keymap()
    return {8 * row + bit for row, bits in enumerate(rows) for bit in range(8) if bits >> bit & 1}
