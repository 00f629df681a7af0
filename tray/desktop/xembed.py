"""The older trays of X11, which embed a window of ours: when one of them comes."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# python-xlib ships no types; what comes out of it is typed where it enters a function of ours

from __future__ import annotations

import logging
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from Xlib import X, error
from Xlib.display import Display
from Xlib.protocol import rq

from tray.core.failures import ScribeletError

LIMIT = 2.0
"""Seconds for the end of the watch."""
_BROKEN = (error.DisplayError, error.XauthError, error.ConnectionClosedError, OSError)
_log = logging.getLogger(__name__)


class TrayWatch:
    """Says whenever a tray takes its place; until then it only listens.

    A tray announces itself with a MANAGER message to the root window (freedesktop.org, System Tray Protocol 0.3).
    """

    def __init__(self, report: Callable[[], None], display_name: str | None = None) -> None:
        """Listen from now on; `report` is called on another thread. Raises ScribeletError where there is no display."""
        try:
            display = Display(display_name)
            display.screen().root.change_attributes(event_mask=X.StructureNotifyMask)
            wanted = _names(display)
        except _BROKEN as failure:
            raise ScribeletError("No X display can be opened.", "Start Scribelet in a desktop session.") from failure
        self._bell, heard = socket.socketpair()
        self._thread = Thread(target=_serve, args=(display, heard, wanted, report), name="tray watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no longer. Idempotent."""
        self._bell.close()
        self._thread.join(LIMIT)


def _names(display: Display) -> tuple[int, int]:
    """Numbers of the kind of message that is waited for, and of the place that it is about."""
    place = f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}"
    return display.intern_atom("MANAGER"), display.intern_atom(place)


def _serve(display: Display, bell: socket.socket, wanted: tuple[int, int], report: Callable[[], None]) -> None:
    """Until the other end of the bell is closed, or the X server is gone, and every tray with it."""
    with bell:
        try:
            _follow(display, bell, wanted, report)
        except _BROKEN as failure:
            # as text: a log record that keeps the exception would keep its socket open
            _log.info("no tray is waited for any more: %s", str(failure))
        except Exception:  # noqa: BLE001 the one catch-all of this thread: the icon that there is stays
            _log.exception("the watch for a tray has ended")
    with suppress(error.ConnectionClosedError):  # it was closed from the other side
        display.close()


def _follow(display: Display, bell: socket.socket, wanted: tuple[int, int], report: Callable[[], None]) -> None:
    while True:
        while display.pending_events():
            if _announced(display.next_event()) == wanted:
                report()
        ready, _, _ = select.select([display.fileno(), bell], [], [])
        if bell in ready:
            return


def _announced(event: rq.Event) -> tuple[int, int] | None:
    """Kind of a message and the place that it is about."""
    if event.type != X.ClientMessage:
        return None
    size, words = event.data
    return (event.client_type, words[1]) if size == 32 else None
