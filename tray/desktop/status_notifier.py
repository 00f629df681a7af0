"""An icon in the panel of a Linux desktop: org.kde.StatusNotifierItem, spoken by ourselves.

A click can then toggle, which the usual library cannot offer, and neither GTK nor PyGObject is needed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from typing import Annotated, Any

from dbus_fast import PropertyAccess
from dbus_fast.annotations import DBusBool, DBusInt32, DBusObjectPath, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from tray.core.menu import Face, Silhouette
from tray.desktop.dbusmenu import Menu, Nothing
from tray.desktop.icons import Icons
from tray.system.session_bus import BusError, Remote, SessionBus

NAME = "Scribelet"
ITEM = "/StatusNotifierItem"
MENU = "/StatusNotifierItem/Menu"
WATCHER = Remote("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher")
WATCHER_PROPERTIES = Remote(WATCHER.program, WATCHER.path, "org.freedesktop.DBus.Properties")
HOST_SIGNALS = ("StatusNotifierHostRegistered", "StatusNotifierHostUnregistered")
TRIES = 10
"""How often a new watcher is asked: some take their name before they can answer."""
BETWEEN_TRIES = 0.5
"""Seconds."""

Pixmaps = Annotated[list[list[int | bytes]], DBusSignature("a(iiay)")]
ToolTip = Annotated[list[Any], DBusSignature("(sa(iiay)ss)")]


class StatusNotifierItem(ServiceInterface):
    """The item on the bus; everything here runs on the thread of the bus."""

    def __init__(self, icons: Icons, act: Callable[[str], None]) -> None:
        super().__init__("org.kde.StatusNotifierItem")
        self._act = act
        self._pixmaps = {silhouette: icons.pixmaps(silhouette) for silhouette in Silhouette}
        self._face = Face(Silhouette.IDLE, NAME)

    def show(self, face: Face) -> None:
        """Draw this face, and tell the panel what has changed."""
        before, status, self._face = self._face, self._status(), face
        # panels ask for all the pixels again at each of these
        if face.silhouette is not before.silhouette:
            self.new_icon()
        if self._status() != status:
            self.new_attention_icon()
            self.new_status()
        if face.tooltip != before.tooltip:
            self.new_title()
            self.new_tool_tip()

    def _status(self) -> str:
        return "NeedsAttention" if self._face.silhouette is Silhouette.FAULTED else "Active"

    @dbus_property(PropertyAccess.READ, "Category")
    def category(self) -> DBusStr:
        """Where panels that sort put it."""
        return "ApplicationStatus"

    @dbus_property(PropertyAccess.READ, "Id")
    def id(self) -> DBusStr:
        """The same at every start, so that panels remember its place."""
        return "scribelet"

    @dbus_property(PropertyAccess.READ, "Title")
    def title(self) -> DBusStr:
        """What a screen reader says."""
        return self._face.tooltip

    @dbus_property(PropertyAccess.READ, "Status")
    def status(self) -> DBusStr:
        """Panels that fold icons away show one that needs attention."""
        return self._status()

    @dbus_property(PropertyAccess.READ, "WindowId")
    def window_id(self) -> DBusInt32:
        """There is no window."""
        return 0

    @dbus_property(PropertyAccess.READ, "IconName")
    def icon_name(self) -> DBusStr:
        """Empty: a name would win over the pixels, and no theme has ours."""
        return ""

    @dbus_property(PropertyAccess.READ, "IconPixmap")
    def icon_pixmap(self) -> Pixmaps:
        """The icon at every size."""
        return self._pixmaps[self._face.silhouette]

    @dbus_property(PropertyAccess.READ, "AttentionIconName")
    def attention_icon_name(self) -> DBusStr:
        """Empty, as the name of the icon."""
        return ""

    @dbus_property(PropertyAccess.READ, "AttentionIconPixmap")
    def attention_icon_pixmap(self) -> Pixmaps:
        """What panels draw instead while the item needs attention: the same."""
        return self._pixmaps[self._face.silhouette] if self._status() == "NeedsAttention" else []

    @dbus_property(PropertyAccess.READ, "ToolTip")
    def tool_tip(self) -> ToolTip:
        """What is shown when the pointer rests on the icon; only its fourth part would be read as markup."""
        return ["", [], self._face.tooltip, ""]

    @dbus_property(PropertyAccess.READ, "ItemIsMenu")
    def item_is_menu(self) -> DBusBool:
        """A left click does something else than open the menu."""
        return False

    @dbus_property(PropertyAccess.READ, "Menu")
    def menu(self) -> DBusObjectPath:
        """Where the menu is."""
        return MENU

    @dbus_method("Activate")
    def activate(self, _x: DBusInt32, _y: DBusInt32) -> Nothing:
        """A left click."""
        self._act("toggle")

    @dbus_method("SecondaryActivate")
    def secondary_activate(self, _x: DBusInt32, _y: DBusInt32) -> Nothing:
        """A middle click does nothing: it is too easily meant for something else."""

    @dbus_method("ContextMenu")
    def context_menu(self, _x: DBusInt32, _y: DBusInt32) -> Nothing:
        """A right click where the panel does not draw the menu itself; we have no window to draw one with."""

    @dbus_method("Scroll")
    def scroll(self, _delta: DBusInt32, _orientation: DBusStr) -> Nothing:
        """The wheel does nothing."""

    @dbus_signal("NewIcon")
    def new_icon(self) -> None:
        """The icon has changed."""

    @dbus_signal("NewAttentionIcon")
    def new_attention_icon(self) -> None:
        """The icon for attention has changed."""

    @dbus_signal("NewTitle")
    def new_title(self) -> None:
        """The title has changed."""

    @dbus_signal("NewToolTip")
    def new_tool_tip(self) -> None:
        """The tooltip has changed."""

    @dbus_signal("NewStatus")
    def new_status(self) -> DBusStr:
        """The item needs attention, or does not any more."""
        return self._status()


class Panel:
    """Whether a panel shows the item, which it is told about as often as a panel comes."""

    def __init__(self, bus: SessionBus, name: str) -> None:
        """Ask the panel there is, if any, to show the item of that name on the bus. Raises BusError."""
        self.hosted = False
        self._bus = bus
        self._name = name
        self._wanted = True
        self._report: Callable[[bool], None] = lambda _: None
        bus.watch_end(lambda: self._settle(hosted=False))
        bus.watch_name(WATCHER.program, self._meet)
        for signal in HOST_SIGNALS:
            bus.subscribe(WATCHER, signal, lambda _: bus.post(self._look()))
        with suppress(BusError):  # the normal case where the panel comes later, or never; `_meet` hears of it
            bus.run(self._join())

    def watch(self, report: Callable[[bool], None]) -> None:
        """Say, on the bus's thread, whenever a panel begins or ceases to show the item."""
        self._report = report

    def leave(self) -> None:
        """Show the item to no further panel."""
        self._wanted = False

    def _meet(self, owned: bool) -> None:  # noqa: FBT001 the shape is that of watch_name
        if owned:
            self._bus.post(self._keep_joining())
        else:
            self._settle(hosted=False)

    async def _keep_joining(self) -> None:
        for _ in range(TRIES):
            with suppress(BusError):  # it has taken its name, but does not answer yet
                await self._join()
                return
            await asyncio.sleep(BETWEEN_TRIES)

    async def _join(self) -> None:
        if self._wanted:
            await self._bus.ask(WATCHER, "RegisterStatusNotifierItem", "s", [self._name])
            await self._look()

    async def _look(self) -> None:
        question = [WATCHER.interface, "IsStatusNotifierHostRegistered"]
        answer = await self._bus.ask(WATCHER_PROPERTIES, "Get", "ss", question)
        self._settle(hosted=answer[0].value is True)

    def _settle(self, *, hosted: bool) -> None:
        if hosted is not self.hosted:
            self.hosted = hosted
            self._report(hosted)


class StatusNotifierTray:
    """A `Tray` on the panels of KDE, Xfce, GNOME with its extension, Sway and others."""

    def __init__(self, bus: SessionBus, icons: Icons, act: Callable[[str], None]) -> None:
        """Put the icon on the bus; `act` gets the action of a click on the bus's thread and must only enqueue.

        Raises BusError, and ScribeletError where the drawings are missing.
        """
        self._bus = bus
        self._name = f"org.kde.StatusNotifierItem-{os.getpid()}-1"
        self._item = StatusNotifierItem(icons, act)
        self._menu = Menu(act)
        self._closed = Event()
        bus.export(ITEM, self._item)
        bus.export(MENU, self._menu)
        bus.request_name(self._name)
        self._panel = Panel(bus, self._name)

    def hosted(self) -> bool:
        """Whether a panel shows the icon now."""
        return self._panel.hosted

    def watch_host(self, report: Callable[[bool], None]) -> None:
        """Say, on the bus's thread, whenever a panel begins or ceases to show the icon."""
        self._panel.watch(report)

    def show(self, face: Face) -> None:
        """Draw this face. May be called from any thread; returns at once."""
        self._bus.post(self._draw(face))

    def close(self) -> None:
        """Take the icon away. May be called from any thread; idempotent."""
        if not self._closed.is_set():
            self._closed.set()
            self._panel.leave()
            self._bus.post(self._bus.withdraw(self._name, (ITEM, MENU)))

    async def _draw(self, face: Face) -> None:
        self._item.show(face)
        self._menu.show(face.menu)
