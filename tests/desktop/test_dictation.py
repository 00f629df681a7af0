"""Somebody clicks the icon, speaks, and has the text: in the transcript, on the clipboard, in a toast."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tests.desktop.running import Scribelet, alike, words
from tests.desktop.virtual import Desktop

PANEL = (0, 0, 1280, 33)
"""Where the panel is on the screen."""


@pytest.fixture(scope="module")
def empty_panel(shared_desktop: Desktop, tmp_path_factory: pytest.TempPathFactory) -> Image.Image:
    """The panel before the program runs."""
    return _panel(shared_desktop, tmp_path_factory.mktemp("screen"))


@pytest.fixture(scope="module")
def scribelet(shared_desktop: Desktop, empty_panel: Image.Image) -> Iterator[Scribelet]:  # noqa: ARG001 it must be first
    with Scribelet(shared_desktop) as running:
        yield running


@pytest.fixture(scope="module")
def place(scribelet: Scribelet, empty_panel: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, int]:
    """The middle of the icon in the panel, once it is drawn there."""
    folder = tmp_path_factory.mktemp("icon")

    def box() -> tuple[int, int, int, int] | None:
        return ImageChops.difference(_panel(scribelet.desktop, folder), empty_panel).getbbox()

    left, top, right, bottom = scribelet.desktop.wait_for(box, 30, "the icon in the panel")
    return (left + right) // 2, (top + bottom) // 2


def _panel(desktop: Desktop, folder: Path) -> Image.Image:
    return desktop.screenshot(folder / "screen.png").convert("RGB").crop(PANEL)


def _click(desktop: Desktop, place: tuple[int, int]) -> None:
    desktop.keys("mousemove", *map(str, place), "sleep", "0.1", "click", "1")


def test_a_click_on_the_icon_starts_and_another_one_ends(scribelet: Scribelet, place: tuple[int, int]) -> None:
    _click(scribelet.desktop, place)
    scribelet.wait_for_state("listening")
    scribelet.wait_until(lambda: scribelet.silhouette == "listening", "the icon that says so")
    scribelet.say("jfk.wav")
    _click(scribelet.desktop, place)
    scribelet.wait_for_state("idle")
    scribelet.wait_until(lambda: scribelet.silhouette == "idle", "the icon of rest")
    assert alike(scribelet.texts()[-1], "jfk.wav")


def test_the_panel_draws_another_icon_while_it_listens(
    scribelet: Scribelet, place: tuple[int, int], tmp_path: Path
) -> None:
    left, top = place[0] - 12, place[1] - 12

    def icon() -> bytes:
        return _panel(scribelet.desktop, tmp_path).crop((left, top, left + 24, top + 24)).tobytes()

    # a pointer on the icon would light it up
    scribelet.desktop.keys("mousemove", "600", "400")
    scribelet.wait_until(lambda: icon() == icon(), "a panel at rest")
    idle = icon()
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    scribelet.wait_until(lambda: icon() != idle, "another drawing in the panel")
    scribelet.command("cancel")
    scribelet.wait_until(lambda: icon() == idle, "the drawing of before")


def test_the_icon_says_listening_only_when_sound_flows(scribelet: Scribelet) -> None:
    scribelet.desktop.pactl("suspend-source", "vmic", "1")
    try:
        scribelet.command("start")
        scribelet.wait_for_state("opening")
        scribelet.wait_until(lambda: scribelet.silhouette == "working", "the icon of work")
        assert scribelet.state == "opening"
    finally:
        scribelet.desktop.pactl("suspend-source", "vmic", "0")
    scribelet.wait_for_state("listening")
    scribelet.command("cancel")
    scribelet.wait_for_state("idle")


def test_what_was_said_is_in_the_transcript_for_people_and_for_machines(scribelet: Scribelet) -> None:
    scribelet.dictate("sb11.wav")
    last = scribelet.desktop.transcript().rstrip().splitlines()[-1]
    assert last.startswith("**")
    assert alike(last.split("** ")[1], "sb11.wav")
    assert scribelet.records()[-1]["text"] in last
    assert scribelet.records("mark")[-1]["id"] == scribelet.records()[-1]["id"]


def test_what_was_said_is_on_the_clipboard_and_pastes_into_a_text_field(scribelet: Scribelet) -> None:
    editor = scribelet.desktop.editor()
    scribelet.dictate("sb12.wav")
    assert alike(scribelet.desktop.clipboard(), "sb12.wav")
    scribelet.desktop.keys("key", "ctrl+v")
    scribelet.wait_until(lambda: editor.text == scribelet.desktop.clipboard(), "the text in the field")
    editor.program.end()


def test_what_was_said_pastes_into_an_editor(scribelet: Scribelet) -> None:
    file = scribelet.desktop.home / "letter.txt"
    file.touch()
    mousepad = scribelet.desktop.launch("mousepad", "--disable-server", file)
    scribelet.desktop.keys("search", "--sync", "--onlyvisible", "--name", "letter.txt", "windowactivate", "--sync")
    scribelet.dictate("sb13.wav")
    scribelet.desktop.keys("key", "--delay", "300", "ctrl+v", "ctrl+s")
    scribelet.wait_until(lambda: alike(file.read_text("utf-8"), "sb13.wav"), "the text in the file")
    mousepad.end()


def test_one_toast_grows_with_the_session_and_holds_its_text(scribelet: Scribelet) -> None:
    before = len(scribelet.toasts())
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    scribelet.say("sb11.wav")
    scribelet.wait_until(lambda: len(scribelet.toasts()) > before, "the toast with the first words")
    scribelet.say("sb14.wav")
    scribelet.command("stop")
    scribelet.wait_for_state("idle")
    first, *later = scribelet.toasts()[before:]
    assert first.replaces == 0
    assert len({toast.replaces for toast in later}) == 1
    assert later[0].replaces > 0
    assert first.body.rstrip(".") in later[-1].body
    assert alike(later[-1].body, "sb11.wav", "sb14.wav")


def test_each_session_has_a_toast_of_its_own(scribelet: Scribelet) -> None:
    scribelet.dictate("sb13.wav")
    one = scribelet.toasts()[-1]
    before = len(scribelet.toasts())
    scribelet.dictate("sb14.wav")
    assert scribelet.toasts()[before].replaces == 0
    assert alike(one.body, "sb13.wav")


@pytest.fixture(scope="module")
def buttons(scribelet: Scribelet) -> Path:
    """What stands in this file is the button that is pressed: dunst leaves the choice to another program."""
    wish, pick = scribelet.desktop.home / "button", scribelet.desktop.home / "pick"
    pick.write_text(f'#!/bin/sh\ngrep "$(cat {wish})"\n')
    pick.chmod(0o755)
    settings = scribelet.desktop.home / "dunstrc"
    settings.write_text(f"[global]\n    dmenu = {pick}\n    markup = full\n    follow = none\n    idle_threshold = 0\n")
    scribelet.desktop.send_signal("dunst", signal.SIGTERM)
    scribelet.desktop.launch("dunst", "-conf", settings)
    count = ("dunstctl", "count", "displayed")
    scribelet.wait_until(lambda: scribelet.desktop.launch(*count).wait() == 0, "the daemon with buttons")
    return wish


def _press(scribelet: Scribelet, buttons: Path, label: str) -> None:
    buttons.write_text(label)
    assert scribelet.desktop.launch("dunstctl", "context").wait() == 0


def test_undo_strikes_the_last_segment_and_copy_brings_the_text_back(scribelet: Scribelet, buttons: Path) -> None:
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    scribelet.say("sb11.wav")
    scribelet.wait_until(lambda: alike(scribelet.desktop.clipboard(), "sb11.wav"), "the first text")
    scribelet.say("sb14.wav")
    scribelet.command("stop")
    scribelet.wait_for_state("idle")
    assert alike(scribelet.desktop.clipboard(), "sb11.wav", "sb14.wav")

    _press(scribelet, buttons, "Undo")
    scribelet.wait_until(lambda: alike(scribelet.desktop.clipboard(), "sb11.wav"), "the shorter text")
    struck = scribelet.records("strike")[-1]
    assert struck["id"] == scribelet.records()[-1]["id"]
    assert f"~~{scribelet.records()[-1]['text']}" in scribelet.desktop.transcript()

    scribelet.desktop.copy("of another program")
    _press(scribelet, buttons, "Copy")
    scribelet.wait_until(lambda: alike(scribelet.desktop.clipboard(), "sb11.wav"), "the text again")

    restore = [line.label for line in scribelet.desktop.tray.menu().lines if line.label.startswith("Restore “")]
    scribelet.desktop.tray.click(*restore)
    scribelet.wait_until(lambda: alike(scribelet.desktop.clipboard(), "sb11.wav", "sb14.wav"), "all of it")
    scribelet.wait_until(lambda: scribelet.toasts("Restored"), "the toast")
    assert "~~" not in scribelet.desktop.transcript()


def test_a_session_without_speech_writes_nothing_and_says_so(scribelet: Scribelet) -> None:
    before, toasts = scribelet.records(), len(scribelet.toasts("Nothing heard"))
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    scribelet.desktop.play_silence(1.0).wait()
    scribelet.command("stop")
    scribelet.wait_for_state("idle")
    scribelet.wait_until(lambda: len(scribelet.toasts("Nothing heard")) == toasts + 1, "the note")
    assert scribelet.records() == before


def test_the_log_holds_no_word_that_was_said(scribelet: Scribelet) -> None:
    scribelet.dictate("sb15.wav")
    log = (Path(scribelet.desktop.env["XDG_STATE_HOME"]) / "scribelet" / "scribelet.log").read_text("utf-8")
    assert "Listening" in log
    assert not {"sunday", "week"} & set(words(log))
    assert {"sunday", "week"} < set(words(scribelet.texts()[-1]))


def test_the_microphone_is_open_only_while_it_listens(scribelet: Scribelet) -> None:
    recordings = scribelet.desktop.recordings
    assert not recordings()
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    assert recordings()
    scribelet.command("stop")
    scribelet.wait_for_state("idle")
    scribelet.wait_until(lambda: not recordings(), "the microphone to be closed")


def test_neither_icon_nor_toast_takes_the_keyboard_from_the_program_in_front(scribelet: Scribelet) -> None:
    editor = scribelet.desktop.editor()
    before, front = len(scribelet.toasts()), scribelet.desktop.front()
    scribelet.dictate("sb12.wav")
    scribelet.wait_until(lambda: len(scribelet.toasts()) > before, "the toast")
    assert scribelet.desktop.front() == front
    scribelet.desktop.keys("type", "here")
    scribelet.wait_until(lambda: editor.text == "here", "what is typed")
    editor.program.end()
