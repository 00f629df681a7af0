"""Scribelet is killed on a desktop; the next start says what it found, writes it, and everything adds up."""

from __future__ import annotations

import os
import re
import signal

from tests.desktop.running import Scribelet, alike
from tests.desktop.virtual import Desktop

ENDING = 10
"""Seconds in which its processes have ended, on a machine with much else to do."""


def test_what_was_said_before_a_kill_is_written_at_the_next_start(desktop: Desktop) -> None:
    with Scribelet(desktop) as killed:
        killed.command("start")
        killed.wait_for_state("listening")
        killed.say("sb15.wav")
        os.kill(killed.program.process.pid, signal.SIGKILL)
        killed.program.wait()
        assert "sound" in killed.command("recover").stdout
    with Scribelet(desktop) as scribelet:
        scribelet.wait_until(lambda: scribelet.texts() and alike(scribelet.texts()[-1], "sb15.wav"), "the words")
        scribelet.wait_until(lambda: scribelet.toasts("Words of an earlier session are back"), "the news")
        assert scribelet.toasts("Sound of an earlier session was found")
        assert scribelet.records("recovered")
        assert scribelet.state == "idle"
        checked = scribelet.command("verify")
        assert "Everything adds up." in checked.stdout
        assert checked.returncode == 0
        scribelet.dictate("sb14.wav")
        assert alike(scribelet.texts()[-1], "sb14.wav")
        assert len(scribelet.texts()) == 2
        scribelet.wait_until(lambda: "written" in scribelet.status.get("today", ""), "the sum of today")


def test_who_speaks_at_once_does_not_wait_for_what_was_said_before_a_kill(desktop: Desktop) -> None:
    with Scribelet(desktop) as killed:
        killed.command("start")
        killed.wait_for_state("listening")
        killed.wait_until(lambda: len(killed.family()) > 1, "the ear")
        ear = killed.family()[1]
        os.kill(ear, signal.SIGSTOP)  # an ear that hangs leaves all of it for the next start
        killed.say("jfk.wav")
        os.kill(killed.program.process.pid, signal.SIGKILL)
        killed.program.wait()
        os.kill(ear, signal.SIGKILL)
    with Scribelet(desktop) as scribelet:
        scribelet.dictate("sb14.wav")
        scribelet.wait_until(lambda: len(scribelet.texts()) == 2, "both")
        scribelet.wait_until(lambda: alike(max(scribelet.texts(), key=len), "jfk.wav"), "the old words")
        assert alike(min(scribelet.texts(), key=len), "sb14.wav")
        assert scribelet.command("verify").returncode == 0


def test_quitting_does_not_wait_for_an_ear_that_is_slow_and_says_what_the_next_start_writes(desktop: Desktop) -> None:
    with Scribelet(desktop) as scribelet:
        scribelet.command("start")
        scribelet.wait_for_state("listening")
        scribelet.wait_until(lambda: len(scribelet.family()) > 1, "the ear")
        os.kill(scribelet.family()[1], signal.SIGSTOP)  # slower than any ear
        scribelet.say("jfk.wav")
        scribelet.wait_until(lambda: scribelet.status["behind_s"] >= 5, "the text to be late")
        assert " s behind" in scribelet.command("status").stdout
        scribelet.wait_until(lambda: " s behind" in desktop.tray.icon().properties["ToolTip"][2], "the tooltip")
        left = scribelet.command("quit").stdout
        assert re.fullmatch(r"1\d s of sound will be written at the next start\.\n", left)
        assert scribelet.program.wait(ENDING) == 0
        assert scribelet.program.output() == f"scribelet: {left}"
        assert scribelet.toasts("Scribelet has ended")
    with Scribelet(desktop) as scribelet:
        scribelet.wait_until(lambda: scribelet.texts() and alike(scribelet.texts()[-1], "jfk.wav"), "the words")
        scribelet.wait_until(lambda: scribelet.command("verify").returncode == 0, "everything to add up")


def test_quitting_after_the_last_sentence_leaves_nothing_to_the_next_start(desktop: Desktop) -> None:
    with Scribelet(desktop) as scribelet:
        scribelet.command("start")
        scribelet.wait_for_state("listening")
        scribelet.say("sb15.wav")
        assert scribelet.command("quit").stdout == ""
        assert scribelet.program.wait(ENDING) == 0
        assert scribelet.program.output() == ""
        assert alike(scribelet.texts()[-1], "sb15.wav")
        assert "Everything adds up." in scribelet.command("verify").stdout
