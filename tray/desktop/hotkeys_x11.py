"""Global key combinations on X11, taken with passive grabs: no other program sees them."""

from __future__ import annotations

import logging
import queue
import select
import socket
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread

from Xlib import error
from Xlib.display import Display

from tray.core.combination import Combination, one_error, parse_both
from tray.core.failures import HotkeyError, kind
from tray.core.keys import Key
from tray.desktop.keygrabs_x11 import STILL_WORK, Report, Watch

_ANSWER_WITHIN = 5.0
"""Seconds after which an X server counts as hung."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
"""Seconds between two attempts to connect again; each pause is twice the one before."""
_STANDS = 10.0
"""Seconds after which a connection counts as a good one, so that the next pause is short again."""
_BROKEN = (error.DisplayError, error.XauthError, error.ConnectionClosedError, OSError)

Tell = Callable[[HotkeyError | None], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Order:
    """A wish of another thread, and where the answer goes: what could not be had."""

    wanted: Mapping[Key, Combination]
    refused: Sequence[HotkeyError]
    """What could not be understood."""
    report: Report
    answer: Future[list[HotkeyError]]


class X11Hotkeys:
    """Takes combinations from the X server of one display, and again where the connection was lost."""

    def __init__(self, display_name: str | None = None, *, tell: Tell = lambda _: None) -> None:
        """Let `tell` have what is the matter when the keys are lost behind `bind`, and when they are back.

        None says that all of them are back. It is called on another thread and must only enqueue.
        """
        self._display_name, self._tell = display_name, tell
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._bell: socket.socket | None = None
        self._thread: Thread | None = None

    def bind(self, toggle: str, cancel: str, report: Report) -> None:
        """Take these combinations ("" = none) instead of earlier ones, and report their presses from another thread.

        Raises HotkeyError where one is taken or cannot be understood; the other one still works.
        """
        wanted, refused = parse_both(toggle, cancel)
        if errors := self._ask(_Order(wanted, refused, report, Future())):
            raise one_error(errors)

    def close(self) -> None:
        """Give every combination back. Idempotent."""
        if self._bell is not None and self._thread is not None:
            self._bell.close()
            self._thread.join(_ANSWER_WITHIN)
        self._bell = self._thread = None

    def _ask(self, order: _Order) -> list[HotkeyError]:
        self._orders.put(order)
        if self._thread is None:
            self._start()
        try:
            if self._bell is not None:
                self._bell.send(b"!")
            return order.answer.result(_ANSWER_WITHIN)
        except TimeoutError as failure:
            raise HotkeyError("The X server does not answer, so there is no hotkey.", STILL_WORK) from failure

    def _start(self) -> None:
        self._bell, heard = socket.socketpair()
        keeper = _Keeper(self._display_name, heard, self._orders, self._tell)
        self._thread = Thread(target=keeper.run, name="hotkeys", daemon=True)
        self._thread.start()


class _Keeper:
    """Keeps a connection to the X server, and on it the combinations that were ordered last; runs on its own thread."""

    def __init__(
        self, display_name: str | None, bell: socket.socket, orders: queue.SimpleQueue[_Order], tell: Tell
    ) -> None:
        self._display_name, self._bell, self._orders, self._tell = display_name, bell, orders, tell
        self._order = _Order({}, (), lambda _: None, Future())
        """The one in force."""
        self._lost = False
        """Whoever cares knows that there are no keys."""
        self._pause = _FIRST_PAUSE

    def run(self) -> None:
        """Serve orders and keys until the other end of the bell is closed, whatever becomes of the X server."""
        with self._bell:
            going_on = self._listen(None)
            while going_on:
                begun = time.monotonic()
                failure = self._connect_and_serve()
                if time.monotonic() - begun >= _STANDS:
                    self._pause = _FIRST_PAUSE
                going_on = failure is not None and self._outlast(failure)

    def _connect_and_serve(self) -> HotkeyError | None:
        """What ended it; None where nobody holds the other end of the bell."""
        try:
            with _connected(self._display_name) as display:
                self._serve(Watch(display))
        except HotkeyError as failure:
            return failure
        except _BROKEN as failure:
            # as text: a log record that keeps the exception would keep its socket open
            _log.log(self._loudness(), "there is no connection to the X server: %s", str(failure))
            return _unconnected()
        except Exception as failure:  # noqa: BLE001 the one catch-all of this thread
            _log.exception("the hotkeys stopped")
            return HotkeyError(f"The hotkey has failed: {kind(failure)}.", f"It is tried again. {STILL_WORK}")
        return None

    def _serve(self, watch: Watch) -> None:
        try:
            going_on = True
            while going_on:
                self._answer(watch.take(self._order.wanted, self._order.report))
                watch.follow(self._bell)
                going_on = self._listen(None)
        finally:
            watch.let_go()  # or a key that was held would count as held for ever

    def _answer(self, failures: list[HotkeyError]) -> None:
        """Say what could not be had: to whoever asked, or else, since the keys were lost, to everybody."""
        self._lost = False
        errors = [*self._order.refused, *failures]
        if not self._order.answer.done():
            self._order.answer.set_result(errors)
        else:
            self._tell(one_error(errors) if errors else None)

    def _outlast(self, failure: HotkeyError) -> bool:
        """Say it, and wait until it is time to try again; False where nobody holds the other end of the bell."""
        if not self._order.answer.done():
            self._order.answer.set_exception(failure)
        elif not self._lost:
            self._tell(failure)
        self._lost = True
        pause, self._pause = self._pause, min(2 * self._pause, _LONGEST_PAUSE)
        return self._listen(pause)

    def _loudness(self) -> int:
        """A server that is gone for days is worth one line."""
        return logging.DEBUG if self._lost else logging.WARNING

    def _listen(self, seconds: float | None) -> bool:
        """Wait for the bell at most this long, and make the newest order the one in force; False if it is silent."""
        ready, _, _ = select.select([self._bell], [], [], seconds)
        if not ready:
            return True
        if not self._bell.recv(1):
            return False
        self._order = self._orders.get()
        return True


@contextmanager
def _connected(display_name: str | None) -> Generator[Display]:
    display = Display(display_name)
    try:
        yield display
    finally:
        with suppress(error.ConnectionClosedError):  # it was closed from the other side
            display.close()


def _unconnected() -> HotkeyError:
    return HotkeyError(
        "No X display can be reached, so there is no hotkey.",
        f"Scribelet tries again by itself; it has to run inside a desktop session on X11. {STILL_WORK}",
    )
