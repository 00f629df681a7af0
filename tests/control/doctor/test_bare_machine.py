"""`scribelet doctor` on machines that lack nearly everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.control.doctor.answers import CHECKOUT, PATIENCE, marks, told
from tests.desktop.session import MODELS


def doctor(place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command on a machine where nothing is set but this."""
    bare = {"HOME": str(place), "PATH": "/nonexistent", "PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"}
    (place / "asound.conf").write_text("pcm.default { type hw card 99 }")
    bare |= {"ALSA_CONFIG_PATH": str(place / "asound.conf"), "JACK_NO_START_SERVER": "1", "XDG_RUNTIME_DIR": str(place)}
    command = [sys.executable, "-m", "tray", "doctor"]
    return subprocess.run(
        command, env=bare | environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def give_model(place: Path) -> None:
    folder = place / ".local" / "share" / "scribelet"
    folder.mkdir(parents=True)
    (folder / "models").symlink_to(MODELS)


def test_on_a_machine_with_nothing_everything_missing_is_named_with_what_mends_it(place: Path) -> None:
    done = doctor(place)
    assert (done.returncode, done.stderr) == (4, "")
    lacking = {name for name, mark in marks(done.stdout).items() if mark != "✓"}
    assert lacking == {"Model", "Microphone", "Desktop", "Tray", "Toasts", "Clipboard", "Hotkey"}
    assert "Run: scribelet models install moonshine-base-en" in told(done.stdout, "Model")
    assert all("\n" in told(done.stdout, part) for part in lacking)
    assert done.stdout.endswith("Dictation does not work yet. Mend first: Model, Microphone.\n")
    assert not (place / ".config").exists()


def test_with_a_model_the_microphone_is_the_next_thing(place: Path) -> None:
    give_model(place)
    done = doctor(place)
    assert done.returncode == 5
    assert done.stdout.endswith("Mend first: Microphone.\n")


def test_a_settings_file_that_cannot_be_used_is_told_and_the_rest_is_still_looked_at(place: Path) -> None:
    file = place / ".config" / "scribelet" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[toast]\nshow = never\n")
    done = doctor(place)
    assert "line 2" in told(done.stdout, "Settings")
    assert done.stdout.endswith("Mend first: Settings, Model, Microphone.\n")
    assert done.returncode == 6
    assert len(marks(done.stdout)) == 14


def test_a_sound_system_that_crashes_programs_does_not_crash_this_one(place: Path) -> None:
    done = doctor(place, ALSA_CONFIG_PATH="/dev/null")  # PortAudio 19.6 aborts where ALSA knows no device at all
    assert "ALSA knows no sound device" in told(done.stdout, "Microphone")
    assert len(marks(done.stdout)) == 14


def test_a_terminal_without_our_signs_gets_plain_ones(place: Path) -> None:
    done = doctor(place, PYTHONUTF8="0", PYTHONIOENCODING="ascii", PYTHONCOERCECLOCALE="0", LC_ALL="C")
    assert (done.returncode, done.stderr) == (4, "")
    assert set(marks(done.stdout).values()) == {"+", "x"}


def test_a_display_that_is_gone_is_not_waited_for(place: Path) -> None:
    done = doctor(place, DISPLAY=":7777")
    assert done.stderr == ""
    assert "No X display can be reached" in told(done.stdout, "Hotkey")
    assert "Run: sudo apt install xclip" in told(done.stdout, "Clipboard")
    assert "Run: sudo apt install xfce4-panel" in told(done.stdout, "Tray")


def test_on_wayland_the_line_for_the_desktop_is_printed(place: Path) -> None:
    done = doctor(place, WAYLAND_DISPLAY="wayland-7", XDG_CURRENT_DESKTOP="sway")
    assert marks(done.stdout)["Hotkey"] == "–"
    assert told(done.stdout, "Hotkey").splitlines()[1:] == [
        f"Add this line to {place}/.config/sway/config, then run: swaymsg reload",
        "bindsym Ctrl+Mod1+space exec scribelet toggle",
    ]
    assert "Run: sudo apt install waybar" in told(done.stdout, "Tray")
    assert "Run: sudo apt install wl-clipboard" in told(done.stdout, "Clipboard")
