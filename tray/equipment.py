"""What this desktop has: a bus, toasts, a clipboard, keys, a tray. What it lacks is said, and the rest works."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tray.core.face import View, face
from tray.core.failures import ScribeletError, SinkError, kind
from tray.core.news import Trouble
from tray.system.assets import asset_folder
from tray.system.folders import transcript_folder

if TYPE_CHECKING:
    from tray.core import settings
    from tray.desktop.pystray_icon import PystrayTray
    from tray.desktop.status_notifier import StatusNotifierTray
    from tray.desktop.xembed import TrayWatch
    from tray.ports import Hotkeys, Sink
    from tray.sinks.clipboard import ClipboardSink
    from tray.sinks.clipboard import Mode as ClipboardMode
    from tray.sinks.insert import Focus as InsertFocus
    from tray.sinks.insert import InsertSink
    from tray.sinks.insert import Mode as InsertMode
    from tray.sinks.toast import Mode as ToastMode
    from tray.sinks.toast import ToastSink
    from tray.system.clipboard import Clipboard
    from tray.system.notifications import Toasts
    from tray.system.session_bus import SessionBus
    from tray.writer.places import Transcript

LOG = logging.getLogger(__name__)
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


def find_equipment(report: Report, notify: Callable[[str, str], None]) -> Equipment:
    """Look at the desktop; every part that is missing, or gets lost, is reported with what mends it, from any thread.

    `notify` shows a summary and a body through the tray icon, for systems without a better way.
    """
    bus = _bus(report)
    return Equipment(bus, _toasts(bus, report, notify), _clipboard(report), _hotkeys(os.environ, report))


def _bus(report: Report) -> SessionBus | None:
    if sys.platform != "linux":
        return None
    from tray.system.session_bus import SessionBus

    try:
        return SessionBus()
    except ScribeletError as error:
        report(Trouble("session bus", error))
        return None


def _toasts(bus: SessionBus | None, report: Report, notify: Callable[[str, str], None]) -> Toasts | None:
    from tray.system.notifications import Notifications, PlainToasts

    if sys.platform != "linux":
        return PlainToasts(notify)
    if bus is None:
        return None
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


def _hotkeys(environment: Mapping[str, str], report: Report) -> Hotkeys | None:
    """None on Wayland and macOS: there the desktop binds `scribelet toggle` to a key."""
    if sys.platform == "win32":
        from tray.desktop.hotkeys_windows import WindowsHotkeys

        return WindowsHotkeys()
    if _has_keys(environment):
        from tray.desktop.hotkeys_x11 import X11Hotkeys

        return X11Hotkeys(tell=lambda error: report(Trouble("hotkey", error)))
    return None


def _has_keys(environment: Mapping[str, str]) -> bool:
    """Through XWayland keys would be taken, and then never heard of; and what is typed reaches only some windows."""
    return sys.platform == "linux" and bool(environment.get("DISPLAY")) and not environment.get("WAYLAND_DISPLAY")


class Outlets:
    """Where text goes besides the screen; each place is kept for as long as its own settings stay the same."""

    def __init__(self, equipment: Equipment, act: Act) -> None:
        self._equipment, self._act = equipment, act
        self._toast: ToastSink | None = None
        self._insert: InsertSink | None = None
        # a clipboard that was opened anew in mid-session would not know what to give back after a cancel
        self._open_transcript = cache(_open_transcript)
        self._open_clipboard = lru_cache(1)(_open_clipboard)
        self._open_insert = lru_cache(1)(_open_insert)
        self._open_toast = lru_cache(1)(self._new_toast)
        self._hushed = False

    def open(self, wanted: settings.Settings, report: Report) -> tuple[Transcript, Sequence[Sink]]:
        """The places that these settings ask for; one that cannot be had is reported and left out."""
        sinks: list[Sink] = []
        if self._equipment.clipboard:
            sinks.append(self._open_clipboard(self._equipment.clipboard, wanted.clipboard))
        # behind the clipboard, whose new content is what it gives back
        self._insert = self._open_insert(wanted.insert, report)
        if self._insert:
            sinks.append(self._insert)
        if self._equipment.toasts:
            self._toast = self._open_toast(self._equipment.toasts, wanted.toast.show)
            sinks.append(self._toast)
        self.hush(self._hushed)
        return self._open_transcript(transcript_folder(wanted.transcript.folder)), sinks

    @property
    def hushed(self) -> bool:
        """Nothing is shown."""
        return self._hushed

    def _new_toast(self, toasts: Toasts, mode: str) -> ToastSink:
        from tray.sinks.toast import ToastSink

        return ToastSink(toasts, cast("ToastMode", mode), self._act)

    def hush(self, wanted: bool) -> None:  # noqa: FBT001 the shape is that of Surroundings
        """Show no toast and write into no window, or do so again. Returns at once."""
        self._hushed = wanted
        for place in (self._toast, self._insert):
            if place:
                place.hush(wanted)

    def wipe(self) -> None:
        """While no toast is to be shown, take away those with words; may take seconds."""
        if self._toast:
            self._toast.wipe()

    def tell(self, summary: str, body: str) -> None:
        """Show a note, if there is anything to show it with."""
        if self._toast:
            try:
                self._toast.tell(summary, body)
            except SinkError as error:
                LOG.warning("no toast: %s", error)


def _open_clipboard(clipboard: Clipboard, chosen: settings.Clipboard) -> ClipboardSink:
    from tray.sinks.clipboard import ClipboardSink

    return ClipboardSink(clipboard, cast("ClipboardMode", chosen.mode), chosen.limit)


def _open_insert(chosen: settings.Insert, report: Report) -> InsertSink | None:
    """None where text is not to go into the program in front, or cannot."""
    if chosen.mode == "off":
        report(Trouble("insert", None))
        return None
    if not _has_keys(os.environ):
        where = "Text can only be put into programs on X11"
        report(Trouble("insert", SinkError(where, 'Paste it yourself, and set insert.mode = "off"')))
        return None
    from tray.sinks.insert import InsertSink
    from tray.sinks.insert_x11 import X11Hand

    return InsertSink(X11Hand(), cast("InsertMode", chosen.mode), cast("InsertFocus", chosen.focus))


def _open_transcript(folder: Path) -> Transcript:
    from tray.sinks.transcript import TranscriptSink
    from tray.writer.patient import PatientTranscript

    return PatientTranscript(TranscriptSink(folder))


class IconShelf:
    """Keeps an icon in whatever tray there is: our own item where a panel shows such items, else pystray's."""

    def __init__(self, bus: SessionBus | None, act: Act, report: Report) -> None:
        self._act, self._report = act, report
        self._view = View(hotkey_held=False)  # nobody has taken the keys yet
        self._closed = threading.Event()
        self._changed = threading.Event()
        self._plain: PystrayTray | None = None
        self._watch: TrayWatch | None = None
        self._item = self._make_item(bus) if bus else None

    def show(self, view: View) -> None:
        """Draw what there is to see."""
        self._view = view
        for tray in (self._item, self._plain):
            if tray:
                tray.show(face(view))

    def notify(self, summary: str, body: str) -> None:
        """Show a toast from the icon. Raises ScribeletError where pystray does not serve it."""
        if self._plain is None:
            raise ScribeletError("There is no icon that could show a toast", "Look at: scribelet doctor")
        self._plain.notify(summary, body)

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
        if self._watch:
            self._watch.close()

    def close(self) -> None:
        """Take the icon away and let `run` return."""
        self._closed.set()
        self._changed.set()
        for tray in (self._item, self._plain):
            if tray:
                tray.close()

    def _make_item(self, bus: SessionBus) -> StatusNotifierTray | None:
        from tray.desktop.icons import Icons
        from tray.desktop.status_notifier import StatusNotifierTray

        try:
            item = StatusNotifierTray(bus, Icons(asset_folder("icons")), self._act)
        except ScribeletError as error:
            self._report(Trouble("tray", error))
            return None
        item.show(face(self._view))  # a panel asks at once
        item.watch_host(lambda _hosted: self._look_again())
        return item

    def _look_again(self) -> None:
        """A panel or a tray came or went; an icon that found no tray when it was made does not notice by itself."""
        self._changed.set()
        if self._plain:
            self._plain.close()

    def _serve_plain(self) -> None:
        """Until a panel of the better kind comes, or nobody wants an icon any more."""
        from tray.desktop.icons import Icons
        from tray.desktop.pystray_icon import PystrayTray

        try:
            self._plain = PystrayTray(Icons(asset_folder("icons")), self._act)
            self._report(Trouble("tray", None))
            self._plain.show(face(self._view))
            if self._watch is None and _has_keys(os.environ):
                from tray.desktop.xembed import TrayWatch

                self._watch = TrayWatch(self._look_again)
            if not (self._closed.is_set() or self._changed.is_set()):
                self._plain.run()
        except ScribeletError as error:
            self._report(Trouble("tray", error))
        except Exception as error:  # noqa: BLE001 pystray raises what its toolkit raises; dictation goes on without it
            self._report(Trouble("tray", ScribeletError(f"The icon is gone: {kind(error)}", "Use: scribelet toggle")))
        self._plain = None
        gc.collect()  # pystray's connections to the display are closed by the collector alone
