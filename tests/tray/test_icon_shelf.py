"""The icon finds a tray that comes late, and one that comes back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import until
from tests.tray.desk import Desktop, colour, place, spots
from tray.core.menu import Silhouette
from tray.desktop.icons import Icons

CHECKOUT = Path(__file__).parents[2]
PANEL = "xfce4-panel --sm-client-disable"


@pytest.fixture
def shelf(bare_desktop: Desktop) -> Iterator[subprocess.Popen[str]]:
    """A program with an icon on a desktop without any tray."""
    command = [sys.executable, "-m", "tests.tray.shelf_face"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=bare_desktop.env, cwd=CHECKOUT, stdin=pipe, stdout=pipe, text=True) as program:
        yield program
        program.kill()


def test_a_tray_that_comes_later_shows_the_icon_and_so_does_the_next_one(
    bare_desktop: Desktop, icons: Icons, shelf: subprocess.Popen[str]
) -> None:
    assert shelf.stdout
    assert shelf.stdout.readline() == "tray None\n"
    first = bare_desktop.start(PANEL)
    place(bare_desktop, icons, Silhouette.IDLE)
    first.kill()
    first.wait(10)
    shade = colour(icons, Silhouette.IDLE)
    until(lambda: not spots(bare_desktop.screen(), shade), "the tray to be gone")
    bare_desktop.start(PANEL)
    place(bare_desktop, icons, Silhouette.IDLE)
    said, _ = shelf.communicate(timeout=20)
    assert (said.splitlines()[-1], shelf.returncode) == ("closed", 0)
