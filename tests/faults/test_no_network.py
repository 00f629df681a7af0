"""With a model in place Scribelet needs no network and asks for none: it is watched where there is none at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.desktop.running import SPEECH, alike
from tests.faults.strace import Trace
from tests.faults.watched import WatchedDesktop, WatchedScribelet

CUT_OFF = ("unshare", "--net")
"""Runs what follows where there is no network: no card, and nobody answers at the machine's own address either."""
CALLS = ("socket", "socketpair", "connect", "bind", "execve")
DICTATED, RECORDED = "sb12.wav", "sb14.wav"
DIAL = """
import socket
for family, address in ((socket.AF_INET, ("127.0.0.1", 9)), (socket.AF_INET6, ("::1", 9))):
    try:
        socket.socket(family).connect(address)
    except OSError as error:
        print(error.strerror)
"""


@dataclass(frozen=True)
class Day:
    """What came of a day's work without a network."""

    dictated: str
    clipboard: str
    transcript: str
    toast: str
    transcribed: subprocess.CompletedProcess[str]
    last: subprocess.CompletedProcess[str]
    code: int
    """With which the program ended."""
    complaints: str
    trace: Trace


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    """Somebody starts Scribelet, dictates, has a recording written down, looks what they said last, and quits."""
    with WatchedDesktop(*CALLS, begin=CUT_OFF) as desktop, WatchedScribelet(desktop) as scribelet:
        assert scribelet.command("start").returncode == 0
        scribelet.wait_for_state("listening")
        scribelet.say(DICTATED)
        assert scribelet.command("stop").returncode == 0
        scribelet.wait_for_state("idle")
        yield Day(
            dictated=scribelet.texts()[-1],
            clipboard=desktop.clipboard(),
            transcript=desktop.transcript(),
            toast=scribelet.toasts()[-1].body,
            transcribed=scribelet.command("transcribe", str(SPEECH / RECORDED)),
            last=scribelet.command("last"),
            code=scribelet.quit(),
            complaints=scribelet.program.output(),
            trace=desktop.trace,
        )


def test_without_any_network_what_was_said_is_in_the_transcript_on_the_clipboard_and_in_a_toast(day: Day) -> None:
    assert alike(day.dictated, DICTATED)
    assert alike(day.clipboard, DICTATED)
    assert alike(day.toast, DICTATED)
    assert day.dictated in day.transcript
    assert alike(day.last.stdout, DICTATED)


def test_without_any_network_a_recording_is_written_down(day: Day) -> None:
    assert day.transcribed.returncode == 0, day.transcribed.stderr
    assert alike(day.transcribed.stdout, RECORDED)


def test_without_any_network_it_ends_well_and_has_nothing_to_complain_of(day: Day) -> None:
    assert (day.code, day.complaints) == (0, "")


def test_no_process_of_the_program_makes_calls_or_takes_an_address_of_a_network(day: Day) -> None:
    assert day.trace.families == {"AF_UNIX"}


def test_the_desk_the_ear_the_commands_and_the_tools_of_the_clipboard_were_all_watched(day: Day) -> None:
    arguments = "\n".join(text for _, text in day.trace.started)
    for one in ('"ear"', '"start"', '"stop"', '"transcribe"', '"last"', '"quit"'):
        assert one in arguments
    assert "xclip" in {Path(program).name for program, _ in day.trace.started}


def test_somebody_who_dials_would_be_seen_and_reaches_nobody(tmp_path: Path) -> None:
    trace = Trace(tmp_path / "trace", *CALLS)
    command = [*CUT_OFF, *trace.watched(sys.executable, "-c", DIAL)]
    dialled = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    assert dialled.stdout.splitlines() == ["Network is unreachable", "Cannot assign requested address"]
    assert trace.families == {"AF_INET", "AF_INET6"}
