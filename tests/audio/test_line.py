"""What is said in a session is heard, from its first sound to its last, and in no other session."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audio.connection import DEADLINE, Ear, line, recordings
from tests.audio.ears import voice
from tests.audio.players import BLOCK, ZEROS, Player, connected
from tests.desktop.session import HERE, wait_for
from tests.desktop.sound import Sound


def test_a_session_begins_with_the_first_sound_and_loses_none_of_it(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at()
    wav, pcm = voice(tmp_path, 1, seconds=1)
    ear = Ear()
    with line() as (one, _):
        one.open(ear)
        assert desktop.play_silence(0.5).wait() == 0
        assert ear.blocks == []
        assert desktop.say(wav).wait() == 0
        one.close()
        assert any(ear.blocks[0][0])
        assert pcm in ear.sound
        assert {rate for _, rate in ear.blocks} == {16000}
        wait_for(lambda: not recordings(desktop), DEADLINE, "the device given back")


@pytest.mark.parametrize("ready", [False, True])
def test_the_last_block_comes_before_the_end(ready: bool) -> None:
    player, ear = Player(), Ear()
    player.last = BLOCK * 2
    with connected(player, ready=ready) as (one, _):
        one.open(ear)
        player.play(BLOCK)
        one.close()
        count = len(ear.blocks)
        player.play(BLOCK)
    assert ear.blocks == [(BLOCK, 16000), (BLOCK * 2, 16000)]
    assert len(ear.blocks) == count


def test_no_sound_is_heard_in_two_sessions() -> None:
    player, first, second = Player(), Ear(), Ear()
    with connected(player, ready=True) as (one, _):
        one.open(first)
        player.play(b"\1\0" * 512)
        one.close()
        player.play(b"\2\0" * 512)
        one.open(second)
        player.play(b"\3\0" * 512)
        one.close()
    assert first.sound == b"\1\0" * 512
    assert second.sound == b"\2\0" * 512 + b"\3\0" * 512
    assert player.opened == 1


def test_zeros_in_the_middle_of_a_session_belong_to_it() -> None:
    player, ear = Player(), Ear()
    with connected(player) as (one, _):
        one.open(ear)
        player.play(ZEROS, BLOCK, ZEROS, BLOCK)
        one.close()
    assert ear.sound == BLOCK + ZEROS + BLOCK


def test_closing_does_not_wait_for_a_sound_server_that_hangs(in_a_room: Callable[..., Sound]) -> None:
    desktop, ear = in_a_room(), Ear()
    with line() as (one, _):
        one.open(ear)
        ear.wait_for_more()
        desktop.send_signal("pulseaudio", signal.SIGSTOP)
        begun = time.monotonic()
        one.close()
        assert time.monotonic() - begun < 5
        desktop.send_signal("pulseaudio", signal.SIGCONT)


def test_the_server_is_asked_only_when_a_microphone_is_open() -> None:
    program = "import sys; from tray.audio.line import Line; print('pulsectl' in sys.modules)"
    command = [sys.executable, "-c", program]
    asked = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, timeout=30, check=True)
    assert asked.stdout.strip() == "False"
