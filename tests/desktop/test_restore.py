"""Somebody cancels in mid-sentence and wants it back: the words that were text, and the sound that was not yet."""

from __future__ import annotations

import os
import signal

from tests.desktop.running import Scribelet, alike
from tests.desktop.virtual import Desktop


def cancel_in_mid_sentence(scribelet: Scribelet) -> None:
    """One sentence is text, the next is only sound when somebody cancels."""
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    scribelet.say("sb11.wav")
    scribelet.wait_until(lambda: scribelet.texts() and alike(scribelet.texts()[-1], "sb11.wav"), "the first text")
    ear = scribelet.family()[1]
    os.kill(ear, signal.SIGSTOP)  # slower than any ear
    scribelet.say("sb14.wav")
    scribelet.command("cancel")
    os.kill(ear, signal.SIGCONT)
    scribelet.wait_for_state("idle")
    assert "~~" in scribelet.desktop.transcript()
    scribelet.wait_until(lambda: "cancelled" in scribelet.status.get("today", ""), "the sum of today")


def all_is_back(scribelet: Scribelet) -> bool:
    """Whether both sentences stand in the transcript."""
    return alike(scribelet.texts()[-1], "sb11.wav", "sb14.wav") and "~~" not in scribelet.desktop.transcript()


def test_a_cancelled_session_comes_back_whole_while_the_program_runs(desktop: Desktop) -> None:
    with Scribelet(desktop) as scribelet:
        cancel_in_mid_sentence(scribelet)
        desktop.copy("of another program")
        told = scribelet.command("restore")
        first, second = told.stdout.splitlines()
        assert alike(first, "sb11.wav")
        assert "s of cancelled sound become text now" in second
        assert told.returncode == 0
        assert alike(desktop.clipboard(), "sb11.wav")
        scribelet.wait_until(lambda: scribelet.toasts("Restored"), "the toast")
        scribelet.wait_until(lambda: all_is_back(scribelet), "the rest")
        scribelet.wait_until(lambda: "Everything adds up." in scribelet.command("verify").stdout, "the books")
        assert "cancelled" not in scribelet.command("verify").stdout
        assert scribelet.command("restore").stdout == "Nothing was undone or cancelled that is still kept.\n"


def test_a_cancelled_session_comes_back_whole_after_the_program_has_ended(desktop: Desktop) -> None:
    with Scribelet(desktop) as scribelet:
        cancel_in_mid_sentence(scribelet)
    assert "of cancelled sound" in scribelet.command("restore", "--list").stdout
    assert "~~" in desktop.transcript()
    told = scribelet.command("restore")
    assert alike(told.stdout.splitlines()[0], "sb11.wav")
    assert told.returncode == 0
    assert all_is_back(scribelet)
    assert "Everything adds up." in scribelet.command("verify").stdout
    assert scribelet.command("restore", "--list").stdout == "Nothing was undone or cancelled that is still kept.\n"


def test_cancelled_sound_goes_when_the_next_session_has_ended_and_its_words_can_still_come_back(
    desktop: Desktop,
) -> None:
    with Scribelet(desktop) as scribelet:
        cancel_in_mid_sentence(scribelet)
        scribelet.dictate("sb15.wav")
        told = scribelet.command("restore").stdout.splitlines()
        assert len(told) == 1
        assert alike(told[0], "sb11.wav")
        assert "~~" not in desktop.transcript()
        assert "Everything adds up." in scribelet.command("verify").stdout
