"""The icon in older trays, where StatusNotifier is not spoken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.tray.desk import Desktop, place
from tray.core.menu import Item, Silhouette
from tray.desktop.icons import Icons

CHECKOUT = Path(__file__).parents[2]


def face(state: str, env: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.tray.pystray_face", state]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=env, cwd=CHECKOUT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


@pytest.fixture
def pystray(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The library with the back end that draws nothing."""
    monkeypatch.setenv("PYSTRAY_BACKEND", "dummy")
    import pystray

    return pystray


def test_an_older_tray_shows_the_state_and_lets_go_of_the_icon(desktop: Desktop, icons: Icons) -> None:
    shown = face("listening", desktop.env)
    place(desktop, icons, Silhouette.LISTENING)
    said, complaints = shown.communicate(timeout=20)
    assert (said, complaints, shown.returncode) == ("closed\n", "", 0)


def test_without_a_display_the_error_says_what_works_instead(desktop: Desktop) -> None:
    env = {name: value for name, value in desktop.env.items() if name != "DISPLAY"}
    said, _ = face("idle", env).communicate(timeout=20)
    assert "scribelet toggle" in said


def test_on_wayland_an_icon_that_nobody_would_see_is_an_error(desktop: Desktop) -> None:
    said, _ = face("idle", desktop.env | {"WAYLAND_DISPLAY": "wayland-0"}).communicate(timeout=20)
    assert "AppIndicator" in said


def test_the_menu_has_a_default_radio_marks_and_grey_lines(pystray: ModuleType) -> None:
    from tray.desktop.pystray_icon import menu_lines

    clicked: list[str] = []
    engines = (Item("Moonshine", "a", checked=True), Item("Vosk", "b", checked=False, enabled=False))
    items = (Item("Note"), Item("Start", "toggle"), Item(""), Item("Engine", children=engines))
    note, start, line, engine = menu_lines(pystray, items, clicked.append)
    assert (note.enabled, note.default, start.enabled, start.default) == (False, False, True, True)
    assert line is pystray.Menu.SEPARATOR
    moonshine, vosk = engine.submenu.items
    assert (moonshine.checked, moonshine.radio, vosk.checked, vosk.enabled) == (True, True, False, False)
    start(None)
    moonshine(None)
    assert clicked == ["toggle", "a"]
