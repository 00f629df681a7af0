"""What somebody has copied is there again after a paste."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from tests.desktop.virtual import wait_for
from tests.insert.conftest import PATIENCE, becomes
from tray.sinks.insert import InsertSink
from tray.sinks.insert_x11 import X11Hand

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489") + bytes(range(256)) * 40
RICH = {
    "image/png": ("image/png", PNG),
    "text/html": ("text/html", "<b>Grüße</b>".encode()),
    "UTF8_STRING": ("UTF8_STRING", "Grüße".encode()),
    "text/uri-list": ("text/uri-list", b"file:///tmp/a\r\n"),
    "x-special/gnome-copied-files": ("x-special/gnome-copied-files", b"copy\nfile:///tmp/a"),
}


def say(hand, editor, text) -> None:
    hand.paste(text, hand.window())
    becomes(editor, text)


def test_copied_text_comes_back(board, editor, hand):
    board.copy("früher".encode())
    say(hand, editor, "said")
    board.becomes("früher".encode())


def test_a_copied_picture_comes_back_byte_for_byte_in_every_form(board, editor, hand):
    board.copier(RICH)
    say(hand, editor, "said")
    board.becomes(PNG, "image/png")
    offered = board.paste("TARGETS").decode().split()
    assert set(offered) == {"TARGETS", *RICH}
    assert {target: board.paste(target) for target in RICH} == {target: value for target, (_, value) in RICH.items()}


def test_five_megabytes_come_back(board, editor, hand):
    before = bytes(range(32, 127)) * 55_000
    board.copy(before)
    hand.remember()
    say(hand, editor, "said")
    board.becomes(before)


def test_a_clipboard_that_was_empty_is_empty_again(board, editor, hand):
    board.copier(RICH).leave()
    say(hand, editor, "said")
    wait_for(lambda: not board.owned(), PATIENCE, "a clipboard of nobody")


def test_quick_takes_in_a_row_keep_what_was_there_before_the_first(board, editor, hand):
    board.copier(RICH)
    window = hand.window()
    for number in range(5):
        hand.paste(f"{number} ", window)
    becomes(editor, "0 1 2 3 4 ")
    board.becomes(PNG, "image/png")
    hand.paste("5", window)
    becomes(editor, "0 1 2 3 4 5")
    board.becomes(PNG, "image/png")


def test_what_somebody_copies_meanwhile_stays(board, editor, hand):
    board.copy(b"before")
    say(hand, editor, "said")
    assert board.paste() == b"said"
    board.copy(b"meanwhile")
    time_to_restore = time.monotonic() + 1
    while time.monotonic() < time_to_restore:
        assert board.paste() == b"meanwhile"


def test_a_second_copy_in_the_same_program_is_noticed(board, editor, hand, desktop):
    """The owner of the clipboard is the same window, so only the news of the copy tells."""
    hand.paste("first second", hand.window())
    becomes(editor, "first second")
    desktop.keys("key", "ctrl+shift+Left", "key", "ctrl+c")
    board.becomes(b"second")
    hand.remember()
    hand.window()
    desktop.keys("key", "ctrl+a", "key", "ctrl+c", "key", "Right")
    board.becomes(b"first second")
    hand.paste("!", hand.window())
    becomes(editor, "first second!")
    board.becomes(b"first second")


def test_keepers_of_histories_are_asked_to_leave_the_words_out_and_only_them(board, editor, hand):
    board.copy(b"before")
    say(hand, editor, "said")
    assert board.paste("x-kde-passwordManagerHint") == b"secret"
    board.becomes(b"before")
    assert "x-kde-passwordManagerHint" not in board.paste("TARGETS").decode()


def test_what_is_known_is_not_read_again(board, editor, hand):
    copier = board.copier(RICH)
    hand.remember()
    hand.window()
    asked = copier.asked
    assert asked > len(RICH)
    say(hand, editor, "said")
    assert copier.asked == asked


def test_an_owner_that_hangs_delays_the_words_by_less_than_a_second(editor, board, hand):
    copier = board.copier(RICH)
    copier.hang()
    begun = time.monotonic()
    say(hand, editor, "said")
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize(("target", "content"), [("UTF8_STRING", b"before"), ("image/png", PNG)])
def test_what_came_back_is_still_there_when_we_have_gone(board, desktop, editor, target, content):
    board.copy(content, target)
    with closing(X11Hand(desktop.env["DISPLAY"])) as hand:
        say(hand, editor, "said")
    board.becomes(content, target)


def test_closing_twice_or_without_any_word_is_harmless(desktop):
    hand = X11Hand(desktop.env["DISPLAY"])
    hand.close()
    InsertSink(hand).close()
