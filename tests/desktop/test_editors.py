"""Editors that have the page of today open while somebody dictates: no word of either is lost."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.desktop.running import Scribelet, alike
from tests.desktop.virtual import Desktop
from tests.surroundings.elsewhere import expect_page_and_records_to_agree

EDITORS = {
    "holds the page open and appends to it": 'exec 3>>"$1"; read -r note; printf "\\n\\n%s\\n" "$note" >&3',
    "saves a copy and renames it": 'read -r note; { cat "$1"; printf "\\n\\n%s\\n" "$note"; } >"$1.n"; mv "$1.n" "$1"',
    "empties the page and writes it anew": 'read -r note; text=$(cat "$1"); printf "%s\\n\\n%s" "$text" "$note" >"$1"',
}
"""What an editor does, as a script: it is given the page, and reads what to add when that is typed."""


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
