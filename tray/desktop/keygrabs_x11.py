"""Combinations taken from one X server with passive grabs, and what is pressed of them."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# python-xlib ships no types; what comes out of it is typed where it enters a class of ours

from __future__ import annotations

import logging
import select
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations

from Xlib import X, error
from Xlib.display import Display
from Xlib.protocol import rq

from tray.core.combination import FUNCTION_KEYS, Combination
from tray.core.failures import HotkeyError
from tray.core.keys import Grip, Key, KeyEvent
from tray.system.xkb import Keyboard, KeyboardWatch

STILL_WORK = "The icon, the menu and `scribelet toggle` still work."
"""What is said wherever a key does not."""
_LOOK_EVERY = 0.2
"""Seconds between two looks at the keyboard while a combination is down."""
_STRAY = 2.0
"""Seconds by which two clocks cannot drift apart between two events: then one of them was set."""
_CONSOLE_SWITCHES = frozenset(Combination(frozenset({"ctrl", "alt"}), name) for name in FUNCTION_KEYS[:12])
"""The server acts on these itself; no program gets them."""

Report = Callable[[KeyEvent], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Grab:
    """One combination as this keyboard has it."""

    codes: tuple[int, ...]
    mask: int
    """Of its modifiers, without locks."""
    locks: tuple[int, ...]
    """Masks of the locks."""

    def variants(self) -> list[tuple[int, int]]:
        """Key and mask with every state of the locks, which X counts as modifiers."""
        states = [sum(chosen) for count in range(len(self.locks) + 1) for chosen in combinations(self.locks, count)]
        return [(code, self.mask | state) for code in self.codes for state in states]


class _ServerClock:
    """The X server's time in seconds of our monotonic clock: how long a key was held must not depend on our delays."""

    def __init__(self) -> None:
        self._behind = 0.0
        """Our clock less the server's, as the event said that reached us fastest."""

    def seconds(self, milliseconds: int) -> float:
        """When an event happened."""
        behind = time.monotonic() - milliseconds / 1000
        # the server counts 49 days and begins again
        self._behind = behind if abs(behind - self._behind) > _STRAY else min(behind, self._behind)
        return milliseconds / 1000 + self._behind


class Grabs:
    """The combinations that are taken on one connection."""

    def __init__(self, display: Display) -> None:
        """Read the keyboard; nothing is taken yet. Raises HotkeyError if the server lacks XKEYBOARD."""
        self._display = display
        self._root = display.screen().root
        self._keyboards = KeyboardWatch(display)
        self.keyboard: Keyboard = self._keyboards.read()
        """As it was when it was last read."""
        self._wanted: Mapping[Key, Combination] = {}
        self._grabs: dict[Key, _Grab] = {}

    def take(self, wanted: Mapping[Key, Combination]) -> list[HotkeyError]:
        """Hold exactly these from now on; returns what cannot be had."""
        self._wanted = wanted
        before, self._grabs = set(self._grabs.values()), {}
        failures: list[HotkeyError] = []
        for key, combination in wanted.items():
            try:
                self._grabs[key] = self._grab(combination, before)
            except HotkeyError as failure:
                failures.append(failure)
        # what stays is never given back: a press in between would go by
        self._release(_variants(before) - _variants(self._grabs.values()))
        return failures

    def follow_keyboard(self) -> bool:
        """Take the same keys where they are now; whether the keyboard is another one than before."""
        keyboard = self._keyboards.read()
        if keyboard == self.keyboard:
            return False
        self.keyboard = keyboard
        for failure in self.take(self._wanted):
            _log.warning("%s", failure)
        return True

    def is_change(self, event: rq.Event) -> bool:
        """After this event the keyboard has to be followed."""
        return self._keyboards.is_change(event)

    def places(self) -> Mapping[tuple[int, frozenset[str]], Key]:
        """What is held: key code and names of the modifiers of each."""
        return {
            (code, self.keyboard.modifiers_in(grab.mask)): key
            for key, grab in self._grabs.items()
            for code in grab.codes
        }

    def _grab(self, combination: Combination, held: AbstractSet[_Grab]) -> _Grab:
        if combination in _CONSOLE_SWITCHES:
            raise HotkeyError(f"“{combination}” changes to another console under X11.", _choose_another())
        mask = self.keyboard.mask(combination.modifiers)
        grab = _Grab(self.keyboard.codes(combination.key), mask or 0, tuple(self.keyboard.lock_masks))
        if mask is not None and grab in held:
            return grab
        if mask is None or not grab.codes:
            raise HotkeyError(f"This keyboard has no “{combination}”.", _choose_another())
        taken = error.CatchError(error.BadAccess)
        for code, variant in grab.variants():
            self._root.grab_key(code, variant, False, X.GrabModeAsync, X.GrabModeAsync, onerror=taken)
        self._display.sync()
        if taken.get_error():
            self._release(_variants({grab}) - _variants(held))
            raise HotkeyError(f"Another program has taken “{combination}”.", _choose_another())
        return grab

    def _release(self, variants: AbstractSet[tuple[int, int]]) -> None:
        for code, variant in variants:
            self._root.ungrab_key(code, variant)
        self._display.sync()


class Watch:
    """Says what is pressed of the combinations that are taken; lives on the thread that owns the connection."""

    def __init__(self, display: Display) -> None:
        """Take nothing yet. Raises HotkeyError if the server lacks XKEYBOARD."""
        self._display = display
        self._grabs = Grabs(display)
        self._report: Report = lambda _: None
        self._grip = Grip()
        self._clock = _ServerClock()

    def take(self, wanted: Mapping[Key, Combination], report: Report) -> list[HotkeyError]:
        """Report presses of exactly these from now on; returns what cannot be had."""
        self.let_go()
        self._report = report
        failures = self._grabs.take(wanted)
        self._aim()
        return failures

    def let_go(self) -> None:
        """Report what is down as released; asks the server nothing."""
        self._end(self._grip.let_go(), time.monotonic())

    def follow(self, bell: socket.socket) -> None:
        """Report keys until something is heard on the bell."""
        while True:
            self._drain()
            timeout = _LOOK_EVERY if self._grip.busy else None
            ready, _, _ = select.select([self._display.fileno(), bell], [], [], timeout)
            if bell in ready:
                return
            if not ready:
                self._end(self._grip.look(_keys_down(self._display)), time.monotonic())

    def _drain(self) -> None:
        """Deal with every event that has arrived, also while we looked at the keyboard."""
        while self._display.pending_events():
            changed = False
            while self._display.pending_events():
                changed = self._hear(self._display.next_event()) or changed
            if changed and self._grabs.follow_keyboard():
                self._aim()

    def _hear(self, event: rq.Event) -> bool:
        """Report a key; whether the keyboard itself may have changed."""
        if event.type == X.KeyPress:
            key = self._grip.press(event.detail, self._grabs.keyboard.modifiers_in(event.state))
            self._begin(key, self._clock.seconds(event.time))
        elif event.type == X.KeyRelease:
            self._end(self._grip.release(event.detail), self._clock.seconds(event.time))
        return self._grabs.is_change(event)

    def _aim(self) -> None:
        self._grip.aim(self._grabs.places(), self._grabs.keyboard.modifier_codes)

    def _begin(self, key: Key | None, at: float) -> None:
        if key is not None:
            self._report(KeyEvent(key, down=True, at=at))

    def _end(self, keys: tuple[Key, ...], at: float) -> None:
        for key in keys:
            self._report(KeyEvent(key, down=False, at=at))


def _variants(grabs: Iterable[_Grab]) -> AbstractSet[tuple[int, int]]:
    return {variant for grab in grabs for variant in grab.variants()}


def _keys_down(display: Display) -> frozenset[int]:
    rows = display.query_keymap()
    return frozenset(8 * row + bit for row, bits in enumerate(rows) for bit in range(8) if bits >> bit & 1)


def _choose_another() -> str:
    return f"Choose another with: scribelet config set hotkey.toggle … {STILL_WORK}"
