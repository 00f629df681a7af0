"""The menu as a panel reads it."""

from __future__ import annotations

from typing import Any

import pytest

from tray.core.menu import Item
from tray.desktop.dbusmenu import Line, Menu, Numbering, node, properties

ENGLISH = Item("English", "set engine.name english", checked=True)
FRENCH = Item("French", "set engine.name french", checked=False)
ITEMS = (Item("Start", "toggle"), Item(""), Item("Language", children=(ENGLISH, FRENCH)), Item("Quit", "quit"))


def told(item: Item) -> dict[str, Any]:
    return {name: variant.value for name, variant in properties(item).items()}


def numbers(lines: tuple[Line, ...]) -> dict[str, int]:
    return {line.item.action: line.number for top in lines for line in top.walk() if line.item.action}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Item("Start", "toggle"), {"label": "Start", "enabled": True, "toggle-type": ""}),
        (Item("Start", "toggle", enabled=False), {"enabled": False}),
        (Item("No microphone"), {"label": "No microphone", "enabled": False}),
        (Item(""), {"type": "separator"}),
        (Item("my_mic", "x"), {"label": "my__mic"}),
        (ENGLISH, {"toggle-type": "radio", "toggle-state": 1}),
        (FRENCH, {"toggle-type": "radio", "toggle-state": 0}),
        (Item("Start at login", "autostart off", checked=True, alone=True), {"toggle-type": "checkmark"}),
        (Item("Language", children=(ENGLISH,)), {"children-display": "submenu", "enabled": True}),
    ],
)
def test_a_line_says_what_it_is(item: Item, expected: dict[str, Any]) -> None:
    assert expected.items() <= told(item).items()


def test_a_line_keeps_its_number_when_its_label_and_its_neighbours_change() -> None:
    numbering = Numbering()
    before = numbers(numbering.number(ITEMS))
    after = numbers(numbering.number((Item("A note"), Item("Stop", "toggle"), *ITEMS[1:])))
    assert {action: after[action] for action in before} == before


def test_no_two_lines_share_a_number() -> None:
    twice = (*ITEMS, *ITEMS, Item(""), Item("heading"), Item("heading"))
    every = [line.number for top in Numbering().number(twice) for line in top.walk()]
    assert len(every) == len(set(every))
    assert 0 not in every


def test_a_panel_gets_as_many_levels_as_it_asks_for() -> None:
    line = Line(0, Item("menu"), Numbering().number(ITEMS))
    assert node(line, 0, [])[2] == []
    assert [child.value[2] for child in node(line, 1, [])[2]] == [[], [], [], []]
    assert len(node(line, -1, [])[2][2].value[2]) == 2


def test_a_panel_gets_only_the_properties_it_asks_for() -> None:
    assert set(node(Line(1, ITEMS[0]), -1, ["label"])[1]) == {"label"}


class Host(Menu):
    """A menu whose signals are kept."""

    def __init__(self) -> None:
        self.clicked: list[str] = []
        self.heard: list[str] = []
        super().__init__(self.clicked.append)

    def layout_updated(self) -> Any:
        self.heard.append("lines")

    def items_properties_updated(self, changed: list[list[Any]]) -> Any:
        self.heard += [change[1]["label"].value for change in changed]


def test_a_new_label_leaves_the_lines_in_place() -> None:
    menu = Host()
    menu.show(ITEMS)
    menu.show((Item("Stop", "toggle"), *ITEMS[1:]))
    assert menu.heard == ["lines", "Stop"]


def test_the_same_menu_again_is_no_news() -> None:
    menu = Host()
    menu.show(ITEMS)
    menu.show(tuple(ITEMS))
    assert menu.heard == ["lines"]


def test_a_line_more_is_news() -> None:
    menu = Host()
    menu.show(ITEMS)
    menu.show((*ITEMS, Item("About", "about")))
    assert menu.heard == ["lines", "lines"]
