"""The icon in a real panel: seen on the screen, clicked with the mouse, read by another program."""

from __future__ import annotations

import time
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from tests.patience import until
from tests.tray.desk import Desktop, Peer, colour, place, spots
from tray.core.menu import Face, Item, Silhouette
from tray.desktop.icons import Icons
from tray.desktop.status_notifier import StatusNotifierTray
from tray.system.session_bus import SessionBus

PANEL = "xfce4-panel --sm-client-disable"
ENGINES = Item(
    "Engine",
    children=(
        Item("moonshine_base", "set engine.name moonshine", checked=True),
        Item("Vosk", "set engine.name vosk", checked=False),
        Item("Missing", "set engine.name missing", enabled=False, checked=False),
    ),
)
MENU = (Item("Start", "toggle"), Item(""), Item("No microphone"), ENGINES, Item("Quit", "quit"))
Actions = SimpleQueue[str]


def gone(desktop: Desktop, icons: Icons, silhouette: Silhouette) -> bool:
    return len(spots(desktop.screen(), colour(icons, silhouette))) < 5


def no_more(actions: Actions) -> bool:
    return actions.empty()


@pytest.fixture
def actions() -> Actions:
    return SimpleQueue()


@pytest.fixture
def tray(desktop_bus: SessionBus, icons: Icons, actions: Actions) -> Iterator[StatusNotifierTray]:
    shown = StatusNotifierTray(desktop_bus, icons, actions.put)
    shown.show(Face(Silhouette.IDLE, "Scribelet", MENU))
    yield shown
    shown.close()


class Reader:
    """A panel without pixels: finds the item as every panel does and reads its menu."""

    def __init__(self, address: str) -> None:
        self.peer = Peer(address)
        watcher = "org.kde.StatusNotifierWatcher"
        registered = f"{watcher}.RegisteredStatusNotifierItems"
        items = until(lambda: self.peer.property(watcher, "/StatusNotifierWatcher", registered), "a registered item")
        self.program = items[-1].partition("/")[0]
        self.path = "/" + items[-1].partition("/")[2]

    def property(self, name: str) -> Any:
        return self.peer.property(self.program, self.path, f"org.kde.StatusNotifierItem.{name}")

    def menu(self, member: str, signature: str, *body: Any) -> Any:
        return self.peer.call(self.program, self.property("Menu"), f"com.canonical.dbusmenu.{member}", signature, *body)

    def lines(self) -> dict[str, tuple[int, dict[str, Any]]]:
        """Number and properties of every line, by its label as the user reads it."""
        found: dict[str, tuple[int, dict[str, Any]]] = {}
        _, root = self.menu("GetLayout", "iias", 0, -1, [])
        waiting = [root]
        while waiting:
            number, told, children = waiting.pop()
            plain = {name: value for name, (_, value) in told.items()}
            found[plain.get("label", "").replace("__", "_")] = (number, plain)
            waiting += [child for _, child in children]
        return found

    def click(self, label: str) -> None:
        self.menu("Event", "isvu", self.lines()[label][0], "clicked", ("i", 0), 0)


@pytest.fixture
def reader(desktop: Desktop, tray: StatusNotifierTray) -> Iterator[Reader]:  # noqa: ARG001 it must be there first
    reading = Reader(desktop.bus)
    until(lambda: "Quit" in reading.lines(), "the menu")
    yield reading
    reading.peer.close()


def test_a_left_click_on_the_icon_toggles(
    desktop: Desktop, tray: StatusNotifierTray, icons: Icons, actions: Actions
) -> None:
    assert tray.hosted()
    x, y = place(desktop, icons, Silhouette.IDLE)
    desktop.run(f"xdotool mousemove {x} {y} sleep 0.2 click 1")
    assert actions.get(timeout=10) == "toggle"
    assert no_more(actions)


def test_a_right_click_opens_a_menu_whose_lines_act(
    desktop: Desktop, tray: StatusNotifierTray, icons: Icons, actions: Actions
) -> None:
    tray.show(Face(Silhouette.IDLE, "Scribelet", (Item("Copy", "copy"),)))
    x, y = place(desktop, icons, Silhouette.IDLE)
    desktop.run(f"xdotool mousemove {x} {y} sleep 0.2 click 3")
    # keys before the menu has the keyboard go nowhere, so they are pressed until one arrives
    until(lambda: desktop.run("xdotool key Down Return") == "" and not no_more(actions), "an act of the menu")
    assert actions.get() == "copy"


@pytest.mark.parametrize("silhouette", [*Silhouette, Silhouette.IDLE])
def test_the_icon_shows_the_state(
    desktop: Desktop, tray: StatusNotifierTray, icons: Icons, silhouette: Silhouette
) -> None:
    tray.show(Face(Silhouette.WORKING, "Scribelet"))
    place(desktop, icons, Silhouette.WORKING)
    tray.show(Face(silhouette, "Scribelet"))
    place(desktop, icons, silhouette)
    others = [other for other in Silhouette if other is not silhouette]
    until(lambda: all(gone(desktop, icons, other) for other in others), "one icon alone")


def test_the_panel_knows_name_state_and_tooltip(tray: StatusNotifierTray, reader: Reader) -> None:
    tray.show(Face(Silhouette.FAULTED, "No microphone", MENU))
    until(lambda: reader.property("Status") == "NeedsAttention", "attention")
    assert reader.property("Title") == "No microphone"
    assert reader.property("ToolTip")[2] == "No microphone"
    assert reader.property("Id") == "scribelet"
    assert reader.property("ItemIsMenu") is False
    sizes = [(width, height, len(pixels)) for width, height, pixels in reader.property("IconPixmap")]
    assert sizes == [(size, size, 4 * size * size) for size in (16, 22, 24, 32, 48, 64)]


def test_the_menu_says_what_is_chosen_and_what_cannot_be(reader: Reader) -> None:
    lines = {label: told for label, (_, told) in reader.lines().items()}
    assert (lines["moonshine_base"]["toggle-type"], lines["moonshine_base"]["toggle-state"]) == ("radio", 1)
    assert (lines["Vosk"]["toggle-type"], lines["Vosk"]["toggle-state"]) == ("radio", 0)
    assert not lines["Missing"]["enabled"]
    assert not lines["No microphone"]["enabled"]
    assert lines["Engine"]["children-display"] == "submenu"


def test_a_click_on_a_line_asks_for_its_action_and_one_on_a_grey_line_for_nothing(
    reader: Reader, actions: Actions
) -> None:
    for label in ("Missing", "No microphone", "Engine", "Vosk"):
        reader.click(label)
    assert actions.get(timeout=10) == "set engine.name vosk"
    assert no_more(actions)


def test_a_line_keeps_its_number_while_the_menu_changes(tray: StatusNotifierTray, reader: Reader) -> None:
    before = reader.lines()
    tray.show(Face(Silhouette.LISTENING, "Scribelet", (Item("Stop", "toggle"), Item("Cancel", "cancel"), *MENU[1:])))
    until(lambda: "Cancel" in reader.lines(), "the new menu")
    after = reader.lines()
    assert after["Stop"][0] == before["Start"][0]
    assert after["Vosk"][0] == before["Vosk"][0]


def test_a_panel_that_restarts_shows_the_icon_again(desktop: Desktop, tray: StatusNotifierTray, icons: Icons) -> None:
    place(desktop, icons, Silhouette.IDLE)
    hosted = SimpleQueue[bool]()
    tray.watch_host(hosted.put)
    desktop.kill("xfce4-panel")
    assert hosted.get(timeout=10) is False
    tray.show(Face(Silhouette.LISTENING, "Scribelet"))
    desktop.start(PANEL)
    assert hosted.get(timeout=30) is True
    place(desktop, icons, Silhouette.LISTENING)


def test_an_icon_without_panel_appears_when_a_panel_comes(
    bare_desktop: Desktop, monkeypatch: pytest.MonkeyPatch, icons: Icons, actions: Actions
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bare_desktop.bus)
    bus, hosted = SessionBus(), SimpleQueue[bool]()
    tray = StatusNotifierTray(bus, icons, actions.put)
    assert not tray.hosted()
    tray.watch_host(hosted.put)
    bare_desktop.start(PANEL)
    assert hosted.get(timeout=30) is True
    place(bare_desktop, icons, Silhouette.IDLE)
    bus.close()


def test_closing_takes_the_icon_away(desktop: Desktop, desktop_bus: SessionBus, icons: Icons, actions: Actions) -> None:
    tray = StatusNotifierTray(desktop_bus, icons, actions.put)
    place(desktop, icons, Silhouette.IDLE)
    tray.close()
    tray.close()
    until(lambda: gone(desktop, icons, Silhouette.IDLE), "the end of the icon")


def test_a_bus_that_dies_leaves_a_tray_that_can_still_be_closed(
    bare_desktop: Desktop, monkeypatch: pytest.MonkeyPatch, icons: Icons, actions: Actions
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bare_desktop.bus)
    bus, ended = SessionBus(), SimpleQueue[None]()
    tray = StatusNotifierTray(bus, icons, actions.put)
    bus.watch_end(lambda: ended.put(None))
    bare_desktop.kill("dbus")
    ended.get(timeout=10)
    begun = time.monotonic()
    tray.show(Face(Silhouette.LISTENING, "Scribelet", MENU))
    tray.close()
    bus.close()
    assert time.monotonic() - begun < 3
    assert not tray.hosted()
