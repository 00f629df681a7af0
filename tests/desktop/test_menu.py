"""The menu of the icon: what it offers, and what a click on each line does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop.running import SPEECH, Scribelet, alike, words
from tests.desktop.session import MODELS
from tests.desktop.sni import Line
from tests.desktop.virtual import Desktop

DEFAULT = "moonshine-base-en"


@pytest.fixture(scope="module")
def opened(shared_desktop: Desktop) -> Path:
    """What was opened outside, a line each; on this desktop no other program is there that opens files."""
    tools, opened = shared_desktop.home / "tools", shared_desktop.home / "opened"
    tools.mkdir()
    opened.touch()
    opener = tools / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    opener.chmod(0o755)
    shared_desktop.env["PATH"] = f"{tools}:{shared_desktop.env['PATH']}"
    return opened


@pytest.fixture(scope="module")
def scribelet(shared_desktop: Desktop, opened: Path) -> Iterator[Scribelet]:  # noqa: ARG001 the opener must be there
    shared_desktop.plug_microphone("headset")
    running = Scribelet(shared_desktop)
    shelf = Path(shared_desktop.env["XDG_DATA_HOME"]) / "scribelet" / "models"
    shelf.unlink()
    shelf.mkdir()
    (shelf / DEFAULT).symlink_to(MODELS / DEFAULT)
    assert running.command("models", "install", "small-vosk", "--from", str(MODELS / "vosk-en-2020")).returncode == 0
    with running:
        # the icon is there a moment before its first menu
        running.wait_until(lambda: "Microphone" in _labels(_menu(running)), "the menu")
        running.wait_until(lambda: _labels(_menu(running).find("Microphone"))[2:], "the microphones in the menu")
        yield running


def _menu(scribelet: Scribelet) -> Line:
    return scribelet.desktop.tray.menu()


def _labels(line: Line) -> list[str]:
    return [one.label for one in line.lines]


def _line(scribelet: Scribelet, beginning: str) -> str:
    """The whole label of a line, behind whose name a combination may stand; empty if there is none."""
    return next((label for label in _labels(_menu(scribelet)) if label.split("  (")[0] == beginning), "")


def _click(scribelet: Scribelet, beginning: str) -> None:
    scribelet.desktop.tray.click(_line(scribelet, beginning))


def _chosen(scribelet: Scribelet, submenu: str) -> list[str]:
    return [line.label for line in _menu(scribelet).find(submenu).lines if line.checked]


def _choose(scribelet: Scribelet, submenu: str, label: str) -> None:
    scribelet.desktop.tray.click(submenu, label)
    scribelet.wait_until(lambda: _chosen(scribelet, submenu) == [label], f"{label} to be chosen")


def test_a_line_that_cannot_be_clicked_says_why(scribelet: Scribelet) -> None:
    greyed = [line.label for line in _menu(scribelet).lines if not line.enabled and not line.separator]
    assert greyed == [
        "Cancel (nothing is being dictated)",
        "Restore (nothing was undone)",
        "Copy again (nothing was dictated yet)",
    ]


def test_start_becomes_stop_and_cancel_can_be_clicked_while_it_listens(scribelet: Scribelet) -> None:
    _click(scribelet, "Start")
    scribelet.wait_for_state("listening")
    scribelet.wait_until(lambda: _line(scribelet, "Stop"), "the line Stop")
    _click(scribelet, "Cancel")
    scribelet.wait_for_state("idle")
    scribelet.wait_until(lambda: _line(scribelet, "Start"), "the line Start")


def test_the_last_segments_are_in_the_menu_and_a_click_copies_one(scribelet: Scribelet) -> None:
    scribelet.dictate("sb15.wav")
    scribelet.dictate("sb11.wav")
    recent = [line for line in _menu(scribelet).lines if line.label.startswith(("Sunday", "The child"))]
    assert [line.label[:6] for line in recent] == ["The ch", "Sunday"]
    scribelet.desktop.copy("something else")
    scribelet.desktop.tray.click(recent[1].label)
    scribelet.wait_until(lambda: alike(scribelet.desktop.clipboard(), "sb15.wav"), "the older text")


def test_another_microphone_is_heard_from_the_next_session_on_and_kept_in_the_file(scribelet: Scribelet) -> None:
    assert _labels(_menu(scribelet).find("Microphone")) == ["System default", "vmic", "headset"]
    comments = [line for line in scribelet.settings_file.read_text("utf-8").splitlines() if line.startswith("#")]
    _choose(scribelet, "Microphone", "headset")
    text = scribelet.settings_file.read_text("utf-8")
    assert 'device = "headset"' in text
    assert [line for line in text.splitlines() if line.startswith("#")] == comments
    assert scribelet.status["microphone"] == "headset"

    scribelet.command("start")
    scribelet.wait_for_state("listening")
    assert scribelet.desktop.say(SPEECH / "sb13.wav", "vmic").wait() == 0
    assert scribelet.desktop.say(SPEECH / "sb12.wav", "headset").wait() == 0
    scribelet.command("stop")
    scribelet.wait_for_state("idle")
    assert alike(scribelet.texts()[-1], "sb12.wav")
    _choose(scribelet, "Microphone", "System default")


def test_with_the_clipboard_off_it_stays_as_it_is(scribelet: Scribelet) -> None:
    _choose(scribelet, "Clipboard", "Off")
    scribelet.desktop.copy("mine")
    scribelet.dictate("sb13.wav")
    assert scribelet.desktop.clipboard() == "mine"
    _choose(scribelet, "Clipboard", "Whole session")


def test_the_clipboard_can_hold_the_newest_segment_alone(scribelet: Scribelet) -> None:
    _choose(scribelet, "Clipboard", "Newest segment")
    scribelet.dictate("jfk.wav")
    assert words(scribelet.desktop.clipboard()) == words(scribelet.records()[-1]["text"])
    assert not alike(scribelet.desktop.clipboard(), "jfk.wav")
    _choose(scribelet, "Clipboard", "Whole session")


def test_with_toasts_off_none_is_shown(scribelet: Scribelet) -> None:
    _choose(scribelet, "Toasts", "Off")
    before = scribelet.desktop.toasts()
    scribelet.dictate("sb12.wav")
    assert scribelet.desktop.toasts() == before
    _choose(scribelet, "Toasts", "Every segment")


def test_another_engine_writes_the_next_session(scribelet: Scribelet) -> None:
    _choose(scribelet, "Engine", "small-vosk")
    assert scribelet.status["engine"] == "small-vosk"
    scribelet.wait_until(lambda: len(scribelet.family()) == 1, "the engine of before to leave the memory")
    scribelet.dictate("sb11.wav")
    assert alike(scribelet.texts()[-1], "sb11.wav")
    assert {word["timing"] for word in scribelet.records()[-1]["words"]} == {"measured"}
    _choose(scribelet, "Engine", DEFAULT)


def test_the_transcript_and_the_settings_open_in_other_programs(scribelet: Scribelet, opened: Path) -> None:
    scribelet.desktop.tray.click("Open transcript")
    scribelet.wait_until(lambda: opened.read_text().rstrip().endswith(".md"), "the transcript to open")
    scribelet.desktop.tray.click("Open settings file")
    scribelet.wait_until(lambda: str(scribelet.settings_file) in opened.read_text(), "the settings to open")


def test_quit_ends_the_program_and_leaves_nothing_behind(scribelet: Scribelet) -> None:
    family = scribelet.family()
    assert len(family) == 2  # the icon with its files, and the recognition
    scribelet.desktop.tray.click("Quit")
    assert scribelet.program.wait() == 0
    scribelet.wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), "its processes to end")
    assert not scribelet.socket.exists()
    assert not scribelet.desktop.tray.shown()
    assert scribelet.program.output() == ""
