"""An icon where there is no StatusNotifier panel: Windows, macOS, and the older trays of X11."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from threading import Event, Thread
from types import ModuleType
from typing import Any

from tray.core.failures import ScribeletError
from tray.core.menu import Face, Item, Silhouette
from tray.desktop.icons import Icons

LOG = logging.getLogger(__name__)
NAME = "scribelet"
SIZE = 64
"""Pixels of the drawing, which the system scales."""
TIP, TITLE, TEXT = 127, 63, 255
"""Characters of tooltip, toast title and toast text that fit into NOTIFYICONDATAW of Windows."""
PATIENCE = 2.0
"""Seconds in which the icon goes; after that it goes with the program."""
NUDGE = 0.1
"""Seconds between two attempts to wake its loop."""

Step = Callable[[], None]


class PystrayTray:
    """A `Tray` on pystray. Every change of the icon is made by one thread, since pystray allows no second one."""

    def __init__(self, icons: Icons, act: Callable[[str], None]) -> None:
        """`act` gets the action of a click on another thread and must only enqueue.

        Raises ScribeletError where there is no tray of this kind either.
        """
        pystray = _load()
        self._images = {silhouette: icons.image(silhouette, SIZE) for silhouette in Silhouette}
        self._face = Face(Silhouette.IDLE, "Scribelet")
        self._steps: SimpleQueue[Step | None] = SimpleQueue()
        self._closed = Event()
        menu = pystray.Menu(lambda: menu_lines(pystray, self._face.menu, act))
        self._icon: Any = pystray.Icon(NAME, self._images[Silhouette.IDLE], "Scribelet", menu)

    def show(self, face: Face) -> None:
        """Draw this face. May be called from any thread; returns at once."""
        self._steps.put(lambda: self._draw(face))

    def notify(self, summary: str, body: str) -> None:
        """Show a toast. May be called from any thread; returns at once. Raises ScribeletError where there are none."""
        if not self._icon.HAS_NOTIFICATION:
            raise ScribeletError("This tray shows no toasts.", 'Set toast.show = "off".')
        self._steps.put(lambda: self._icon.notify(body[:TEXT], summary[:TITLE]))

    def run(self) -> None:
        """Serve the icon until `close`. Only on the main thread, because of macOS."""
        if not _on_plain_x11(self._icon):
            self._icon.run(setup=self._serve)
            return
        # there the loop now and then sleeps through the end of its own window, and would hold the program up for ever
        loop = Thread(target=self._icon.run, args=(self._serve,), daemon=True)
        loop.start()
        self._closed.wait()
        deadline = time.monotonic() + PATIENCE
        while loop.is_alive() and time.monotonic() < deadline:
            loop.join(NUDGE)
            self._nudge()

    def close(self) -> None:
        """Take the icon away and let `run` return. May be called from any thread; idempotent."""
        self._steps.put(None)
        self._closed.set()

    def _nudge(self) -> None:
        """Let the display answer something: that wakes a loop whose event another thread has read in passing."""
        # inside the library there is no other way to this; a version without it is only waited for
        display: Any = getattr(self._icon, "_display", None)
        with suppress(Exception):  # it is closed, as it should be
            display.sync()

    def _serve(self, icon: Any) -> None:
        def appear() -> None:
            icon.visible = True

        in_place, step = _in_place(), appear
        while step is not None:
            try:
                in_place(step)
            except Exception as error:  # noqa: BLE001 the thread's one catch-all: the next face may be drawn all the same
                LOG.warning("the tray icon could not be changed: %s", type(error).__name__)
            step = self._steps.get()
        icon.stop()

    def _draw(self, face: Face) -> None:
        before, self._face = self._face, face
        if face.silhouette is not before.silhouette:
            self._icon.icon = self._images[face.silhouette]
        if face.tooltip != before.tooltip:
            self._icon.title = face.tooltip[:TIP]
        # each update closes a menu that hangs open
        if face.menu != before.menu:
            self._icon.update_menu()


def menu_lines(pystray: ModuleType, items: tuple[Item, ...], act: Callable[[str], None]) -> Iterator[Any]:
    """The items as pystray wants them; the first that toggles is what a click on the icon does."""
    default = next((item for item in items if item.action == "toggle"), None)
    for item in items:
        yield _line(pystray, item, act, default=item is default) if item.label else pystray.Menu.SEPARATOR


def _line(pystray: ModuleType, item: Item, act: Callable[[str], None], *, default: bool) -> Any:
    def clicked(_icon: Any, _line: Any) -> None:
        act(item.action)

    def checked(_line: Any) -> bool | None:
        return item.checked

    return pystray.MenuItem(
        # Windows underlines the letter behind an ampersand
        item.label.replace("&", "&&") if sys.platform == "win32" else item.label,
        pystray.Menu(*menu_lines(pystray, item.children, act)) if item.children else clicked,
        checked=None if item.checked is None else checked,
        radio=item.checked is not None and not item.alone,
        default=default,
        enabled=item.enabled and bool(item.action or item.children),
    )


def _load() -> ModuleType:
    try:
        import pystray
    except Exception as error:  # anything: without a display it is Xlib's own error, with half a GTK a ValueError
        raise ScribeletError(
            "There is no tray that could show the icon.",
            "Use a desktop with a panel, or the hotkey and `scribelet toggle`.",
        ) from error
    if _on_plain_x11(pystray.Icon) and os.environ.get("WAYLAND_DISPLAY"):
        raise ScribeletError(
            "This Wayland desktop has no tray for icons.",
            "Add a StatusNotifier tray to its panel (on GNOME: the AppIndicator extension).",
        )
    return pystray


def _on_plain_x11(icon: Any) -> bool:
    return icon.__module__ == "pystray._xorg"


def _in_place() -> Callable[[Step], None]:
    """What brings a step to the thread on which the system wants it: the main one on macOS."""
    if sys.platform == "darwin":
        from PyObjCTools import AppHelper

        return AppHelper.callAfter
    return lambda step: step()
