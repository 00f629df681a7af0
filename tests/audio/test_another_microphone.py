"""The microphone is pulled out, missing or no longer the default: another one is heard, and that is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.audio.connection import DEADLINE, Ear, line, threads
from tests.audio.ears import voice
from tests.desktop.session import wait_for
from tests.desktop.sound import Sound


def test_a_microphone_that_is_pulled_out_is_replaced_and_taken_again_when_it_is_back(
    in_a_room: Callable[..., Sound], tmp_path: Path
) -> None:
    desktop, ear = in_a_room(), Ear()
    wav, _ = voice(tmp_path, 1, seconds=1)
    desktop.plug_microphone("headset")
    with line("headset") as (one, told):
        one.open(ear)
        ear.wait_for_more()
        desktop.unplug_microphone("headset")
        told.wait_for("no microphone called “headset”: “Remapped Monitor of Null Output” is used instead")
        desktop.say(wav, "vmic")
        ear.wait_for_a_voice()
        desktop.plug_microphone("headset")
        told.wait_for("“headset”")
        desktop.say(wav, "headset")
        ear.wait_for_a_voice()
        one.close()
        told.wait_for("")
    assert ear.ends == 0


def test_a_microphone_that_is_not_there_is_replaced_by_the_default(in_a_room: Callable[..., Sound]) -> None:
    in_a_room()
    ear = Ear()
    with line("webcam") as (one, told):
        one.open(ear)
        ear.wait_for_more()
        told.wait_for("There is no microphone called “webcam”")
        assert "is used instead" in told.now


def test_another_default_is_followed_in_the_middle_of_a_session(
    in_a_room: Callable[..., Sound], tmp_path: Path
) -> None:
    desktop, ear = in_a_room(), Ear()
    wav, _ = voice(tmp_path, 1, seconds=1)
    desktop.plug_microphone("studio", 48_000)
    desktop.choose_microphone("vmic")
    with line() as (one, told):
        one.open(ear)
        ear.wait_for_more()
        wait_for(lambda: "sound server" in threads(), DEADLINE, "the watch")
        desktop.choose_microphone("studio")
        told.wait_for("Sound comes from another microphone now, “studio”")
        desktop.say(wav, "studio")
        ear.wait_for_a_voice()
        one.close()
        told.wait_for("")
    assert ear.ends == 0


def test_a_recording_that_the_server_leaves_behind_is_taken_to_the_new_default(
    in_a_room: Callable[..., Sound], tmp_path: Path
) -> None:
    desktop, ear = in_a_room(), Ear()
    wav, _ = voice(tmp_path, 1, seconds=1)
    desktop.plug_microphone("headset")
    desktop.choose_microphone("headset")
    with line() as (one, told):
        one.open(ear)
        ear.wait_for_more()
        [ours] = [line for line in desktop.pactl("list", "short", "source-outputs").splitlines() if "protocol" in line]
        desktop.pactl("move-source-output", ours.split()[0], "vmic")
        told.wait_for("“Remapped Monitor of Null Output”")
        desktop.plug_microphone("studio")
        desktop.choose_microphone("studio")
        told.wait_for("“studio”")
        desktop.say(wav, "studio")
        ear.wait_for_a_voice()
    assert ear.ends == 0


def test_when_only_the_loudspeakers_are_left_that_is_said(in_a_room: Callable[..., Sound]) -> None:
    desktop, ear = in_a_room(), Ear()
    with line() as (one, told):
        one.open(ear)
        ear.wait_for_more()
        wait_for(lambda: "sound server" in threads(), DEADLINE, "the watch")
        desktop.unplug_microphone("vmic")
        told.wait_for("what the loudspeakers play is recorded")
