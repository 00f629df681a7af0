"""Microphones of a virtual desktop, recorded as on a real one."""

import os
import queue
import random
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.desktop.session import wait_for
from tests.desktop.sound import Sound, write_wav
from tray.app import devices
from tray.audio.microphone import (
    Microphone,
    default_microphone,
    list_microphones,
    measure_first_block,
    open_at_first_rate,
)
from tray.core.failures import MicrophoneError


class Ear:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.rates: set[int] = set()
        self.flowing = threading.Event()
        self.ended = threading.Event()

    def __call__(self, block: bytes, rate: int) -> None:
        self.blocks.append(block)
        self.rates.add(rate)
        (self.flowing if block else self.ended).set()

    def sound(self) -> bytes:
        return b"".join(self.blocks)


@contextmanager
def listening(name: str = "") -> Iterator[Ear]:
    """An ear on an open microphone that delivers already."""
    ear, microphone = Ear(), Microphone(name)
    microphone.open(ear)
    try:
        assert ear.flowing.wait(5)
        yield ear
    finally:
        microphone.close()


def voice(folder: Path, seed: int, seconds: float = 0.5) -> tuple[Path, bytes]:
    """Sound that is like no other, and no part of it like another part."""
    chance, count = random.Random(seed), int(seconds * 16000)
    pcm = struct.pack(f"<{count}h", *(chance.randint(-9000, 9000) for _ in range(count)))
    write_wav(folder / f"{seed}.wav", pcm)
    return folder / f"{seed}.wav", pcm


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Sound]]:
    """Sits down at a new desktop without the parts named; its microphones are in a room where nothing is heard."""
    with ExitStack() as leaving:

        def sit_down(*absent: str) -> Sound:
            desktop = leaving.enter_context(Sound(absent=("tray", "toasts", "noise", *absent)))
            for name, value in desktop.env.items():
                monkeypatch.setenv(name, value)
            return desktop

        yield sit_down


def test_the_first_and_the_last_sample_are_there_and_none_is_changed(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at()
    wav, pcm = voice(tmp_path, 1)
    with listening("vmic") as ear:
        assert desktop.say(wav).wait() == 0
    assert pcm in ear.sound()
    assert {len(block) for block in ear.blocks} == {1024}
    assert ear.rates == {16000}


def test_a_sound_server_that_stumbles_at_the_end_costs_no_word(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at()
    wav, pcm = voice(tmp_path, 1, seconds=5)
    with listening("vmic") as ear:
        desktop.say(wav)
        wait_for(lambda: pcm[:32000] in ear.sound(), 10, "the voice")
        desktop.send_signal("pulseaudio", signal.SIGSTOP)
        before = until(pcm, ear.sound())
        threading.Timer(0.15, desktop.send_signal, ("pulseaudio", signal.SIGCONT)).start()
    stumble = 0.15 * 32000
    assert until(pcm, ear.sound()) - before > stumble / 2


def until(pcm: bytes, heard: bytes) -> int:
    """How far into the voice what was heard goes, in bytes."""
    return pcm.index(heard[len(heard) % 2 :][-64:]) + 64


def test_of_two_microphones_the_named_one_is_heard(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at()
    desktop.plug_microphone("headset")
    (near, spoken), (far, whispered) = voice(tmp_path, 1), voice(tmp_path, 2)
    with listening("HEAD") as ear:
        voices = [desktop.say(near, "headset"), desktop.say(far, "vmic")]
        assert [voice.wait() for voice in voices] == [0, 0]
    assert spoken in ear.sound()
    assert whispered not in ear.sound()


def test_without_a_name_the_default_of_the_moment_is_heard(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at()
    desktop.plug_microphone("headset")
    wav, pcm = voice(tmp_path, 1)
    with listening() as ear:
        desktop.say(wav, "vmic").wait()
    assert pcm in ear.sound()
    desktop.choose_microphone("headset")
    with listening() as ear:
        desktop.say(wav, "headset").wait()
    assert pcm in ear.sound()


def test_devices_are_listed_by_name_without_their_stand_ins(at: Callable[..., Sound]) -> None:
    at()
    assert list_microphones() == ["vmic"]
    assert default_microphone() == "default"


def test_the_list_for_people_begins_with_what_an_empty_setting_means(
    at: Callable[..., Sound], capsys: pytest.CaptureFixture[str]
) -> None:
    at()
    assert devices() == 0
    assert capsys.readouterr().out == "System default (used while microphone.device is empty)\nvmic\n"


def test_a_wrong_name_is_answered_with_the_names_there_are(at: Callable[..., Sound]) -> None:
    at().plug_microphone("headset")
    with pytest.raises(MicrophoneError, match="no microphone called “webcam”") as refusal:
        Microphone("webcam").open(print)
    assert refusal.value.remedy == "Choose one of these: vmic, headset"


def test_a_microphone_plugged_in_later_is_found(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at()
    assert list_microphones() == ["vmic"]
    desktop.plug_microphone("headset")
    assert list_microphones() == ["vmic", "headset"]
    wav, pcm = voice(tmp_path, 1)
    with listening("headset") as ear:
        desktop.say(wav, "headset").wait()
    assert pcm in ear.sound()


def test_a_microphone_that_was_pulled_out_is_not_listed(at: Callable[..., Sound]) -> None:
    desktop = at()
    desktop.plug_microphone("headset")
    desktop.unplug_microphone("vmic")
    assert list_microphones() == ["headset"]


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


def test_closing_twice_or_before_opening_does_nothing(at: Callable[..., Sound]) -> None:
    at()
    microphone = Microphone()
    microphone.close()
    ear = Ear()
    microphone.open(ear)
    microphone.close()
    microphone.close()
    assert b"" not in ear.blocks


def test_a_stream_that_was_torn_away_leaves_nothing_behind(at: Callable[..., Sound]) -> None:
    desktop = at()
    microphone, ear = Microphone(), Ear()
    microphone.open(ear)
    assert ear.flowing.wait(5)
    microphone._recording._stream.close()  # what it does then to every question, its latency included, is raise
    microphone.close()
    desktop.plug_microphone("headset")
    assert list_microphones() == ["vmic", "headset"]  # a PortAudio that was left would still know only one


def test_nothing_arrives_after_closing(at: Callable[..., Sound]) -> None:
    at()
    blocks: queue.Queue[bytes] = queue.Queue()
    microphone = Microphone()
    microphone.open(lambda block, _rate: blocks.put(block))
    assert blocks.get(timeout=5)
    microphone.close()
    while not blocks.empty():
        blocks.get()
    with pytest.raises(queue.Empty):
        blocks.get(timeout=0.3)


def test_what_was_spoken_until_now_can_be_waited_for_without_closing(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at()
    wav, pcm = voice(tmp_path, 1, seconds=20)
    microphone, ear = Microphone(), Ear()
    microphone.drain()
    microphone.open(ear)
    desktop.say(wav)
    wait_for(lambda: pcm[:32000] in ear.sound(), 10, "the voice")
    desktop.send_signal("pulseaudio", signal.SIGSTOP)
    before = until(pcm, ear.sound())
    threading.Timer(0.15, desktop.send_signal, ("pulseaudio", signal.SIGCONT)).start()
    microphone.drain()
    assert until(pcm, ear.sound()) - before > 0.15 * 32000 / 2
    count = len(ear.blocks)
    wait_for(lambda: len(ear.blocks) > count, 5, "more sound")
    microphone.close()


def test_how_long_the_first_sound_takes_is_measured(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at()
    wav, _ = voice(tmp_path, 1, seconds=20)
    desktop.say(wav)
    wait_for(lambda: desktop.pactl("list", "short", "sink-inputs"), 10, "the voice")
    assert 0 < measure_first_block("vmic") < 3


def test_of_a_microphone_that_is_mute_the_first_sound_cannot_be_measured(at: Callable[..., Sound]) -> None:
    at()
    with pytest.raises(MicrophoneError, match="delivers only silence") as mute:
        measure_first_block("")
    assert "Unmute" in mute.value.remedy
    assert list_microphones() == ["vmic"]


def test_the_terminal_stays_clean_and_works_afterwards(
    at: Callable[..., Sound], capfd: pytest.CaptureFixture[str]
) -> None:
    at()
    with listening():
        pass
    list_microphones()
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"


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


def test_recording_needs_no_numpy(at: Callable[..., Sound]) -> None:
    at()
    program = "import sys; from tray.audio import microphone, paced; microphone.list_microphones(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert "pyaudio" in loaded.stdout.split()
    assert "numpy" not in loaded.stdout.split()
