"""What this desktop has: a bus, toasts, a clipboard, keys, a tray. What it lacks is said, and the rest works."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tray.core.face import View, face
from tray.core.failures import ScribeletError, SinkError
from tray.core.news import Trouble
from tray.system.assets import asset_folder

if TYPE_CHECKING:
    from tray.desktop.status_notifier import StatusNotifierTray
    from tray.ports import Hotkeys, Tray
    from tray.system.clipboard import Clipboard
    from tray.system.notifications import Toasts
    from tray.system.session_bus import SessionBus

Report = Callable[[Trouble], None]
Act = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Equipment:
    """What was found; None where there is none."""

    bus: SessionBus | None
    toasts: Toasts | None
    clipboard: Clipboard | None
    hotkeys: Hotkeys | None

    def close(self) -> None:
        """Give everything back."""
        if self.hotkeys:
            self.hotkeys.close()
        if self.bus:
            self.bus.close()


def find_equipment(report: Report) -> Equipment:
    """Look at the desktop; every part that is missing is reported with what mends it."""
    bus = _bus(report)
    return Equipment(bus, _toasts(bus, report), _clipboard(report), _hotkeys(os.environ))


def _bus(report: Report) -> SessionBus | None:
    if sys.platform != "linux":
        return None
    from tray.system.session_bus import SessionBus

    try:
        return SessionBus()
    except ScribeletError as error:
        report(Trouble("session bus", error))
        return None


def _toasts(bus: SessionBus | None, report: Report) -> Toasts | None:
    if bus is None:
        return None
    from tray.system.notifications import Notifications

    try:
        return Notifications(bus)
    except ScribeletError as error:
        report(Trouble("toast", error))
        return None


def _clipboard(report: Report) -> Clipboard | None:
    from tray.system.clipboard import find_clipboard

    try:
        return find_clipboard(os.environ)
    except SinkError as error:
        report(Trouble("clipboard", error))
        return None


def _hotkeys(environment: Mapping[str, str]) -> Hotkeys | None:
    """None on Wayland and macOS: there the desktop binds `scribelet toggle` to a key."""
    if sys.platform == "win32":
        from tray.desktop.hotkeys_windows import WindowsHotkeys

        return WindowsHotkeys()
    # through XWayland the keys would be taken, and then never heard of
    if sys.platform == "linux" and environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        from tray.desktop.hotkeys_x11 import X11Hotkeys

        return X11Hotkeys()
    return None


class IconShelf:
    """Keeps an icon in whatever tray there is: our own item where a panel shows such items, else pystray's."""

    def __init__(self, bus: SessionBus | None, act: Act, report: Report) -> None:
        from tray.desktop.icons import Icons

        self._act, self._report = act, report
        self._icons = Icons(asset_folder("icons"))
        self._view = View()
        self._closed = threading.Event()
        self._changed = threading.Event()
        self._plain: Tray | None = None
        self._item = self._make_item(bus) if bus else None

    def show(self, view: View) -> None:
        """Draw what there is to see."""
        self._view = view
        for tray in (self._item, self._plain):
            if tray:
                tray.show(face(view))

    def run(self) -> None:
        """Serve the icon on the main thread until `close`."""
        while not self._closed.is_set():
            self._changed.clear()
            if self._item and self._item.hosted():
                self._report(Trouble("tray", None))
            else:
                self._serve_plain()
            if not self._closed.is_set():
                self._changed.wait()

    def close(self) -> None:
        """Take the icon away and let `run` return."""
        self._closed.set()
        self._changed.set()
        for tray in (self._item, self._plain):
            if tray:
                tray.close()

    def _make_item(self, bus: SessionBus) -> StatusNotifierTray | None:
        from tray.desktop.status_notifier import StatusNotifierTray

        try:
            item = StatusNotifierTray(bus, self._icons, self._act)
        except ScribeletError as error:
            self._report(Trouble("tray", error))
            return None
        item.watch_host(self._host_changed)
        return item

    def _host_changed(self, hosted: bool) -> None:  # noqa: FBT001 the shape is that of watch_host
        """Runs on the bus's thread."""
        self._changed.set()
        if hosted and self._plain:
            self._plain.close()

    def _serve_plain(self) -> None:
        """Until a panel of the better kind comes, or nobody wants an icon any more."""
        from tray.desktop.pystray_icon import PystrayTray

        try:
            self._plain = PystrayTray(self._icons, self._act)
        except ScribeletError as error:
            self._report(Trouble("tray", error))
            return
        self._plain.show(face(self._view))
        if not (self._closed.is_set() or self._changed.is_set()):
            self._plain.run()
        self._plain = None
