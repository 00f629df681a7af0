"""Global key combinations on Windows, by the keyboard hook of pynput. Written from its source: not tried on Windows."""

from __future__ import annotations

import ctypes
import logging
import queue
import time
from collections.abc import Callable, Mapping
from threading import Thread
from typing import TYPE_CHECKING, Any

from tray.core.combination import FUNCTION_KEYS, Combination, one_error, parse_both
from tray.core.failures import HotkeyError
from tray.core.keys import Grip, Key, KeyEvent

if TYPE_CHECKING:
    from pynput.keyboard import Listener

_LOOK_EVERY = 0.2
"""Seconds between two looks at the keyboard while a combination is down."""
_END_WITHIN = 5.0
"""Seconds the thread gets to end."""
_MODIFIERS: Mapping[str, frozenset[int]] = {
    "shift": frozenset({0xA0, 0xA1}),
    "ctrl": frozenset({0xA2, 0xA3}),
    "alt": frozenset({0xA4, 0xA5}),
    "super": frozenset({0x5B, 0x5C}),
}
"""Virtual-key codes of the left and right modifiers (Microsoft, "Virtual-Key Codes", winuser.h)."""
_CODES: Mapping[str, int] = {
    **{"backspace": 0x08, "tab": 0x09, "enter": 0x0D, "pause": 0x13, "escape": 0x1B, "space": 0x20},
    **{"page_up": 0x21, "page_down": 0x22, "end": 0x23, "home": 0x24},
    **{"left": 0x25, "up": 0x26, "right": 0x27, "down": 0x28},
    **{"print_screen": 0x2C, "insert": 0x2D, "delete": 0x2E, "menu": 0x5D, "scroll_lock": 0x91},
    **{"volume_mute": 0xAD, "volume_down": 0xAE, "volume_up": 0xAF},
    **{"media_next": 0xB0, "media_previous": 0xB1, "media_stop": 0xB2, "media_play": 0xB3},
    **{"semicolon": 0xBA, "equal": 0xBB, "comma": 0xBC, "minus": 0xBD, "period": 0xBE, "slash": 0xBF, "grave": 0xC0},
    **{"left_bracket": 0xDB, "backslash": 0xDC, "right_bracket": 0xDD, "apostrophe": 0xDE, "less": 0xE2},
    **{name: 0x70 + index for index, name in enumerate(FUNCTION_KEYS)},
}
"""Virtual-key codes of keys other than letters and digits, from the same page; it has none for `microphone_mute`."""

_Report = Callable[[KeyEvent], None]
_log = logging.getLogger(__name__)


class WindowsHotkeys:
    """Watches for combinations on Windows; they also reach the program in front, and a taken one goes unnoticed."""

    def __init__(self) -> None:
        self._listener: Listener | None = None
        self._strokes: queue.SimpleQueue[tuple[int, bool] | None] = queue.SimpleQueue()
        self._thread: Thread | None = None

    def bind(self, toggle: str, cancel: str, report: _Report) -> None:
        """Watch for these combinations ("" = none) instead of earlier ones, reporting from another thread.

        Raises HotkeyError where one cannot be understood; the other one still works.
        """
        self.close()
        wanted, errors = parse_both(toggle, cancel)
        errors += [_absent(combination) for combination in wanted.values() if virtual_code(combination.key) is None]
        self._strokes = queue.SimpleQueue()
        arguments = (self._strokes, _aimed(wanted), report)
        self._thread = Thread(target=_follow, args=arguments, name="hotkeys", daemon=True)
        self._thread.start()
        self._listen()
        if errors:
            raise one_error(errors)

    def close(self) -> None:
        """Stop watching. Idempotent."""
        if self._listener is not None:
            self._listener.stop()
        if self._thread is not None:
            self._strokes.put(None)
            self._thread.join(_END_WITHIN)
        self._listener = self._thread = None

    def _listen(self) -> None:
        from pynput.keyboard import Listener

        strokes = self._strokes

        # Windows drops a hook that takes its time, so all work is left to the thread
        def pressed(key: Any) -> None:
            strokes.put((code_of(key), True))

        def released(key: Any) -> None:
            strokes.put((code_of(key), False))

        self._listener = Listener(on_press=pressed, on_release=released)
        self._listener.start()


def code_of(key: Any) -> int:
    """The virtual-key code of what pynput reports (Key, KeyCode or None); 0 if it has none."""
    return getattr(getattr(key, "value", key), "vk", None) or 0


def virtual_code(key: str) -> int | None:
    """The virtual-key code of a key of `tray.core.combination.KEYS`; None if Windows has none."""
    return ord(key.upper()) if len(key) == 1 else _CODES.get(key)


def _absent(combination: Combination) -> HotkeyError:
    return HotkeyError(
        f"Windows has no key “{combination}”.",
        "Choose another with: scribelet config set hotkey.toggle … "
        "The icon, the menu and `scribelet toggle` still work.",
    )


def _aimed(wanted: Mapping[Key, Combination]) -> Grip:
    grip = Grip()
    codes = {key: virtual_code(combination.key) for key, combination in wanted.items()}
    grip.aim(
        {(code, wanted[key].modifiers): key for key, code in codes.items() if code is not None},
        _MODIFIERS,
    )
    return grip


def _follow(strokes: queue.SimpleQueue[tuple[int, bool] | None], grip: Grip, report: _Report) -> None:
    """Turn keys into events until told to end."""
    try:
        while True:
            try:
                stroke = strokes.get(timeout=_LOOK_EVERY if grip.busy else None)
            except queue.Empty:
                _end(grip.look(_keys_down()), report)
                continue
            if stroke is None:
                return
            _tell(grip, stroke, report)
    except Exception:  # noqa: BLE001 (the one catch-all of this thread)
        _log.exception("the hotkeys stopped")


def _tell(grip: Grip, stroke: tuple[int, bool], report: _Report) -> None:
    code, down = stroke
    if not down:
        _end(grip.release(code), report)
        return
    # the real state: the hook misses releases behind Win+L and the consent screen
    held = _keys_down()
    key = grip.press(code, frozenset(name for name, codes in _MODIFIERS.items() if codes & held))
    if key is not None:
        report(KeyEvent(key, down=True, at=time.monotonic()))


def _end(keys: tuple[Key, ...], report: _Report) -> None:
    for key in keys:
        report(KeyEvent(key, down=False, at=time.monotonic()))


def _keys_down() -> frozenset[int]:
    user32 = getattr(ctypes, "windll").user32  # noqa: B009 (a plain attribute exists on Windows only)
    return frozenset(code for code in range(1, 255) if user32.GetAsyncKeyState(code) & 0x8000)
