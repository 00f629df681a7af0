"""The tray as a hand sees it, by D-Bus instead of pixels: icons, their menus, and clicks on both."""

from __future__ import annotations

import time
from dataclasses import dataclass

from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection

ITEM = "org.kde.StatusNotifierItem"
WATCHER = "org.kde.StatusNotifierWatcher"
MENU = "com.canonical.dbusmenu"
PROPERTIES = "org.freedesktop.DBus.Properties"


class TrayError(Exception):
    """The tray or an icon in it answered with an error, or there is no such line in the menu."""


@dataclass(frozen=True)
class Line:
    """One line of a menu, with what folds out of it."""

    number: int
    label: str
    enabled: bool
    checked: bool | None
    """None for a line that carries no mark."""
    separator: bool
    lines: tuple[Line, ...]

    def find(self, *labels: str) -> Line:
        """The line at the end of this path of labels. Raises TrayError if a step of it is not there."""
        if not labels:
            return self
        for line in self.lines:
            if line.label == labels[0]:
                return line.find(*labels[1:])
        raise TrayError(f"no “{labels[0]}” among {[line.label for line in self.lines]}")


@dataclass(frozen=True)
class Icon:
    """Where a tray icon lives on the bus, and all it says about itself."""

    owner: str
    path: str
    properties: dict[str, object]


class Tray:
    """The icon with one Id in the tray of a desktop."""

    def __init__(self, bus: str, item: str = "scribelet") -> None:
        self._connection = open_dbus_connection(bus=bus)
        self._item = item

    def close(self) -> None:
        """Leave the bus."""
        self._connection.close()

    def icon(self, seconds: float = 10) -> Icon:
        """The icon, once it is there. Raises TrayError if it does not come within these seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for icon in self._icons():
                if icon.properties.get("Id") == self._item:
                    return icon
            time.sleep(0.05)
        raise TrayError(f"no icon called {self._item} in the tray")

    def shown(self) -> bool:
        """Whether the icon is there at this moment."""
        return any(icon.properties.get("Id") == self._item for icon in self._icons())

    def menu(self) -> Line:
        """The menu as it is now; the line that is returned has all others under it."""
        icon = self.icon()
        path = str(icon.properties["Menu"])
        self._call((icon.owner, path, MENU), "AboutToShow", "i", 0)
        _, root = self._call((icon.owner, path, MENU), "GetLayout", "iias", 0, -1, [])
        return _line(root)

    def click(self, *labels: str) -> None:
        """Click the line at the end of this path of labels. Raises TrayError if it is absent or greyed out."""
        line = self.menu().find(*labels)
        if not line.enabled:
            raise TrayError(f"“{labels[-1]}” is greyed out")
        icon = self.icon()
        place = (icon.owner, str(icon.properties["Menu"]), MENU)
        self._call(place, "Event", "isvu", line.number, "clicked", ("i", 0), 0)

    def activate(self) -> None:
        """What a left click on the icon does."""
        icon = self.icon()
        self._call((icon.owner, icon.path, ITEM), "Activate", "ii", 0, 0)

    def _icons(self) -> list[Icon]:
        watcher = (WATCHER, "/StatusNotifierWatcher", PROPERTIES)
        try:
            names = self._call(watcher, "Get", "ss", WATCHER, "RegisteredStatusNotifierItems")[0][1]
        except TrayError:  # the panel is not there, or not yet
            return []
        icons = (self._read(name) for name in names)
        return [icon for icon in icons if icon]

    def _read(self, name: str) -> Icon | None:
        owner, slash, path = name.partition("/")
        path = slash + path or "/StatusNotifierItem"
        try:
            found = self._call((owner, path, PROPERTIES), "GetAll", "s", ITEM)[0]
        except TrayError:  # it left between the two questions
            return None
        return Icon(owner, path, {key: value for key, (_, value) in found.items()})

    def _call(self, place: tuple[str, str, str], member: str, signature: str, *body: object) -> tuple:
        owner, path, interface = place
        address = DBusAddress(path, bus_name=owner, interface=interface)
        reply = self._connection.send_and_get_reply(new_method_call(address, member, signature, body), timeout=5)
        if reply.header.message_type == MessageType.error:
            raise TrayError(reply.header.fields.get(HeaderFields.error_name), reply.body)
        return reply.body


def _line(node: tuple) -> Line:
    number, properties, children = node
    value = {key: inner for key, (_, inner) in properties.items()}
    lines = tuple(_line(child) for _, child in children)
    return Line(
        number=number,
        label=_plain(value.get("label", "")),
        enabled=value.get("enabled", True),
        checked=value.get("toggle-state") == 1 if value.get("toggle-type") else None,
        separator=value.get("type") == "separator",
        lines=tuple(line for line, (_, child) in zip(lines, children, strict=True) if _visible(child)),
    )


def _visible(node: tuple) -> bool:
    return node[1].get("visible", ("b", True))[1]


def _plain(label: str) -> str:
    """A single underscore marks the letter to press; a doubled one is meant."""
    return "_".join(part.replace("_", "") for part in label.split("__"))
