"""`scribelet doctor` on a desktop, whole or without some of its parts."""

from __future__ import annotations

import random
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.control.doctor.answers import PATIENCE, marks, told
from tests.desktop.running import Scribelet
from tests.desktop.sound import RATE, write_wav
from tests.desktop.virtual import Desktop, wait_for


@pytest.fixture(scope="module")
def desktop() -> Iterator[Desktop]:
    """A desktop with everything on it."""
    with Desktop() as started:
        yield started


def examined(desktop: Desktop) -> tuple[int, str]:
    """Exit code and words of the command, typed there."""
    program = desktop.run_program("doctor")
    return program.wait(PATIENCE), program.output()


def test_where_everything_is_there_everything_is_green(desktop: Desktop, tmp_path: Path) -> None:
    chance = random.Random(7)
    second = struct.pack(f"<{RATE}h", *(chance.randint(-900, 900) for _ in range(RATE)))
    write_wav(tmp_path / "hum.wav", second * 2 * PATIENCE)
    hum = desktop.say(tmp_path / "hum.wav")
    wait_for(lambda: desktop.pactl("list", "short", "sink-inputs"), PATIENCE, "the hum")
    code, output = examined(desktop)
    hum.end()
    assert set(marks(output).values()) == {"✓"}, output
    assert code == 0
    assert told(output, "Toasts").startswith("dunst")
    assert "Ctrl+Alt+Space can be had" in told(output, "Hotkey")
    assert output.endswith("Dictation works.\n")


def test_a_microphone_that_hears_nothing_at_all_is_suspected_of_being_muted() -> None:
    with Desktop(absent=("noise",)) as desktop:
        code, output = examined(desktop)
    assert (code, marks(output)["Microphone"]) == (0, "–")
    assert "only exact zeros" in told(output, "Microphone")
    assert "set-source-mute" in told(output, "Microphone")


TAKER = """
import time
from tray.desktop.hotkeys_x11 import X11Hotkeys
hotkeys = X11Hotkeys()
hotkeys.bind("ctrl+alt+space", "", print)
print("taken", flush=True)
time.sleep(60)
"""


def test_a_hotkey_that_another_program_has_is_told(desktop: Desktop) -> None:
    taker = desktop.launch(sys.executable, "-c", TAKER)
    wait_for(lambda: "taken" in taker.output(), PATIENCE, "the other program")
    code, output = examined(desktop)
    taker.end()
    assert (code, marks(output)["Hotkey"]) == (0, "✗")
    assert "Another program has taken “ctrl+alt+space”" in told(output, "Hotkey")
    assert "scribelet config set hotkey.toggle" in told(output, "Hotkey")


def test_the_running_scribelet_is_no_stranger(desktop: Desktop) -> None:
    with Scribelet(desktop) as scribelet:
        scribelet.wait_until(lambda: scribelet.status.get("hotkey"), "the hotkey")
        _, output = examined(desktop)
        assert f"process {scribelet.program.process.pid}: Idle" in told(output, "Running")
        assert told(output, "Hotkey") == "Ctrl+Alt+Space, held by the running Scribelet"
        desktop.tray.click("Pause hotkey")
        scribelet.wait_until(lambda: scribelet.status.get("hotkey") == "", "the pause")
        assert told(examined(desktop)[1], "Hotkey").startswith("Ctrl+Alt+Space is paused")


def test_a_running_scribelet_that_came_too_late_for_its_hotkey_says_so(desktop: Desktop) -> None:
    taker = desktop.launch(sys.executable, "-c", TAKER)
    wait_for(lambda: "taken" in taker.output(), PATIENCE, "the other program")
    with Scribelet(desktop) as scribelet:
        scribelet.wait_until(lambda: scribelet.warnings, "the warning")
        code, output = examined(desktop)
    taker.end()
    assert (code, marks(output)["Hotkey"]) == (0, "✗")
    assert "Another program has taken “ctrl+alt+space”" in told(output, "Hotkey")


OLDER_TRAY = """
import time
from Xlib import X
from Xlib.display import Display
display = Display()
window = display.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
window.set_selection_owner(display.intern_atom("_NET_SYSTEM_TRAY_S0"), X.CurrentTime)
display.sync()
print("here", flush=True)
time.sleep(60)
"""


def test_what_a_bare_desktop_lacks_is_named_with_the_package_that_brings_it() -> None:
    with Desktop(absent=("tray", "toasts", "source")) as bare:
        code, output = examined(bare)
        older = bare.launch(sys.executable, "-c", OLDER_TRAY)
        wait_for(lambda: "here" in older.output(), PATIENCE, "the older tray")
        with_older_tray = examined(bare)[1]
    assert code == 5
    assert {name for name, mark in marks(output).items() if mark == "✗"} == {"Microphone", "Tray", "Toasts"}
    assert "sudo apt install xfce4-panel" in told(output, "Tray")
    assert "sudo apt install dunst" in told(output, "Toasts")
    assert "XEmbed" in told(with_older_tray, "Tray")
    assert marks(with_older_tray)["Tray"] == "–"
