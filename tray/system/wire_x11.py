"""A connection to an X server on a thread of its own, which deals with whatever the server tells meanwhile."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false
# python-xlib ships no types and makes attributes at run time; what comes out of it is typed where it enters a class

from __future__ import annotations

import logging
import queue
import select
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any, Generic, TypeVar

from Xlib import X, Xatom, error
from Xlib.display import Display
from Xlib.protocol import rq

from tray.core.failures import ScribeletError, SinkError

STALL = 0.3
"""Seconds without an answer after which another program counts as hung."""
_ANSWER_WITHIN = 1.5
"""Seconds after which an X server counts as hung."""
_MEGABYTE = 262_144
"""Bytes, in the unit in which the protocol counts the lengths of properties, four."""
_GONE = "It is in the transcript."
_BROKEN = (error.DisplayError, error.XauthError, error.ConnectionClosedError, OSError)

T = TypeVar("T")
D = TypeVar("D")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Form:
    """The value of a property, which is how content goes from one program to another."""

    kind: int
    """Atom of its type."""
    width: int
    """Bits of a unit: 8, 16 or 32."""
    value: bytes


class Wire:
    """A connection with a window of its own, whose events go to everybody who listens."""

    def __init__(self, display: Display) -> None:
        self.display = display
        root = display.screen().root
        self.window = root.create_window(-1, -1, 1, 1, 0, X.CopyFromParent, event_mask=X.PropertyChangeMask)
        self.atom: Callable[[str], int] = display.get_atom
        self.listeners: list[Callable[[rq.Event], None]] = []

    def drain(self) -> None:
        """Deal with every event that has arrived."""
        self.until(lambda _: False, 0.0)

    def until(self, wanted: Callable[[rq.Event], bool], deadline: float) -> rq.Event | None:
        """The first event that is wanted; None at this time of the monotonic clock."""
        while True:
            while self.display.pending_events():
                happened = self.display.next_event()
                for listener in self.listeners:
                    listener(happened)
                if wanted(happened):
                    return happened
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            select.select([self.display.fileno()], [], [], left)

    def now(self) -> int:
        """The server's time, after everything has been heard that happened before; 0 if it does not tell."""
        stamp = self.atom("_SCRIBELET_TIME")
        self.window.change_property(stamp, Xatom.INTEGER, 32, [], X.PropModeAppend)
        self.display.flush()
        told = self.until(lambda one: one.type == X.PropertyNotify and one.atom == stamp, time.monotonic() + STALL)
        return told.time if told else X.CurrentTime

    def take(self, name: int) -> Form | None:
        """The value of a property of our window, which is deleted when it was read to its end."""
        value = bytearray()
        while True:
            part = self.window.get_property(name, X.AnyPropertyType, len(value) // 4, _MEGABYTE, True)
            if part is None:
                return None
            value += bytes(part.value)
            if not part.bytes_after:
                return Form(part.property_type, part.format, bytes(value))


@dataclass(frozen=True, slots=True)
class _Order(Generic[D]):
    """What is to be done on the thread, and where the answer goes."""

    act: Callable[[D], Any]
    answer: Future[Any]


class XThread(Generic[D]):
    """Owns a connection and what is built on it; others ask it to act, and none of them waits longer than 1.5 s.

    `idle(built)` is called whenever something has happened, and returns the seconds until it wants to be called again.
    """

    def __init__(self, display_name: str | None, build: Callable[[Wire], D], idle: Callable[[D], float | None]) -> None:
        self._display_name, self._build, self._idle = display_name, build, idle
        self._door = Lock()
        self._orders: queue.SimpleQueue[_Order[D]] | None = None
        """None where no thread would serve it."""
        self._bell: socket.socket | None = None
        self._thread: Thread | None = None

    @property
    def alive(self) -> bool:
        """There is a connection, or there will be in a moment."""
        return self._orders is not None

    def post(self, act: Callable[[D], T]) -> Future[T]:
        """Have something done; a failure is told to whoever waits for it. Connects where there is no connection."""
        order = _Order(act, Future[T]())
        with self._door:
            if self._orders is None:
                self._orders = self._start()
            self._orders.put(order)
        with suppress(OSError):  # a thread that ends at this moment hears nothing, but refuses what it finds
            if self._bell is not None:
                self._bell.send(b"!")
        return order.answer

    def ask(self, act: Callable[[D], T]) -> T:
        """Have something done, and wait for it. Raises SinkError, also where the X server or a window has gone."""
        answer = self.post(act)
        try:
            return answer.result(_ANSWER_WITHIN)
        except TimeoutError as failure:
            answer.cancel()
            raise SinkError("The X server does not answer.", _GONE) from failure

    def close(self) -> None:
        """Close the connection. Idempotent."""
        if self._bell is not None and self._thread is not None:
            self._bell.close()
            self._thread.join(_ANSWER_WITHIN)
        self._bell = self._thread = None

    def _start(self) -> queue.SimpleQueue[_Order[D]]:
        if self._bell is not None:
            self._bell.close()
        orders: queue.SimpleQueue[_Order[D]] = queue.SimpleQueue()
        self._bell, heard = socket.socketpair()
        self._thread = Thread(target=self._run, args=(heard, orders), name="insert", daemon=True)
        self._thread.start()
        return orders

    def _run(self, bell: socket.socket, orders: queue.SimpleQueue[_Order[D]]) -> None:
        told = SinkError("There is no X server to write to.", f"Start Scribelet inside a desktop on X11. {_GONE}")
        with bell:
            try:
                self._connect_and_serve(bell, orders)
            except ScribeletError as failure:
                told = SinkError(str(failure), failure.remedy)
            except _BROKEN as failure:
                # as text: a log record that keeps the exception would keep its socket open
                _log.warning("there is no connection to the X server: %s", str(failure))
            except Exception:  # noqa: BLE001 (the one catch-all of this thread)
                _log.exception("inserting stopped")
        with self._door:
            self._orders = None
        while not orders.empty():
            _refuse(orders.get(), told)

    def _connect_and_serve(self, bell: socket.socket, orders: queue.SimpleQueue[_Order[D]]) -> None:
        display = Display(self._display_name)
        # requests about windows that have closed meanwhile fail, and nobody waits for their answer
        display.set_error_handler(_ignore)
        try:
            built = self._build(Wire(display))
            while True:
                patience = self._idle(built)
                if display.pending_events():
                    continue  # they came with an answer that was waited for, and select does not see them any more
                ready, _, _ = select.select([display.fileno(), bell], [], [], patience)
                if bell in ready:
                    if not bell.recv(1):
                        return
                    _obey(orders.get(), built)
        finally:
            with suppress(*_BROKEN):
                display.close()


def _obey(order: _Order[D], built: D) -> None:
    if not order.answer.set_running_or_notify_cancel():
        return
    try:
        order.answer.set_result(order.act(built))
    except ScribeletError as failure:
        order.answer.set_exception(failure)
    except error.XError as failure:
        gone = SinkError(f"The window in front has gone ({type(failure).__name__}).", _GONE)
        order.answer.set_exception(gone)
    except BaseException:
        order.answer.set_exception(SinkError("The X server has gone away.", _GONE))
        raise


def _refuse(order: _Order[D], told: SinkError) -> None:
    if order.answer.set_running_or_notify_cancel():
        order.answer.set_exception(told)


def _ignore(_error: error.XError, _request: object) -> None:
    """Nobody waits for the answer."""
