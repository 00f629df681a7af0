"""Global key combinations on X11, taken with passive grabs: no other program sees them."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# python-xlib ships no types; what comes out of it is typed where it enters a class of ours

from __future__ import annotations

import logging
import queue
import select
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from threading import Thread

from Xlib import X, error
from Xlib.display import Display
from Xlib.protocol import rq

from tray.core.combination import FUNCTION_KEYS, Combination, one_error, parse_both
from tray.core.failures import HotkeyError
from tray.core.keys import Grip, Key, KeyEvent
from tray.system.xkb import Keyboard, KeyboardWatch

_LOOK_EVERY = 0.2
"""Seconds between two looks at the keyboard while a combination is down."""
_STRAY = 2.0
"""Seconds by which two clocks cannot drift apart between two events: then one of them was set."""
_ANSWER_WITHIN = 5.0
"""Seconds after which an X server counts as hung."""
_STILL_WORK = "The icon, the menu and `scribelet toggle` still work."
_CONSOLE_SWITCHES = frozenset(Combination(frozenset({"ctrl", "alt"}), name) for name in FUNCTION_KEYS[:12])
"""The server acts on these itself; no program gets them."""

_Report = Callable[[KeyEvent], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Order:
    """A wish of another thread, and where the answer goes: what could not be had."""

    wanted: Mapping[Key, Combination]
    report: _Report
    answer: Future[list[HotkeyError]]


class X11Hotkeys:
    """Takes combinations from the X server of one display; a thread of its own owns the connection."""

    def __init__(self, display_name: str | None = None) -> None:
        self._display_name = display_name
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._bell: socket.socket | None = None
        self._thread: Thread | None = None

    def bind(self, toggle: str, cancel: str, report: _Report) -> None:
        """Take these combinations ("" = none) instead of earlier ones, and report their presses from another thread.

        Raises HotkeyError where one is taken or cannot be understood; the other one still works.
        """
        wanted, errors = parse_both(toggle, cancel)
        errors += self._ask(_Order(wanted, report, Future()))
        if errors:
            raise one_error(errors)

    def close(self) -> None:
        """Give every combination back. Idempotent."""
        if self._bell is not None and self._thread is not None:
            self._bell.close()
            self._thread.join(_ANSWER_WITHIN)
        self._bell = self._thread = None

    def _ask(self, order: _Order) -> list[HotkeyError]:
        if self._thread is None or not self._thread.is_alive():
            self._start(order)
        else:
            self._orders.put(order)
        try:
            self._ring()
            return order.answer.result(_ANSWER_WITHIN)
        except TimeoutError as failure:
            raise HotkeyError("The X server does not answer, so there is no hotkey.", _STILL_WORK) from failure

    def _start(self, order: _Order) -> None:
        self.close()
        self._orders = queue.SimpleQueue()
        self._orders.put(order)
        self._bell, heard = socket.socketpair()
        arguments = (self._display_name, heard, self._orders)
        self._thread = Thread(target=_serve, args=arguments, name="hotkeys", daemon=True)
        self._thread.start()

    def _ring(self) -> None:
        # a thread that has ended hears nothing, but has answered
        with suppress(OSError):
            if self._bell is not None:
                self._bell.send(b"!")


def _serve(display_name: str | None, bell: socket.socket, orders: queue.SimpleQueue[_Order]) -> None:
    """Serve orders and keys until the other end of the bell is closed or the X server goes away."""
    told = HotkeyError(
        "No X display can be opened, so there is no hotkey.",
        f"Start Scribelet inside a desktop session that runs on X11. {_STILL_WORK}",
    )
    with bell:
        try:
            _connect_and_watch(display_name, bell, orders)
        except HotkeyError as failure:
            told = failure
        except (error.DisplayError, error.XauthError, error.ConnectionClosedError, OSError) as failure:
            # as text: a log record that keeps the exception would keep its socket open
            _log.warning("there is no connection to the X server: %s", str(failure))
        except Exception:  # noqa: BLE001 (the one catch-all of this thread)
            _log.exception("the hotkeys stopped")
    while not orders.empty():
        orders.get().answer.set_exception(told)


def _connect_and_watch(display_name: str | None, bell: socket.socket, orders: queue.SimpleQueue[_Order]) -> None:
    display = Display(display_name)
    try:
        _Watch(display, bell, orders).run()
    finally:
        display.close()


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


class _Watch:
    """The combinations that are taken on one connection; lives on the thread that owns it."""

    def __init__(self, display: Display, bell: socket.socket, orders: queue.SimpleQueue[_Order]) -> None:
        self._display, self._bell, self._orders = display, bell, orders
        self._root = display.screen().root
        self._keyboards = KeyboardWatch(display)
        self._keyboard: Keyboard = self._keyboards.read()
        self._order = _Order({}, lambda _: None, Future())
        self._grabs: dict[Key, _Grab] = {}
        self._grip = Grip()
        self._clock = _ServerClock()

    def run(self) -> None:
        """Report keys until nobody holds the other end of the bell."""
        while True:
            self._drain()
            timeout = _LOOK_EVERY if self._grip.busy else None
            ready, _, _ = select.select([self._display.fileno(), self._bell], [], [], timeout)
            if self._bell in ready:
                if not self._bell.recv(1):
                    return
                self._obey(self._orders.get())
            if not ready:
                self._end(self._grip.look(_keys_down(self._display)), time.monotonic())

    def _obey(self, order: _Order) -> None:
        self._end(self._grip.let_go(), time.monotonic())
        self._order = order
        order.answer.set_result(self._take())

    def _drain(self) -> None:
        """Deal with every event that has arrived, also while we looked at the keyboard."""
        while self._display.pending_events():
            changed = False
            while self._display.pending_events():
                changed = self._hear(self._display.next_event()) or changed
            if changed:
                self._follow_keyboard()

    def _hear(self, event: rq.Event) -> bool:
        """Report a key; whether the keyboard itself may have changed."""
        if event.type == X.KeyPress:
            key = self._grip.press(event.detail, self._keyboard.modifiers_in(event.state))
            self._begin(key, self._clock.seconds(event.time))
        elif event.type == X.KeyRelease:
            self._end(self._grip.release(event.detail), self._clock.seconds(event.time))
        return self._keyboards.is_change(event)

    def _follow_keyboard(self) -> None:
        keyboard = self._keyboards.read()
        if keyboard != self._keyboard:
            self._keyboard = keyboard
            for failure in self._take():
                _log.warning("%s", failure)

    def _take(self) -> list[HotkeyError]:
        """Hold exactly the combinations of the order in force; returns what cannot be had."""
        before, self._grabs = set(self._grabs.values()), {}
        failures: list[HotkeyError] = []
        for key, combination in self._order.wanted.items():
            try:
                self._grabs[key] = self._grab(combination, before)
            except HotkeyError as failure:
                failures.append(failure)
        # what stays is never given back: a press in between would go by
        self._release(_variants(before) - _variants(self._grabs.values()))
        self._aim()
        return failures

    def _aim(self) -> None:
        wanted = {
            (code, self._keyboard.modifiers_in(grab.mask)): key
            for key, grab in self._grabs.items()
            for code in grab.codes
        }
        self._grip.aim(wanted, self._keyboard.modifier_codes)

    def _grab(self, combination: Combination, held: AbstractSet[_Grab]) -> _Grab:
        if combination in _CONSOLE_SWITCHES:
            raise HotkeyError(f"“{combination}” changes to another console under X11.", _choose_another())
        mask = self._keyboard.mask(combination.modifiers)
        grab = _Grab(self._keyboard.codes(combination.key), mask or 0, tuple(self._keyboard.lock_masks))
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

    def _begin(self, key: Key | None, at: float) -> None:
        if key is not None:
            self._order.report(KeyEvent(key, down=True, at=at))

    def _end(self, keys: tuple[Key, ...], at: float) -> None:
        for key in keys:
            self._order.report(KeyEvent(key, down=False, at=at))


def _variants(grabs: Iterable[_Grab]) -> AbstractSet[tuple[int, int]]:
    return {variant for grab in grabs for variant in grab.variants()}


def _keys_down(display: Display) -> frozenset[int]:
    rows = display.query_keymap()
    return frozenset(8 * row + bit for row, bits in enumerate(rows) for bit in range(8) if bits >> bit & 1)


def _choose_another() -> str:
    return f"Choose another with: scribelet config set hotkey.toggle … {_STILL_WORK}"
