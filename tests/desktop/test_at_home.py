"""Text goes where the person is, shows while they speak, and comes back when they ask for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop.running import Scribelet, alike, words
from tests.desktop.virtual import Desktop

KEY = "ctrl+alt+space"
SETTINGS = """
[clipboard]
mode = "off"

[insert]
mode = "paste"

[toast]
show = "live"
"""


@pytest.fixture(scope="module")
def scribelet(shared_desktop: Desktop) -> Iterator[Scribelet]:
    """Scribelet that writes into the program in front."""
    with Scribelet(shared_desktop, SETTINGS) as running:
        yield running


def _hold_while_saying(scribelet: Scribelet, clip: str) -> None:
    scribelet.desktop.keys("keydown", "ctrl", "keydown", "alt", "keydown", "space")
    scribelet.wait_for_state("listening")
    scribelet.say(clip)
    scribelet.desktop.keys("keyup", "space", "keyup", "alt", "keyup", "ctrl")


def test_what_was_said_while_the_key_was_held_is_in_the_text_field_and_the_clipboard_is_as_before(
    scribelet: Scribelet,
) -> None:
    scribelet.desktop.copy("what I had copied")
    editor = scribelet.desktop.editor()
    _hold_while_saying(scribelet, "sb13.wav")
    scribelet.wait_for_state("idle")
    scribelet.wait_until(lambda: alike(editor.text, "sb13.wav"), "the words in the field")
    scribelet.wait_until(lambda: editor.text.endswith("."), "the mark in the field")
    scribelet.wait_until(lambda: scribelet.desktop.clipboard() == "what I had copied", "the clipboard of before")
    editor.program.end()


def test_a_session_of_several_sentences_grows_in_the_text_field(scribelet: Scribelet) -> None:
    editor = scribelet.desktop.editor()
    scribelet.dictate("sb11.wav", "sb12.wav")
    scribelet.wait_until(lambda: alike(editor.text, "sb11.wav", "sb12.wav"), "both sentences")
    assert words(editor.text) == words(scribelet.texts()[-1])
    editor.program.end()


def test_words_show_in_the_toast_while_they_are_spoken(scribelet: Scribelet) -> None:
    before = len(scribelet.toasts("Listening"))
    editor = scribelet.desktop.editor()
    scribelet.dictate("jfk.wav")
    shown = [toast.body for toast in scribelet.toasts("Listening")[before:]]
    assert shown
    assert words(shown[0])[0] == "and"
    assert scribelet.desktop.toasts()[-1].title == "Written"
    editor.program.end()


def test_who_follows_sees_words_while_they_are_spoken(scribelet: Scribelet) -> None:
    follower = scribelet.desktop.run_program("status", "--json", "--follow")
    scribelet.wait_until(lambda: follower.output().strip(), "the first line")
    scribelet.dictate("jfk.wav")

    def guesses() -> list[str]:
        lines = [json.loads(line) for line in follower.output().splitlines() if line.endswith("}")]
        return [line["hypothesis"] for line in lines if line["hypothesis"]]

    scribelet.wait_until(guesses, "a guess")
    assert words(guesses()[0])[0] == "and"
    assert scribelet.status["hypothesis"] == ""
    follower.end()


def test_the_last_words_come_back_in_a_terminal_and_go_into_the_text_field(scribelet: Scribelet) -> None:
    scribelet.dictate("sb14.wav")
    said = scribelet.command("last")
    assert (said.returncode, said.stderr) == (0, "")
    assert alike(said.stdout, "sb14.wav")
    editor = scribelet.desktop.editor()
    assert scribelet.command("last", "--insert").returncode == 0
    scribelet.wait_until(lambda: alike(editor.text, "sb14.wav"), "the words in the field")
    assert scribelet.command("last", "--copy").returncode == 0
    assert alike(scribelet.desktop.clipboard(), "sb14.wav")
    editor.program.end()


def test_what_was_said_is_found_by_its_words(scribelet: Scribelet) -> None:
    scribelet.dictate("sb15.wav")
    word = max(words(scribelet.texts()[-1]), key=len)
    found = scribelet.command("history", "--search", word)
    assert found.returncode == 0, found.stderr
    assert word in found.stdout.lower()
    assert scribelet.command("history", "--search", "xylophone").stdout.strip() == ""
    page = Path(scribelet.command("transcript", "path").stdout.strip())
    assert word in page.read_text("utf-8").lower()


def test_without_a_window_that_takes_text_the_words_are_in_the_transcript_and_it_is_said(scribelet: Scribelet) -> None:
    scribelet.desktop.keys("mousemove", "900", "600", "click", "1")
    scribelet.dictate("sb11.wav")
    assert alike(scribelet.texts()[-1], "sb11.wav")
    assert "insert" in scribelet.warnings.lower() or "window" in scribelet.warnings.lower()
