"""Words are pasted into the window in front."""

from __future__ import annotations

import time
from contextlib import closing

import pytest
from Xlib import X
from Xlib.display import Display

from tests.desktop.virtual import wait_for
from tests.insert.conftest import becomes
from tray.core.failures import SinkError
from tray.sinks.insert import InsertSink

MANY = "Dear Anna,\n\nthank you. Grüße, Ελληνικά, Привет, 漢字, עברית 😀 👩\u200d👩\u200d👧\n\tYours\n"


def test_what_is_said_stands_in_the_text_field(editor, sink, speaker):
    anna = speaker()
    for change in (anna.begins(), anna.says("dear Anna", ","), anna.settles(), anna.says("thank you"), anna.ends()):
        sink.write(change)
    becomes(editor, "Dear Anna, thank you.")


@pytest.mark.parametrize("text", [MANY, "word " * 100_000], ids=["many scripts", "half a megabyte"])
def test_any_text_is_pasted_as_it_is(editor, hand, text):
    assert hand.paste(text, hand.window()) == len(text)
    becomes(editor, text)


def test_in_a_terminal_a_line_end_runs_no_command(terminal, desktop, sink, speaker):
    anna = speaker()
    for change in (anna.begins(), anna.says("rm\r-rf\n/ Grüße\x1b😀", "!"), anna.ends()):
        sink.write(change)
    desktop.keys("key", "Return")
    becomes(terminal, "Rm -rf / Grüße 😀!\n")


def test_a_terminal_gets_the_words_and_both_selections_come_back(board, terminal, desktop, hand):
    board.copy(b"selected", selection="primary")
    board.copy(b"copied")
    hand.paste("said", hand.window())
    desktop.keys("key", "Return")
    becomes(terminal, "said\n")
    board.becomes(b"selected", selection="primary")
    board.becomes(b"copied")


def test_in_a_text_field_the_selected_words_are_replaced(editor, desktop, hand):
    hand.paste("one two", hand.window())
    becomes(editor, "one two")
    desktop.keys("key", "ctrl+shift+Left")
    hand.paste("three", hand.window())
    becomes(editor, "one three")


@pytest.mark.parametrize("name", ["us", "de", "fr", "ru", "us,ru", "us(dvorak)"])
def test_pasting_works_under_every_layout(editor, hand, layout, name):
    layout(name)
    hand.paste("text", hand.window())
    becomes(editor, "text")


def test_pasting_works_while_another_installed_layout_is_chosen(editor, hand, layout, choose_group):
    layout("us,ru")
    choose_group(1)
    hand.paste("text", hand.window())
    becomes(editor, "text")


@pytest.mark.parametrize(
    "held", [["37", "64"], ["50"], ["133"], ["105", "62"]], ids=["ctrl alt", "shift", "super", "right"]
)
def test_modifiers_that_are_still_held_do_not_spoil_it(editor, desktop, hand, held):
    desktop.keys(*(word for code in held for word in ("keydown", code)))
    try:
        hand.paste("text", hand.window())
        becomes(editor, "text")
    finally:
        desktop.keys(*(word for code in held for word in ("keyup", code)))


def test_it_waits_a_moment_for_a_person_who_is_letting_go(editor, desktop, hand):
    desktop.keys("keydown", "37")
    begun = time.monotonic()
    desktop.launch("sh", "-c", "sleep 0.1; xdotool keyup 37")
    hand.paste("text", hand.window())
    assert time.monotonic() - begun > 0.1
    becomes(editor, "text")


def test_under_caps_lock_it_works_too(editor, desktop, hand):
    desktop.keys("key", "Caps_Lock")
    try:
        hand.paste("text", hand.window())
        becomes(editor, "text")
    finally:
        desktop.keys("key", "Caps_Lock")


def test_from_the_words_to_the_key_it_takes_ten_milliseconds(board, desktop, hand, speaker, plain_window):
    """The best of three, because other programs run here too."""
    board.copy(b"x" * 100_000)
    with plain_window() as window, closing(Display(desktop.env["DISPLAY"])) as display:
        display.create_resource_object("window", window).change_attributes(event_mask=X.KeyPressMask)
        display.sync()
        assert min(_latency(hand, display, speaker(str(one))) for one in range(3)) <= 10


def _latency(hand, display, anna) -> float:
    """Milliseconds from the words to the last key of the chord, by the clock that servers of today share with us."""
    sink = InsertSink(hand)
    sink.write(anna.begins())
    words = anna.says("text")
    hand.window()  # behind this answer, the clipboard has been read
    begun = time.monotonic()
    with pytest.raises(SinkError):
        sink.write(words)
    wait_for(lambda: display.pending_events() > 1, 5, "the chord")
    times = [display.next_event().time for _ in range(display.pending_events())]
    return max(times) - begun * 1000


def test_a_window_that_takes_nothing_is_told_and_the_clipboard_comes_back(board, hand, plain_window):
    board.copy(b"copied")
    with plain_window(), pytest.raises(SinkError, match="did not take") as failure:
        hand.paste("text", hand.window())
    assert "transcript" in failure.value.remedy
    board.becomes(b"copied")
