"""Starting twice, and quitting while the disk is full: one program runs, it ends in time, and it says what is wrong."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.desktop.running import PATIENCE, Scribelet, alike
from tests.desktop.virtual import Desktop, wait_for
from tests.surroundings.disk import Disk
from tray.control.instance import Instance

LEAVING = 10
"""Seconds in which it ends where nothing more can be done, on a machine with much else to do."""


def _dictate_in_vain(scribelet: Scribelet) -> None:
    """Speak until it is said that the disk takes no words."""
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    scribelet.say("sb13.wav")
    scribelet.wait_until(lambda: "full" in scribelet.warnings, "the warning")


def test_quitting_with_a_full_disk_ends_in_time_and_says_that_words_are_missing(desktop: Desktop, disk: Disk) -> None:
    disk.fill()
    with Scribelet(desktop) as scribelet:
        _dictate_in_vain(scribelet)
        family = scribelet.family()
        scribelet.command("quit")
        assert scribelet.program.wait(LEAVING) == 1
        assert "the last words could not be written" in scribelet.program.output()
        assert alike(desktop.clipboard(), "sb13.wav")
        scribelet.wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), "its processes to end")
        assert not scribelet.socket.exists()
        assert scribelet.records() == []


def test_words_that_a_full_disk_refused_are_written_when_there_is_room_before_the_end(
    desktop: Desktop, disk: Disk
) -> None:
    disk.fill()
    with Scribelet(desktop) as scribelet:
        _dictate_in_vain(scribelet)
        scribelet.command("stop")
        disk.make_room()
        scribelet.wait_for_state("idle")
        scribelet.command("quit")
        assert scribelet.program.wait(LEAVING) == 0
        assert scribelet.program.output() == ""
        assert alike(scribelet.texts()[-1], "sb13.wav")


def _icons(desktop: Desktop) -> int:
    """How many icons there are in the panel."""
    watcher = ("--dest=org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", "org.freedesktop.DBus.Properties.Get")
    asked = ("string:org.kde.StatusNotifierWatcher", "string:RegisteredStatusNotifierItems")
    command = ["dbus-send", "--session", "--print-reply=literal", *watcher, *asked]
    told = subprocess.run(command, env=desktop.env, capture_output=True, text=True, timeout=PATIENCE, check=True)
    return told.stdout.count("/StatusNotifierItem")


def test_of_two_that_are_started_at_once_one_runs_and_the_other_one_says_so(desktop: Desktop) -> None:
    both = [desktop.run_program(), desktop.run_program()]
    wait_for(lambda: any(program.process.poll() is not None for program in both), PATIENCE, "the end of one")
    second, first = sorted(both, key=lambda program: program.process.poll() is None)
    assert second.wait() == 0
    assert second.output().startswith("Scribelet is already running")
    scribelet = Scribelet(desktop)
    scribelet.program = first
    scribelet.wait_until(lambda: scribelet.state == "idle", "the other one to be ready")
    scribelet.wait_until(desktop.tray.shown, "the icon")
    assert scribelet.status["pid"] == first.process.pid
    assert _icons(desktop) == 1


def test_beside_one_that_takes_long_to_start_no_other_one_starts(desktop: Desktop) -> None:
    # whoever has the right to run and cannot be asked yet is just starting
    state = Path(desktop.env["XDG_STATE_HOME"]) / "scribelet"
    state.mkdir(parents=True)
    starting = Instance.claim(state)
    try:
        second = desktop.run_program()
        assert second.wait() == 0
        assert second.output().startswith("Scribelet is already running")
        assert "It is starting" in second.output()
        assert _icons(desktop) == 0
    finally:
        starting.release()
    with Scribelet(desktop):
        wait_for(lambda: _icons(desktop) == 1, PATIENCE, "the icon")
