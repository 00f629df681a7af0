"""What `scribelet doctor` says about machines in good and in bad health."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Event

import pytest

from tests.desktop.running import Scribelet
from tests.desktop.session import MODELS
from tests.desktop.sound import RATE, write_wav
from tests.desktop.virtual import Desktop, wait_for
from tray.checkup import look_at_gate, look_at_processor, look_at_settings
from tray.control.doctor import (
    Check,
    Finding,
    examine,
    for_this_machine,
    look_at_folder,
    look_at_model,
    look_at_session,
)
from tray.core.failures import ModelError, ScribeletError, SettingsError
from tray.store.shelf import Shelf

CHECKOUT = Path(__file__).parents[2]
PATIENCE = 100
"""Seconds until something counts as not happening, on a machine with much else to do."""
GOOD = Check("Paper", lambda: Finding(True, "there is enough"))


def bad(code: int = 0) -> Check:
    return Check("Ink", lambda: Finding(False, "the well is dry.", "Run: fill\nThen write."), code)


def raises(error: Exception) -> Callable[[], Finding]:
    def look() -> Finding:
        raise error

    return look


# what is printed


def test_each_part_is_a_line_and_its_remedy_stands_below(capsys: pytest.CaptureFixture[str]) -> None:
    examine([GOOD, bad()])
    assert capsys.readouterr().out == (
        "✓ Paper  there is enough\n"
        "✗ Ink    the well is dry\n"
        "         Run: fill\n"
        "         Then write.\n"
        "\n"
        "Dictation works, but not everything beside it: Ink.\n"
    )


@pytest.mark.parametrize(
    ("checks", "code", "verdict"),
    [
        ([GOOD], 0, "Dictation works."),
        ([GOOD, Check("Pen", lambda: Finding(None, "blunt"), 4)], 0, "Dictation works."),
        ([GOOD, bad()], 0, "Dictation works, but not everything beside it: Ink."),
        ([bad(4), bad(5)], 4, "Dictation does not work yet. Mend first: Ink, Ink."),
        ([bad(), bad(5), GOOD], 5, "Dictation does not work yet. Mend first: Ink."),
        ([Check("Pen", raises(ModelError("Gone", "Run: buy")), 4)], 4, "Dictation does not work yet. Mend first: Pen."),
        ([Check("Pen", raises(ZeroDivisionError("by 0")), 1)], 1, "Dictation does not work yet. Mend first: Pen."),
    ],
)
def test_the_exit_code_says_whether_dictation_works(
    checks: list[Check], code: int, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert examine(checks) == code
    assert capsys.readouterr().out.splitlines()[-1] == verdict


def test_a_look_that_fails_unexpectedly_is_a_line_among_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    examine([Check("Pen", raises(KeyError("nib\nand more"))), GOOD])
    pen, paper, *_ = capsys.readouterr().out.splitlines()
    assert pen == r"✗ Pen    this could not be looked at: KeyError: 'nib\nand more'"
    assert paper.startswith("✓ Paper")


def test_a_failure_with_a_remedy_is_told_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    examine([Check("Pen", raises(ScribeletError("It is lost.", "Run: search")))])
    assert capsys.readouterr().out.splitlines()[:2] == ["✗ Pen  It is lost", "       Run: search"]


def test_a_look_that_hangs_is_given_up_and_the_others_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    hung = Event()

    def look() -> Finding:
        hung.wait(60)
        return Finding(True, "at last")

    examine([Check("Pen", look), GOOD], limit=3)
    hung.set()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "✗ Pen    no answer within 3 s"
    assert "✓ Paper  there is enough" in lines


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt", "sudo apt install xclip"),
        ("dnf", "sudo dnf install xclip"),
        ("pacman", "sudo pacman -S xclip"),
        ("zypper", "sudo zypper install xclip"),
        ("apk", "sudo apk add xclip"),
        ("brew", "sudo apt install xclip"),
    ],
)
def test_packages_are_installed_with_the_manager_that_is_there(manager: str, command: str, tmp_path: Path) -> None:
    program = tmp_path / manager
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert for_this_machine("Run: sudo apt install xclip", str(tmp_path)) == f"Run: {command}"


# one part after the other


def test_a_settings_file_that_is_not_there_is_not_written(tmp_path: Path) -> None:
    finding = look_at_settings(tmp_path / "config.toml")
    assert finding.good
    assert "every setting has its default" in finding.says
    assert not list(tmp_path.iterdir())


def test_an_unknown_setting_is_pointed_at(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[toast]\nshow = "off"\nsize = 3\n')
    finding = look_at_settings(file)
    assert finding.good is None
    assert "toast.size, line 3, is not a setting" in finding.says
    file.write_text('[toast]\nshow = "off"\n')
    assert look_at_settings(file) == Finding(True, str(file))


def test_a_wrong_setting_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[toast]\nshow = "never"\n')
    with pytest.raises(SettingsError, match="line 2"):
        look_at_settings(file)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A shelf with a copy of the default model."""
    shutil.copytree(MODELS / "moonshine-base-en", tmp_path / "models" / "moonshine-base-en")
    return Shelf(tmp_path / "models", {})


def test_a_whole_model_is_found_whole(shelf: Shelf) -> None:
    assert look_at_model(shelf, "moonshine-base-en", PATIENCE) == Finding(True, "moonshine-base-en, whole")


def test_one_wrong_byte_in_a_model_is_found(shelf: Shelf, tmp_path: Path) -> None:
    file = tmp_path / "models" / "moonshine-base-en" / "tokenizer.bin"
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError):
        look_at_model(shelf, "moonshine-base-en", PATIENCE)


def test_a_model_too_large_to_be_read_in_time_is_judged_by_its_sizes(shelf: Shelf) -> None:
    finding = look_at_model(shelf, "moonshine-base-en", reading=0)
    assert finding.good
    assert "no time to compare" in finding.says


def test_a_missing_model_is_missed(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="moonshine"):
        look_at_model(Shelf(tmp_path, {}), "moonshine-base-en")


def test_a_folder_for_text_can_be_written_also_before_it_is_there(tmp_path: Path) -> None:
    finding = look_at_folder(tmp_path / "Documents" / "Scribelet", "")
    assert finding.good
    assert "GB free" in finding.says
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "letter").touch()
    for folder in (Path("/proc/scribelet"), tmp_path / "letter" / "Scribelet"):
        finding = look_at_folder(folder, "Run: another")
        assert (finding.good, finding.remedy) == (False, "Run: another")
        assert finding.says.startswith(f"nothing can be written to {folder}: ")


def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path) -> None:
    finding = look_at_folder(tmp_path, "", spare=10**12)
    assert finding.good is None
    assert "MB free" in finding.says


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"DISPLAY": ":0", "XDG_CURRENT_DESKTOP": "XFCE"}, "Xfce on X11, display :0"),
        (
            {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0", "XDG_CURRENT_DESKTOP": "ubuntu:GNOME"},
            "GNOME on Wayland, display wayland-0",
        ),
        ({"WAYLAND_DISPLAY": "wayland-1", "XDG_CURRENT_DESKTOP": "niri"}, "niri on Wayland, display wayland-1"),
        ({"DISPLAY": ":1"}, "An unknown desktop on X11, display :1"),
    ],
)
def test_the_desktop_is_named(environment: Mapping[str, str], says: str) -> None:
    assert look_at_session(environment) == Finding(True, says)


@pytest.mark.parametrize(
    ("flags", "good", "says"),
    [
        ("fpu sse2 avx2 avx_vnni", True, "Acme 9000 with AVX2 and AVX-VNNI"),
        ("fpu sse2 avx2", True, "Acme 9000 with AVX2"),
        ("fpu sse2", None, "Acme 9000 with neither AVX2 nor VNNI: text will come slowly"),
    ],
)
def test_the_processor_is_named_with_what_makes_it_fast(
    flags: str, good: bool | None, says: str, tmp_path: Path
) -> None:
    listing = tmp_path / "cpuinfo"
    listing.write_text(f"processor\t: 0\nmodel name\t: Acme 9000\nflags\t\t: {flags}\n")
    finding = look_at_processor(listing)
    assert (finding.good, finding.says) == (good, says)


def test_the_voice_gate_works() -> None:
    assert look_at_gate().good


# the whole command


def marks(output: str) -> dict[str, str]:
    """The mark of each part."""
    lines = (line for line in output.split("\n\n")[0].splitlines() if not line.startswith(" "))
    return {line[2:].split("  ")[0]: line[0] for line in lines}


def told(output: str, part: str) -> str:
    """All that is said of one part."""
    lines = iter(output.splitlines())
    first = next(line for line in lines if line[2:].startswith(part))
    text = [first.partition(part)[2].strip()]
    for line in lines:
        if not line.startswith("   "):
            break
        text.append(line.strip())
    return "\n".join(text)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder with a short name, because a socket lives in it."""
    with tempfile.TemporaryDirectory(prefix="sl-", dir="/tmp") as folder:
        yield Path(folder)


def doctor(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command on a machine where nothing is set but this."""
    bare = {"HOME": str(home), "PATH": "/nonexistent", "PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"}
    (home / "asound.conf").write_text("pcm.default { type hw card 99 }")
    bare |= {"ALSA_CONFIG_PATH": str(home / "asound.conf"), "JACK_NO_START_SERVER": "1", "XDG_RUNTIME_DIR": str(home)}
    command = [sys.executable, "-m", "tray", "doctor"]
    return subprocess.run(
        command, env=bare | environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def give_model(home: Path) -> None:
    folder = home / ".local" / "share" / "scribelet"
    folder.mkdir(parents=True)
    (folder / "models").symlink_to(MODELS)


def test_on_a_machine_with_nothing_everything_missing_is_named_with_what_mends_it(home: Path) -> None:
    done = doctor(home)
    assert (done.returncode, done.stderr) == (4, "")
    lacking = {name for name, mark in marks(done.stdout).items() if mark != "✓"}
    assert lacking == {"Model", "Microphone", "Desktop", "Tray", "Toasts", "Clipboard", "Hotkey"}
    assert "Run: scribelet models install moonshine-base-en" in told(done.stdout, "Model")
    assert all("\n" in told(done.stdout, part) for part in lacking)
    assert done.stdout.endswith("Dictation does not work yet. Mend first: Model, Microphone.\n")
    assert not (home / ".config").exists()


def test_with_a_model_the_microphone_is_the_next_thing(home: Path) -> None:
    give_model(home)
    done = doctor(home)
    assert done.returncode == 5
    assert done.stdout.endswith("Mend first: Microphone.\n")


def test_a_settings_file_that_cannot_be_used_is_told_and_the_rest_is_still_looked_at(home: Path) -> None:
    file = home / ".config" / "scribelet" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[toast]\nshow = never\n")
    done = doctor(home)
    assert "line 2" in told(done.stdout, "Settings")
    assert done.stdout.endswith("Mend first: Settings, Model, Microphone.\n")
    assert done.returncode == 6
    assert len(marks(done.stdout)) == 14


def test_a_sound_system_that_crashes_programs_does_not_crash_this_one(home: Path) -> None:
    done = doctor(home, ALSA_CONFIG_PATH="/dev/null")  # PortAudio 19.6 aborts where ALSA knows no device at all
    assert "ALSA knows no sound device" in told(done.stdout, "Microphone")
    assert len(marks(done.stdout)) == 14


def test_a_terminal_without_our_signs_gets_plain_ones(home: Path) -> None:
    done = doctor(home, PYTHONUTF8="0", PYTHONIOENCODING="ascii", PYTHONCOERCECLOCALE="0", LC_ALL="C")
    assert (done.returncode, done.stderr) == (4, "")
    assert set(marks(done.stdout).values()) == {"+", "x"}


def test_a_display_that_is_gone_is_not_waited_for(home: Path) -> None:
    done = doctor(home, DISPLAY=":7777")
    assert done.stderr == ""
    assert "No X display can be opened" in told(done.stdout, "Hotkey")
    assert "Run: sudo apt install xclip" in told(done.stdout, "Clipboard")
    assert "Run: sudo apt install xfce4-panel" in told(done.stdout, "Tray")


def test_on_wayland_the_line_for_the_desktop_is_printed(home: Path) -> None:
    done = doctor(home, WAYLAND_DISPLAY="wayland-7", XDG_CURRENT_DESKTOP="sway")
    assert marks(done.stdout)["Hotkey"] == "–"
    assert told(done.stdout, "Hotkey").splitlines()[1:] == [
        f"Add this line to {home}/.config/sway/config, then run: swaymsg reload",
        "bindsym Ctrl+Mod1+space exec scribelet toggle",
    ]
    assert "Run: sudo apt install waybar" in told(done.stdout, "Tray")
    assert "Run: sudo apt install wl-clipboard" in told(done.stdout, "Clipboard")


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
