"""Microphones that are pulled out, sound servers that end or hang, and devices that refuse."""

import signal
import threading
import time
from collections.abc import Callable

import pytest

from tests.audio.ears import Ear, listening
from tests.desktop.session import wait_for
from tests.desktop.sound import Sound
from tray.audio.microphone import (
    Microphone,
    default_microphone,
    list_microphones,
    measure_first_block,
    open_at_first_rate,
)
from tray.core.failures import MicrophoneError


def test_pulling_out_the_only_microphone_ends_the_sound_once(at: Callable[..., Sound]) -> None:
    desktop = at()
    with listening() as ear:
        desktop.unplug_everything()
        assert ear.ended.wait(1.5)
    assert ear.blocks.count(b"") == 1
    assert ear.blocks[-1] == b""


def test_after_pulling_out_and_plugging_in_the_same_microphone_records_again(at: Callable[..., Sound]) -> None:
    desktop = at()
    microphone, ear, again = Microphone("headset"), Ear(), Ear()
    desktop.plug_microphone("headset")
    microphone.open(ear)
    assert ear.flowing.wait(5)
    desktop.unplug_everything()
    assert ear.ended.wait(3)
    desktop.plug_microphone("headset")
    microphone.open(again)
    assert again.flowing.wait(5)
    microphone.close()


def test_a_sound_server_that_ends_ends_the_sound_once(at: Callable[..., Sound]) -> None:
    desktop = at()
    with listening() as ear:
        desktop.send_signal("pulseaudio", signal.SIGKILL)
        assert ear.ended.wait(3)
    assert ear.blocks.count(b"") == 1


def test_a_source_that_falls_silent_for_good_counts_as_dead(at: Callable[..., Sound]) -> None:
    desktop = at()
    with listening() as ear:
        desktop.pactl("suspend-source", "vmic", "1")
        assert ear.ended.wait(4)
        desktop.pactl("suspend-source", "vmic", "0")
    assert ear.blocks[-1] == b""


def test_without_a_sound_server_there_is_no_microphone(at: Callable[..., Sound]) -> None:
    at("server")
    assert list_microphones() == []
    assert default_microphone() is None
    with pytest.raises(MicrophoneError, match="There is no microphone") as refusal:
        Microphone().open(print)
    assert "Plug one in" in refusal.value.remedy


def test_with_nothing_to_record_from_the_default_cannot_be_opened(at: Callable[..., Sound]) -> None:
    at("source")
    with pytest.raises(MicrophoneError, match="“default” cannot be opened") as refusal:
        Microphone().open(print)
    assert "plugged in" in refusal.value.remedy


def test_closing_does_not_wait_for_a_sound_server_that_hangs(at: Callable[..., Sound]) -> None:
    desktop = at()
    microphone, ear = Microphone(), Ear()
    microphone.open(ear)
    assert ear.flowing.wait(5)
    desktop.send_signal("pulseaudio", signal.SIGSTOP)
    begun = time.monotonic()
    microphone.close()
    assert time.monotonic() - begun < 3
    heard = len(ear.blocks)
    desktop.send_signal("pulseaudio", signal.SIGCONT)
    await_calls()
    assert len(ear.blocks) == heard


def test_opening_does_not_wait_for_a_sound_server_that_hangs(at: Callable[..., Sound]) -> None:
    desktop = at()
    desktop.send_signal("pulseaudio", signal.SIGSTOP)
    ear = Ear()
    begun = time.monotonic()
    with pytest.raises(MicrophoneError, match="does not answer"):
        Microphone().open(ear)
    assert time.monotonic() - begun < 6
    desktop.send_signal("pulseaudio", signal.SIGCONT)
    await_calls()
    assert ear.blocks == []
    assert "protocol-native" not in desktop.pactl("list", "short", "source-outputs")
    assert list_microphones() == ["vmic"]


def await_calls() -> None:
    """Wait until no call into the sound system is under way."""

    def calls() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "portaudio call"]

    wait_for(lambda: not calls(), 40, "calls that hung")


def test_a_stream_that_was_torn_away_leaves_nothing_behind(at: Callable[..., Sound]) -> None:
    desktop = at()
    microphone, ear = Microphone(), Ear()
    microphone.open(ear)
    assert ear.flowing.wait(5)
    microphone._recording._stream.close()  # what it does then to every question, its latency included, is raise
    microphone.close()
    desktop.plug_microphone("headset")
    assert list_microphones() == ["vmic", "headset"]  # a PortAudio that was left would still know only one


def test_of_a_microphone_that_is_mute_the_first_sound_cannot_be_measured(at: Callable[..., Sound]) -> None:
    at()
    with pytest.raises(MicrophoneError, match="delivers only silence") as mute:
        measure_first_block("")
    assert "Unmute" in mute.value.remedy
    assert list_microphones() == ["vmic"]


def test_a_refused_rate_is_followed_by_the_next_one() -> None:
    def attempt(rate: int) -> str:
        if rate == 16000:
            raise OSError(-9997, "Invalid sample rate")
        return "stream"

    assert open_at_first_rate(attempt, (16000, 48000)) == ("stream", 48000)


def test_a_device_that_refuses_every_rate_says_why() -> None:
    def attempt(rate: int) -> str:
        raise OSError(-9985, f"busy at {rate}")

    with pytest.raises(OSError, match="busy at 48000"):
        open_at_first_rate(attempt, (16000, 48000))
