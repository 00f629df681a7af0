"""The microphone or the whole sound server dies: the session goes on with what comes next, or ends once."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audio.connection import DEADLINE, Ear, line, recordings
from tests.audio.ears import voice
from tests.audio.players import BLOCK, Player, connected
from tests.desktop.session import wait_for
from tests.desktop.sound import Sound
from tray.audio.exchange import GIVEN_UP_S
from tray.core.failures import MicrophoneError


def start_server(desktop: Sound) -> None:
    """Start a sound server again in the place of the one that died."""
    files = {"PULSE_RUNTIME_PATH": desktop.folder / "run/pulse", "PULSE_STATE_PATH": desktop.folder / "state/pulse"}
    settings = [f"{name}={value}" for name, value in files.items()]
    away = ("-u", "PULSE_SERVER", "-u", "DBUS_SESSION_BUS_ADDRESS")
    options = (
        "--daemonize=no",
        "--exit-idle-time=-1",
        "--use-pid-file=no",
        "--realtime=no",
        "--high-priority=no",
        "-n",
    )
    desktop.launch("env", *away, *settings, "pulseaudio", *options, "-F", desktop.folder / "config/pulse/vdesk.pa")


def test_a_sound_server_that_starts_again_ends_no_session(in_a_room: Callable[..., Sound], tmp_path: Path) -> None:
    desktop, ear = in_a_room(), Ear()
    wav, _ = voice(tmp_path, 1, seconds=5)
    with line() as (one, told):
        one.open(ear)
        ear.wait_for_more()
        desktop.send_signal("pulseaudio", signal.SIGKILL)
        told.wait_for("microphone")
        start_server(desktop)
        wait_for(lambda: recordings_of_a_new_server(desktop), DEADLINE, "the recording on the new server")
        desktop.say(wav)
        ear.wait_for_a_voice()
        told.wait_for("")
        desktop.pactl("set-source-mute", "vmic", "1")
        told.wait_for("is muted")
    assert ear.ends == 0


def recordings_of_a_new_server(desktop: Sound) -> int:
    try:
        return recordings(desktop)
    except subprocess.CalledProcessError:
        return 0


def test_a_sound_server_that_is_gone_for_good_ends_the_session_once(in_a_room: Callable[..., Sound]) -> None:
    desktop, ear = in_a_room(), Ear()
    with line() as (one, _):
        one.open(ear)
        ear.wait_for_more()
        desktop.send_signal("pulseaudio", signal.SIGKILL)
        wait_for(lambda: ear.ends, GIVEN_UP_S + DEADLINE, "the end")
        one.close()
        with pytest.raises(MicrophoneError, match="There is no microphone"):
            one.open(ear)
    assert ear.ends == 1
    assert ear.blocks[-1][0] == b""


def test_a_microphone_that_dies_is_opened_again_and_may_have_another_rate() -> None:
    player, ear = Player(), Ear()
    with connected(player) as (one, told):
        one.open(ear)
        player.play(BLOCK)
        player.play(b"")
        wait_for(lambda: player.opened == 2, 2, "the device opened again")
        player.play(BLOCK, rate=48_000)
        one.close()
    assert ear.blocks == [(BLOCK, 16000), (BLOCK, 48_000)]
    assert told.all == []


def test_a_microphone_that_nobody_can_open_is_an_error_at_once() -> None:
    with (
        connected(Player(broken=True)) as (one, told),
        pytest.raises(MicrophoneError, match="cannot be opened") as refusal,
    ):
        one.open(Ear())
    assert refusal.value.remedy == "Plug it in"
    assert told.all == []


def test_an_error_nobody_has_foreseen_is_told_and_the_line_goes_on() -> None:
    player = Player()

    def fail(_block: bytes, _rate: int) -> None:
        raise ZeroDivisionError

    ear = Ear()
    with connected(player) as (one, told):
        one.open(fail)
        player.play(BLOCK)
        told.wait_for("ZeroDivisionError")
        one.open(ear)
        player.play(BLOCK)
        one.close()
    assert ear.sound == BLOCK
