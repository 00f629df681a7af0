"""A microphone that is muted, asleep or silent: that is said, and taken back as soon as sound flows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audio.connection import DEADLINE, Ear, line
from tests.audio.ears import voice
from tests.audio.players import BLOCK, ZEROS, Player, connected
from tests.desktop.session import wait_for
from tests.desktop.sound import Sound
from tray.audio.exchange import LOOK_S, SILENT_S, TRIES


def test_mute_is_said_at_once_and_taken_back_when_sound_flows(in_a_room: Callable[..., Sound]) -> None:
    desktop, ear = in_a_room(), Ear()
    with line() as (one, told):
        one.open(ear)
        ear.wait_for_more()
        desktop.pactl("set-source-mute", "vmic", "1")
        begun = time.monotonic()
        told.wait_for("is muted")
        assert time.monotonic() - begun < SILENT_S
        assert told.all[-1] is not None
        assert "Unmute" in told.all[-1].remedy
        desktop.pactl("set-source-mute", "vmic", "0")
        told.wait_for("")


def test_a_microphone_that_delivers_only_zeros_is_told_until_it_does_not(
    at: Callable[..., Sound], tmp_path: Path
) -> None:
    desktop, ear = at(), Ear()
    wav, _ = voice(tmp_path, 1, seconds=1)
    with line() as (one, told):
        one.open(ear)
        told.wait_for("delivers only silence")
        desktop.say(wav)
        told.wait_for("")
        ear.wait_for_a_voice()


def test_a_microphone_that_falls_asleep_is_told_and_heard_again_when_it_wakes(in_a_room: Callable[..., Sound]) -> None:
    desktop, ear = in_a_room(), Ear()
    with line() as (one, told):
        one.open(ear)
        ear.wait_for_more()
        desktop.pactl("suspend-source", "vmic", "1")
        told.wait_for("delivers only silence")
        desktop.pactl("suspend-source", "vmic", "0")
        told.wait_for("")
        ear.wait_for_more()
    assert ear.ends == 0


def test_zeros_are_no_reason_to_open_a_microphone_for_ever() -> None:
    player, ear = Player(), Ear()
    second = [ZEROS] * 32
    with connected(player) as (one, told):
        one.open(ear)
        for tries in range(1, TRIES + 1):
            player.play(*second * 2 * tries)
            wait_for(lambda n=tries: player.opened == n + 1, DEADLINE, "another try")
        player.play(*second * 60)
        assert told.now == "The microphone delivers only silence"
        with pytest.raises(AssertionError):
            wait_for(lambda: player.opened > 1 + TRIES, 4 * LOOK_S, "one try too many")
        player.play(BLOCK)
        told.wait_for("")
    assert player.opened == 1 + TRIES
    assert len(told.all) == 2
