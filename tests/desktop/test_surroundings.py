"""Unusual homes, other users, second screens, bad disks and busy editors: the main job is done in all of them."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import tray
from tests.desktop.running import Scribelet, alike
from tests.desktop.virtual import Desktop, wait_for
from tests.surroundings.disk import Disk
from tests.surroundings.elsewhere import (
    EVERY,
    FOLDERS,
    Elsewhere,
    Resident,
    expect_a_good_end,
    expect_each_once,
    expect_page_and_records_to_agree,
    expect_the_main_job,
)
from tests.surroundings.stranger import Stranger, readable_by_others
from tray.control.client import Request, ask
from tray.core.failures import ScribeletError

LAUNCH = "import sys; from gi.repository import Gio; Gio.DesktopAppInfo.new_from_filename(sys.argv[1]).launch([], None)"
"""What a desktop does at login with the entries it finds; runs with the system's own Python, which has the library."""
EDITORS = {
    "holds the page open and appends to it": 'exec 3>>"$1"; read -r note; printf "\\n\\n%s\\n" "$note" >&3',
    "saves a copy and renames it": 'read -r note; { cat "$1"; printf "\\n\\n%s\\n" "$note"; } >"$1.n"; mv "$1.n" "$1"',
    "empties the page and writes it anew": 'read -r note; text=$(cat "$1"); printf "%s\\n\\n%s" "$text" "$note" >"$1"',
}
"""What an editor does, as a script: it is given the page, and reads what to add when that is typed."""


# --- people


def test_two_users_dictate_at_once_and_neither_gets_at_the_other(desktop: Desktop) -> None:
    with Scribelet(desktop) as mine, Stranger() as stranger, stranger.sit_down() as theirs:
        theirs.begin_to_dictate("sb12.wav")
        expect_the_main_job(mine, "sb11.wav")
        text, clipboard = theirs.text()
        assert alike(text, "sb12.wav")
        assert alike(clipboard, "sb12.wav")
        assert alike(desktop.clipboard(), "sb11.wav")

        (desktop.home / "for everybody").touch(mode=0o644)
        for folder in (desktop.folder, desktop.folder / "run", desktop.folder / "state", desktop.home):
            folder.chmod(0o755)  # ours has to be closed also where what lies around it is open
        readable = readable_by_others(desktop.folder)
        assert "for everybody" in {path.name for path in readable}
        private = [Path(desktop.env[name]) for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME")]
        for folder in (*(one / "scribelet" for one in private), desktop.home / "Documents" / "Scribelet"):
            assert list(folder.iterdir())
            assert not [path for path in readable if path.is_relative_to(folder)]
        with pytest.raises(ScribeletError, match=r"hung up|cannot be asked"):
            ask(theirs.socket, Request("status"))  # no folder stops us, being root
        asked = stranger.run("quit", XDG_RUNTIME_DIR=desktop.env["XDG_RUNTIME_DIR"])
        assert (asked.returncode, asked.stderr[:35]) == (3, "scribelet: Scribelet is not running")
        expect_a_good_end(mine)


def test_on_a_second_screen_of_the_same_person_the_first_one_is_met(desktop: Desktop) -> None:
    with Scribelet(desktop) as scribelet:
        screen = desktop.home / "screen"
        command = f"exec Xvfb -displayfd 9 -screen 0 800x600x24 -nolisten tcp -noreset 9>'{screen}'"
        desktop.launch("bash", "-c", command)
        number = wait_for(lambda: screen.exists() and screen.read_text().strip(), 20, "the second screen")
        first, desktop.env = desktop.env, {**desktop.env, "DISPLAY": f":{number}"}
        second = desktop.run_program()
        assert second.wait() == 0
        assert second.output().startswith(f"Scribelet is already running (process {scribelet.program.process.pid})")
        scribelet.wait_until(lambda: scribelet.toasts("Scribelet is running already"), "the toast on the first screen")
        assert scribelet.command("start").returncode == 0
        desktop.env = first
        scribelet.wait_for_state("listening")
        scribelet.say("sb13.wav")
        scribelet.command("stop")
        scribelet.wait_for_state("idle")
        assert len(scribelet.texts()) == 1
        assert alike(desktop.clipboard(), "sb13.wav")


def test_in_a_second_session_of_the_same_person_no_second_one_writes(desktop: Desktop) -> None:
    with Scribelet(desktop) as scribelet, Desktop() as other:
        other.env |= {name: desktop.env[name] for name in ("HOME", *FOLDERS)}
        second = other.run_program()
        assert second.wait() == 0
        assert second.output().startswith(f"Scribelet is already running (process {scribelet.program.process.pid})")
        assert not other.tray.shown()
        expect_the_main_job(scribelet)
        assert len(scribelet.texts()) == 1


# --- homes


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


# --- disks


@pytest.fixture
def disk(desktop: Desktop) -> Iterator[Disk]:
    """A disk of its own where the transcript belongs."""
    folder = desktop.home / "Documents" / "Scribelet"
    folder.mkdir(parents=True)
    with Disk(folder, desktop.folder / "disk") as disk:
        yield disk


def test_while_the_disk_is_full_dictation_goes_on_the_icon_says_so_and_later_all_is_written(
    desktop: Desktop, disk: Disk
) -> None:
    with Scribelet(desktop) as scribelet:
        disk.fill()
        scribelet.command("start")
        scribelet.wait_for_state("listening")
        scribelet.say("sb11.wav")
        scribelet.wait_until(lambda: "full" in str(desktop.tray.icon().properties["ToolTip"]), "the icon that says so")
        scribelet.wait_until(lambda: alike(desktop.clipboard(), "sb11.wav"), "the text on the clipboard")
        assert scribelet.state == "listening"
        scribelet.say("sb12.wav")
        scribelet.command("stop")
        scribelet.wait_until(lambda: alike(desktop.clipboard(), "sb11.wav", "sb12.wav"), "all on the clipboard")
        scribelet.command("start")
        scribelet.wait_for_state("listening")
        scribelet.say("sb13.wav")
        scribelet.wait_until(lambda: alike(desktop.clipboard(), "sb13.wav"), "the next session")
        assert scribelet.records() == []
        disk.make_room()
        scribelet.command("stop")
        scribelet.wait_for_state("idle")
        expect_each_once(scribelet, ("sb11.wav", "sb12.wav"), ("sb13.wav",))
        scribelet.wait_until(lambda: not scribelet.warnings, "the end of the warning")
        expect_a_good_end(scribelet)


def test_a_home_without_room_for_a_single_byte_keeps_nobody_from_dictating() -> None:
    with Elsewhere(without=FOLDERS) as desktop:
        with Resident(desktop) as scribelet:  # the first start makes its folders
            expect_a_good_end(scribelet)
        with Disk(desktop.home, desktop.folder / "disk") as disk:
            disk.fill()
            with Resident(desktop) as scribelet:
                scribelet.command("start")
                scribelet.wait_for_state("listening")
                scribelet.say("sb11.wav")
                scribelet.wait_until(lambda: alike(desktop.clipboard(), "sb11.wav"), "the text on the clipboard")
                assert "full" in scribelet.warnings
                disk.make_room()
                scribelet.command("stop")
                scribelet.wait_for_state("idle")
                expect_each_once(scribelet, ("sb11.wav",))
                expect_a_good_end(scribelet)


def test_while_the_disk_does_not_answer_it_listens_on_and_later_all_is_written(desktop: Desktop, disk: Disk) -> None:
    with Scribelet(desktop) as scribelet:
        scribelet.command("start")
        scribelet.wait_for_state("listening")
        scribelet.say("sb11.wav")
        scribelet.wait_until(scribelet.records, "the first sentence in the transcript")
        disk.stand_still()
        scribelet.say("sb12.wav")
        scribelet.wait_until(lambda: alike(desktop.clipboard(), "sb11.wav", "sb12.wav"), "the text on the clipboard")
        scribelet.wait_until(lambda: "does not answer" in scribelet.warnings, "the warning")
        assert scribelet.state == "listening"
        scribelet.say("sb13.wav")
        assert scribelet.command("stop").returncode == 0
        scribelet.wait_until(lambda: scribelet.silhouette == "working", "the icon of work")
        assert scribelet.state == "draining"
        disk.wake()
        scribelet.wait_for_state("idle")
        assert not scribelet.warnings
        expect_each_once(scribelet, ("sb11.wav", "sb12.wav", "sb13.wav"))
        assert alike(desktop.clipboard(), "sb11.wav", "sb12.wav", "sb13.wav")
        expect_a_good_end(scribelet)


# --- editors


@pytest.fixture(scope="module")
def scribelet(shared_desktop: Desktop) -> Iterator[Scribelet]:
    """Scribelet on a desktop where somebody edits the page of today."""
    with Scribelet(shared_desktop) as running:
        yield running


def _say_one_more(scribelet: Scribelet, clip: str) -> None:
    """Speak in an open session, and wait until it is in the transcript."""
    before = len(scribelet.records())
    scribelet.say(clip)
    scribelet.wait_until(lambda: len(scribelet.records()) == before + 1, f"{clip} in the records")
    text = scribelet.records()[-1]["text"]
    scribelet.wait_until(lambda: text in scribelet.desktop.transcript(), f"{clip} on the page")


@pytest.mark.parametrize("editor", EDITORS)
def test_what_a_person_writes_into_the_page_while_they_dictate_stays_and_so_does_what_was_said(
    scribelet: Scribelet, editor: str
) -> None:
    note, before = f"Buy stamps, wrote the one who {editor}.", len(scribelet.texts())
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    _say_one_more(scribelet, "sb11.wav")
    (page,) = (scribelet.desktop.home / "Documents" / "Scribelet").glob("*.md")
    script = ["sh", "-c", EDITORS[editor] + "; echo saved; read -r the_end", "sh", page]
    with subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as program:
        assert program.stdin
        assert program.stdout
        program.stdin.write(f"{note}\n")
        assert program.stdout.readline() == "saved\n"
        _say_one_more(scribelet, "sb12.wav")
        _say_one_more(scribelet, "sb13.wav")
        scribelet.command("stop")
        scribelet.wait_for_state("idle")
    assert alike(scribelet.texts()[before], "sb11.wav", "sb12.wav", "sb13.wav")
    expect_page_and_records_to_agree(scribelet)
    assert scribelet.desktop.transcript().splitlines().count(note) == 1
    assert not scribelet.warnings


def test_a_page_that_is_saved_as_it_was_before_the_last_words_costs_the_records_nothing(scribelet: Scribelet) -> None:
    before = len(scribelet.texts())
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    _say_one_more(scribelet, "sb14.wav")
    (page,) = (scribelet.desktop.home / "Documents" / "Scribelet").glob("*.md")
    loaded = page.read_text("utf-8")
    _say_one_more(scribelet, "sb15.wav")
    page.write_text(f"{loaded}\n\nWritten over it.\n", encoding="utf-8")
    _say_one_more(scribelet, "sb11.wav")
    scribelet.command("stop")
    scribelet.wait_for_state("idle")
    assert alike(scribelet.texts()[before], "sb14.wav", "sb15.wav", "sb11.wav")
    assert "Written over it." in scribelet.desktop.transcript().splitlines()
    assert scribelet.records()[-1]["text"] in scribelet.desktop.transcript()
    assert not scribelet.warnings
