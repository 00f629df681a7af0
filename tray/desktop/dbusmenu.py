"""A menu for other programs to draw: com.canonical.dbusmenu, version 3."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from dbus_fast import DBusError, ErrorType, PropertyAccess, Variant
from dbus_fast.annotations import DBusBool, DBusInt32, DBusSignature, DBusStr, DBusUInt32, DBusVariant
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from tray.core.menu import Item

ROOT = 0
"""Number of the menu itself, fixed by the protocol."""
Properties = dict[str, Variant]
Node = list[Any]
"""A line as it travels: its number, its properties, its children."""
Layout = Annotated[tuple[int, Node], DBusSignature("u(ia{sv}av)")]
Numbers = Annotated[list[int], DBusSignature("ai")]
Names = Annotated[list[str], DBusSignature("as")]
Group = Annotated[list[list[Any]], DBusSignature("a(ia{sv})")]
Clicks = Annotated[list[tuple[int, str, Variant, int]], DBusSignature("a(isvu)")]
TwoGroups = Annotated[tuple[list[int], list[int]], DBusSignature("aiai")]
Changes = Annotated[tuple[list[list[Any]], list[Any]], DBusSignature("a(ia{sv})a(ias)")]
Nothing = Annotated[None, DBusSignature("")]
"""What a method answers that answers nothing: the library cannot read a bare None here."""
Place = Annotated[tuple[int, int], DBusSignature("ui")]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the menu with its number."""

    number: int
    item: Item
    children: tuple[Line, ...] = ()

    def walk(self) -> Iterator[Line]:
        """This line and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


class Numbering:
    """Gives each line a number that it keeps while the menu changes around it."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str, int], int] = {}

    def number(self, items: tuple[Item, ...], parent: int = ROOT) -> tuple[Line, ...]:
        """The items as lines; the same action under the same parent has the number it had before."""
        seen: Counter[str] = Counter()
        lines: list[Line] = []
        for item in items:
            # a submenu is known by its label; headings and separators, which nobody clicks, by their order
            name = item.action or (item.label if item.children else "")
            key = (parent, name, seen[name])
            seen[name] += 1
            number = self._known.setdefault(key, len(self._known) + 1)
            lines.append(Line(number, item, self.number(item.children, number)))
        return tuple(lines)


def properties(item: Item) -> Properties:
    """All properties of a line, none left to its default, so that any may change later."""
    kind = "standard" if item.label else "separator"
    mark = "" if item.checked is None else "checkmark" if item.alone else "radio"
    told = {
        "type": Variant("s", kind),
        # an underscore would underline the letter behind it
        "label": Variant("s", item.label.replace("_", "__")),
        "enabled": Variant("b", item.enabled and bool(item.action or item.children)),
        "visible": Variant("b", True),
        "toggle-type": Variant("s", mark),
        "toggle-state": Variant("i", int(item.checked is True) if mark else -1),
    }
    return told | ({"children-display": Variant("s", "submenu")} if item.children else {})


def node(line: Line, depth: int, names: list[str]) -> Node:
    """A line as it travels, `depth` levels down (-1 = all), with the named properties (none = all)."""
    told = {name: value for name, value in properties(line.item).items() if name in names or not names}
    children = [Variant("(ia{sv}av)", node(child, depth - 1, names)) for child in line.children if depth != 0]
    return [line.number, told, children]


class Menu(ServiceInterface):
    """The menu on the bus; everything here runs on the thread of the bus."""

    def __init__(self, act: Callable[[str], None]) -> None:
        super().__init__("com.canonical.dbusmenu")
        self._act = act
        self._numbering = Numbering()
        self._revision = 1
        self._lines: dict[int, Line] = {}
        self._take(())

    def show(self, items: tuple[Item, ...]) -> None:
        """Show these lines; a menu that hangs open stays open if only what they say has changed."""
        if items == self._lines[ROOT].item.children:
            return
        before = self._lines
        self._take(items)
        if _shape(before[ROOT]) == _shape(self._lines[ROOT]):
            pairs = ((line, before[number]) for number, line in self._lines.items() if number != ROOT)
            changed = [line for line, old in pairs if properties(line.item) != properties(old.item)]
            self.items_properties_updated([[line.number, properties(line.item)] for line in changed])
        else:
            self._revision += 1
            self.layout_updated()

    def _take(self, items: tuple[Item, ...]) -> None:
        root = Line(ROOT, Item("menu", children=items), self._numbering.number(items))
        self._lines = {line.number: line for line in root.walk()}

    def _click(self, number: int, kind: str) -> None:
        line = self._lines.get(number)
        if line and kind == "clicked" and line.item.enabled and line.item.action:
            self._act(line.item.action)

    def _line(self, number: int) -> Line:
        if number not in self._lines:
            raise DBusError(ErrorType.INVALID_ARGS, f"the menu has no line {number}")
        return self._lines[number]

    @dbus_property(PropertyAccess.READ, "Version")
    def version(self) -> DBusUInt32:
        """Of the protocol."""
        return 3

    @dbus_property(PropertyAccess.READ, "Status")
    def status(self) -> DBusStr:
        """Nothing in the menu asks for attention."""
        return "normal"

    @dbus_property(PropertyAccess.READ, "TextDirection")
    def text_direction(self) -> DBusStr:
        """The labels are English."""
        return "ltr"

    @dbus_property(PropertyAccess.READ, "IconThemePath")
    def icon_theme_path(self) -> Names:
        """The lines have no pictures."""
        return []

    @dbus_method("GetLayout")
    def get_layout(self, parent: DBusInt32, depth: DBusInt32, names: Names) -> Layout:
        """The lines below `parent`, `depth` levels down, or all with -1."""
        return self._revision, node(self._line(parent), depth, names)

    @dbus_method("GetGroupProperties")
    def get_group_properties(self, numbers: Numbers, names: Names) -> Group:
        """The properties of many lines; of all with an empty list."""
        wanted = [n for n in numbers or self._lines if n in self._lines]
        return [node(self._lines[number], 0, names)[:2] for number in wanted]

    @dbus_method("GetProperty")
    def get_property(self, number: DBusInt32, name: DBusStr) -> DBusVariant:
        """One property of one line."""
        told = properties(self._line(number).item)
        if name not in told:
            raise DBusError(ErrorType.INVALID_ARGS, f"a line has no property {name}")
        return told[name]

    @dbus_method("Event")
    def event(self, number: DBusInt32, kind: DBusStr, _about: DBusVariant, _time: DBusUInt32) -> Nothing:
        """A line was clicked, or the pointer went over it."""
        self._click(number, kind)

    @dbus_method("EventGroup")
    def event_group(self, events: Clicks) -> Numbers:
        """Many events at once; answers with the numbers that no line has."""
        for number, kind, _, _ in events:
            self._click(number, kind)
        return [event[0] for event in events if event[0] not in self._lines]

    @dbus_method("AboutToShow")
    def about_to_show(self, number: DBusInt32) -> DBusBool:
        """The menu is up to date but for what was plugged in meanwhile; that comes as an update."""
        if number == ROOT:
            self._act("look around")
        return False

    @dbus_method("AboutToShowGroup")
    def about_to_show_group(self, numbers: Numbers) -> TwoGroups:
        """Lines that need an update (none), and numbers that no line has."""
        return [], [number for number in numbers if number not in self._lines]

    @dbus_signal("LayoutUpdated")
    def layout_updated(self) -> Place:
        """Lines came or went."""
        return self._revision, ROOT

    @dbus_signal("ItemsPropertiesUpdated")
    def items_properties_updated(self, changed: list[list[Any]]) -> Changes:
        """What some lines say has changed."""
        return changed, []


def _shape(line: Line) -> tuple[Any, ...]:
    return line.number, tuple(_shape(child) for child in line.children)
