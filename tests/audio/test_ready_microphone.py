"""A microphone that is always ready: what it has heard before the key, and when it is given back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.audio.connection import DEADLINE, Ear, line, recordings
from tests.audio.ears import voice
from tests.audio.players import BLOCK, ZEROS, Player, connected
from tests.desktop.session import wait_for
from tests.desktop.sound import Sound
from tray.audio.sitting import KEPT_S


def test_a_ready_microphone_has_heard_what_was_said_before_the_key(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at()
    wav, pcm = voice(tmp_path, 1, seconds=20)
    witness = tmp_path / "witness.raw"
    desktop.launch(
        "sh", "-c", f"exec parec --device=vmic --rate=16000 --channels=1 --format=s16le --latency-msec=20 >{witness}"
    )
    ear = Ear()
    with line(ready=True) as (one, _):
        wait_for(lambda: recordings(desktop) == 2, DEADLINE, "both recordings")
        desktop.say(wav)
        said = 1.5 * KEPT_S * 32000
        wait_for(lambda: len(witness.read_bytes().strip(b"\0")) > said, DEADLINE, "half a second of speech")
        one.open(ear)
        one.close()
        first, _ = ear.blocks[0]
        assert KEPT_S * 32000 <= len(first) < (KEPT_S + 0.1) * 32000
        assert first in pcm
        assert ear.sound in pcm


def test_a_ready_microphone_stays_open_until_it_is_to_rest(in_a_room: Callable[..., Sound]) -> None:
    desktop, ear = in_a_room(), Ear()
    with line(ready=True) as (one, told):
        wait_for(lambda: recordings(desktop), DEADLINE, "the recording")
        one.open(ear)
        one.close()
        assert recordings(desktop) == 1
        one.rest()
        wait_for(lambda: not recordings(desktop), DEADLINE, "the device given back")
        one.open(ear)
        ear.wait_for_more()
        one.close()
        wait_for(lambda: not recordings(desktop), DEADLINE, "the device given back")
        one.resume()
        wait_for(lambda: recordings(desktop), DEADLINE, "the recording")
    assert recordings(desktop) == 0
    assert told.all == []


def test_a_ready_microphone_that_is_missing_is_told_once_and_taken_when_it_comes(
    in_a_room: Callable[..., Sound],
) -> None:
    desktop, ear = in_a_room("source"), Ear()
    with line(ready=True) as (one, told):
        told.wait_for("cannot be opened")
        desktop.plug_microphone("headset")
        desktop.choose_microphone("headset")
        told.wait_for("")
        one.open(ear)
        ear.wait_for_more()
    assert len(told.all) == 2


def test_another_default_is_nothing_to_speak_of_while_nobody_speaks(
    in_a_room: Callable[..., Sound], tmp_path: Path
) -> None:
    desktop, ear = in_a_room(), Ear()
    wav, _ = voice(tmp_path, 1, seconds=1)
    desktop.plug_microphone("headset")
    desktop.choose_microphone("vmic")
    with line(ready=True) as (one, told):
        wait_for(lambda: records(desktop, "vmic"), DEADLINE, "the recording")
        desktop.choose_microphone("headset")
        wait_for(lambda: records(desktop, "headset"), DEADLINE, "the recording of the other one")
        one.open(ear)
        desktop.say(wav, "headset")
        ear.wait_for_a_voice()
        one.close()
    assert told.all == []


def records(desktop: Sound, microphone: str) -> bool:
    """Whether somebody records from it."""
    numbers = {
        line.split("\t")[1]: line.split("\t")[0] for line in desktop.pactl("list", "short", "sources").splitlines()
    }
    streams = [line.split("\t") for line in desktop.pactl("list", "short", "source-outputs").splitlines()]
    return any(on == numbers[microphone] and "protocol-native" in driver for _, on, _, driver, *_ in streams)


def test_the_sound_before_the_key_begins_behind_the_zeros_and_keeps_its_rates() -> None:
    player, ear = Player(), Ear()
    with connected(player, ready=True) as (one, _):
        wait_for(lambda: player.opened, DEADLINE, "the device")
        player.play(ZEROS, BLOCK, ZEROS)
        player.play(BLOCK, rate=48_000)
        one.open(ear)
    assert ear.blocks == [(BLOCK + ZEROS, 16000), (BLOCK, 48_000)]


def test_of_the_sound_before_the_key_half_a_second_is_kept() -> None:
    player, ear = Player(), Ear()
    with connected(player, ready=True) as (one, _):
        wait_for(lambda: player.opened, DEADLINE, "the device")
        player.play(*[BLOCK] * 100)
        one.open(ear)
    assert KEPT_S * 32000 <= len(ear.sound) < KEPT_S * 32000 + len(BLOCK)


def test_nothing_that_was_said_before_a_rest_is_heard_after_it() -> None:
    player, ear = Player(), Ear()
    with connected(player, ready=True) as (one, _):
        wait_for(lambda: player.opened, DEADLINE, "the device")
        player.play(BLOCK)
        one.rest()
        one.resume()
        one.open(ear)
    assert ear.blocks == []
