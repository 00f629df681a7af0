"""Homes with unusual names, and sessions that set few variables: the main job is done in all of them."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import tray
from tests.surroundings.elsewhere import (
    EVERY,
    FOLDERS,
    Elsewhere,
    Resident,
    expect_a_good_end,
    expect_the_main_job,
)
from tray.control.client import Request, ask
from tray.core.failures import ScribeletError

LAUNCH = "import sys; from gi.repository import Gio; Gio.DesktopAppInfo.new_from_filename(sys.argv[1]).launch([], None)"
"""What a desktop does at login with the entries it finds; runs with the system's own Python, which has the library."""


@pytest.mark.parametrize("without", [("XDG_RUNTIME_DIR",), EVERY], ids=["no folder for sockets", "no variable at all"])
def test_a_session_that_sets_fewer_variables_is_enough(without: tuple[str, ...]) -> None:
    with Elsewhere(without=without) as desktop, Resident(desktop) as scribelet:
        expect_the_main_job(scribelet)
        assert scribelet.socket.parent.stat().st_mode & 0o777 == 0o700
        assert scribelet.settings_file.exists()
        second = desktop.run_program()
        assert second.wait() == 0
        assert "already running" in second.output()
        expect_a_good_end(scribelet)


@pytest.fixture
def at_home() -> Iterator[Resident]:
    """Scribelet installed in a home with a space, an accent and an apostrophe in its name; it does not run."""
    with Elsewhere("Zoë Müller's home", without=FOLDERS) as desktop:
        venv = desktop.home / "tools" / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True, timeout=60)
        program = desktop.home / "tools" / "program"
        program.symlink_to(Path(tray.__file__).parents[1])
        (path,) = venv.glob("lib/python*/site-packages")
        (path / "all.pth").write_text(f"{program}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
        del desktop.env["PYTHONPATH"]
        resident = Resident(desktop, own_python=venv / "bin" / "python")
        yield resident
        with suppress(ScribeletError):
            ask(resident.socket, Request("quit"))


def test_in_a_home_with_spaces_and_accents_the_login_starts_it_and_it_does_its_job(at_home: Resident) -> None:
    desktop = at_home.desktop
    assert at_home.command("autostart", "on").returncode == 0
    entry = desktop.home / ".config" / "autostart" / "scribelet.desktop"
    assert at_home.type("desktop-file-validate", entry).stdout == ""
    at_home.program = desktop.launch("/usr/bin/python3", "-c", LAUNCH, entry)
    at_home.wait_until(lambda: at_home.state == "idle", "the program that the login starts")
    process = Path(f"/proc/{at_home.status['pid']}")
    assert str(desktop.home / "tools" / "venv").encode() in (process / "cmdline").read_bytes()

    expect_the_main_job(at_home)
    assert "Listening" in (at_home.state_folder / "scribelet.log").read_text("utf-8")
    page = at_home.command("transcript", "path").stdout.rstrip("\n")
    assert at_home.records()[-1]["text"] in Path(page).read_text("utf-8")
    assert at_home.command("quit").returncode == 0
    at_home.wait_until(lambda: not process.exists(), "its end")
    assert not at_home.socket.exists()


def test_what_binds_a_key_can_be_run_as_it_is_told_in_a_home_with_spaces_and_accents(at_home: Resident) -> None:
    def told(desktop: str) -> str:
        at_home.desktop.env |= {"XDG_CURRENT_DESKTOP": desktop, "WAYLAND_DISPLAY": "wayland-0"}
        return at_home.command("hotkey", "ctrl+alt+d").stdout

    (command,) = (line.removeprefix("Run: ") for line in told("KDE").splitlines() if line.startswith("Run: "))
    done = at_home.type("sh", "-c", command)
    assert (done.returncode, done.stderr) == (0, "")
    entry = at_home.desktop.home / ".local" / "share" / "applications" / "scribelet-toggle.desktop"
    assert "\nExec=scribelet toggle\n" in entry.read_text("utf-8")
    assert at_home.type("desktop-file-validate", entry).returncode == 0
    assert f"Add this line to {at_home.desktop.home}/.config/sway/config, then run" in told("sway")
