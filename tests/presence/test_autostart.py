"""Starting with the session can be switched on and off, and starts this program wherever it lies."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import until
from tray import __version__
from tray.core.failures import ScribeletError
from tray.desktop.autostart import (
    AutostartError,
    DesktopEntry,
    LaunchAgent,
    autostart_state,
    renew_autostart,
    set_autostart,
)
from tray.system.processes import own_command

LAUNCH = "import sys; from gi.repository import Gio; Gio.DesktopAppInfo.new_from_filename(sys.argv[1]).launch([], None)"
"""What GNOME and Xfce do with such a file; runs with the system's own Python, which has their library."""
NAMES = [
    "plain",
    "with some spaces",
    "Zoë Größe 日本",
    "100 % of %f and %%",
    'it\'s "quoted"',
    "$HOME `id` \\ back\\nslash",
    "a=b",
    "semi;colon & (more) * ? # ~ < > |",
    "two\nlines and a\ttab",
]
WORDS = ("-P", "-c", "import sys; sys.path.insert(0, '/a b'); main(\"x\")", "", "%u", "100%", "\\", "$5 `", "\n", "ë")


@pytest.fixture(autouse=True)
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the desktop looks for what it shall start; the home is empty."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    return tmp_path / "settings" / "autostart" / "scribelet.desktop"


def value(entry: Path, key: str) -> str:
    """What stands behind a key."""
    return next(line.partition("=")[2] for line in entry.read_text().splitlines() if line.startswith(f"{key}="))


def validate(entry: Path) -> str:
    """What the desktops' own checker has to say about a file: nothing, if all is well."""
    checked = subprocess.run(["desktop-file-validate", entry], capture_output=True, text=True, timeout=20, check=False)
    return checked.stdout + checked.stderr


def test_it_is_off_until_it_is_switched_on_and_off_again(entry: Path) -> None:
    assert autostart_state() is False
    set_autostart(on=True)
    set_autostart(on=True)
    assert autostart_state() is True
    set_autostart(on=False)
    set_autostart(on=False)
    assert autostart_state() is False
    assert not entry.exists()


def test_without_a_folder_for_settings_it_lies_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME")
    set_autostart(on=True)
    assert (tmp_path / ".config/autostart/scribelet.desktop").is_file()


def test_the_file_is_as_desktops_want_it_and_has_a_picture(entry: Path) -> None:
    set_autostart(on=True)
    assert validate(entry) == ""
    assert Path(value(entry, "Icon")).read_bytes().startswith(b"\x89PNG")


def test_what_is_started_is_this_program(entry: Path, tmp_path: Path) -> None:
    DesktopEntry(entry.parent, own_command("--version")).switch(on=True)
    with (tmp_path / "output").open("w") as output:
        subprocess.run(["/usr/bin/python3", "-c", LAUNCH, entry], stdout=output, timeout=20, check=True, cwd="/")
    said = until(lambda: (tmp_path / "output").read_text(), "the version")
    assert __version__ in said


@pytest.mark.parametrize("name", NAMES)
def test_a_program_starts_wherever_it_lies(entry: Path, tmp_path: Path, name: str) -> None:
    program, heard = tmp_path / name / "program", tmp_path / "heard"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s|" "$0" "$@" >"$HEARD.part" && mv "$HEARD.part" "$HEARD"\n')
    program.chmod(0o755)
    DesktopEntry(entry.parent, (str(program), *WORDS)).switch(on=True)
    assert validate(entry) == ""
    launch = ["/usr/bin/python3", "-c", LAUNCH, entry]
    subprocess.run(launch, env=os.environ | {"HEARD": str(heard)}, timeout=20, check=True)
    until(heard.exists, "the start")
    assert heard.read_text() == "|".join((str(program), *WORDS, ""))


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_what_was_switched_off_elsewhere_is_off_until_it_is_switched_on_here(entry: Path, line: str) -> None:
    set_autostart(on=True)
    kept = [one for one in entry.read_text().splitlines() if not one.startswith(line.partition("=")[0])]
    entry.write_text("\n".join([*kept, line, ""]))
    assert autostart_state() is False
    renew_autostart()
    assert autostart_state() is False
    set_autostart(on=True)
    assert autostart_state() is True


@pytest.mark.parametrize("text", ["", "junk", "[Desktop Entry]\nType=Application\n", "[Other]\nExec=x\n", "\x00\xff"])
def test_a_file_that_starts_nothing_is_off(entry: Path, text: str) -> None:
    entry.parent.mkdir(parents=True)
    entry.write_bytes(text.encode("latin-1"))
    assert autostart_state() is False


@pytest.mark.parametrize("changed", ["X-Scribelet-Version", "Exec"])
def test_the_file_of_another_version_or_place_is_put_right(entry: Path, changed: str) -> None:
    set_autostart(on=True)
    right = entry.read_text()
    entry.write_text(right.replace(f"{changed}=", f"{changed}=0.0.1"))
    renew_autostart()
    assert entry.read_text() == right


def test_what_a_person_adds_to_the_file_of_this_version_stays(entry: Path) -> None:
    set_autostart(on=True)
    added = entry.read_text() + "X-GNOME-Autostart-Delay=30\n"
    entry.write_text(added)
    renew_autostart()
    assert entry.read_text() == added


def test_what_is_off_is_not_switched_on_by_a_new_version(entry: Path) -> None:
    renew_autostart()
    assert not entry.exists()


def test_a_home_that_cannot_be_written_to_is_said_with_what_to_do() -> None:
    with pytest.raises(AutostartError, match="cannot be written") as caught:
        DesktopEntry(Path("/proc/self/autostart"), own_command()).switch(on=True)
    assert "/proc/self/autostart" in caught.value.remedy
    assert sys.executable in caught.value.remedy


def test_something_else_under_the_name_of_the_file_is_said(entry: Path) -> None:
    entry.mkdir(parents=True)
    with pytest.raises(AutostartError, match="cannot be read"):
        autostart_state()
    with pytest.raises(AutostartError, match="cannot be written"):
        set_autostart(on=True)
    with pytest.raises(AutostartError, match="cannot be removed"):
        set_autostart(on=False)


def test_a_path_that_no_text_can_hold_is_said(entry: Path) -> None:
    with pytest.raises(AutostartError, match="not UTF-8"):
        DesktopEntry(entry.parent, (os.fsdecode(b"/opt/\xff/python"),)).switch(on=True)
    assert issubclass(AutostartError, ScribeletError)


def test_a_launch_agent_is_switched_like_a_desktop_entry(tmp_path: Path) -> None:
    agent = LaunchAgent(tmp_path / "Library" / "LaunchAgents", ('/opt/Zoë\'s "100 %" & <co>/python', "-c", "x"))
    other = LaunchAgent(agent.folder, ("/elsewhere",))
    assert not agent.on()
    agent.switch(on=True)
    assert (agent.on(), agent.current(), other.current()) == (True, True, False)
    agent.switch(on=False)
    assert not agent.on()


@pytest.mark.parametrize("text", ["", "junk", "<plist><dict>", "<plist version='1.0'><array/></plist>"])
def test_a_launch_agent_that_starts_nothing_is_off(tmp_path: Path, text: str) -> None:
    agent = LaunchAgent(tmp_path, ("/opt/python",))
    agent.path.write_text(text)
    assert not agent.on()
