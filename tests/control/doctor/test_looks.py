"""What each look of the doctor finds, and how it is printed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event

import pytest

from tests.control.doctor.answers import PATIENCE
from tests.desktop.session import MODELS
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
