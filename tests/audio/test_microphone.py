"""Microphones of a virtual desktop, recorded as on a real one."""

import os
import queue
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import pytest

from tests.audio.ears import Ear, listening, until, voice
from tests.desktop.session import wait_for
from tests.desktop.sound import Sound
from tray.app import devices
from tray.audio.microphone import Microphone, default_microphone, list_microphones, measure_first_block
from tray.core.failures import MicrophoneError


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


def test_closing_twice_or_before_opening_does_nothing(at: Callable[..., Sound]) -> None:
    at()
    microphone = Microphone()
    microphone.close()
    ear = Ear()
    microphone.open(ear)
    microphone.close()
    microphone.close()
    assert b"" not in ear.blocks


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


def test_while_nobody_speaks_four_blocks_come_together_and_none_is_lost(
    at: Callable[..., Sound], tmp_path: Path
) -> None:
    desktop = at()
    wav, pcm = voice(tmp_path, 1, seconds=1.1)
    ear, bunch = Ear(), 4 * 512 * 2
    with closing(Microphone("", lambda: True)) as microphone:
        microphone.open(ear)
        desktop.say(wav).wait()
    assert pcm in ear.sound()
    assert {len(block) for block in ear.blocks[:-2]} == {bunch}
    assert all(len(block) <= bunch for block in ear.blocks)


def test_once_somebody_speaks_every_block_comes_at_once(at: Callable[..., Sound]) -> None:
    at()
    calm, ear = threading.Event(), Ear()
    calm.set()
    with closing(Microphone("", calm.is_set)) as microphone:
        microphone.open(ear)
        wait_for(lambda: ear.blocks, 5, "a bunch")
        calm.clear()
        count = len(ear.blocks)
        wait_for(lambda: len(ear.blocks) > count + 3, 5, "more sound")
    assert {len(block) for block in ear.blocks[count + 1 :]} == {1024}


def test_blocks_come_from_a_thread_that_is_known_until_the_microphone_is_closed(at: Callable[..., Sound]) -> None:
    at()
    own, known, microphone = threading.local(), Future[weakref.ref[Ear]](), Microphone()

    def hear(_block: bytes, _rate: int) -> None:
        if hasattr(own, "ear") and not known.done():
            known.set_result(weakref.ref(own.ear))
        own.ear = getattr(own, "ear", None) or Ear()

    microphone.open(hear)
    kept = known.result(5)
    microphone.close()
    assert kept() is None


def test_how_long_the_first_sound_takes_is_measured(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at()
    wav, _ = voice(tmp_path, 1, seconds=20)
    desktop.say(wav)
    wait_for(lambda: desktop.pactl("list", "short", "sink-inputs"), 10, "the voice")
    assert 0 < measure_first_block("vmic") < 3


def test_the_terminal_stays_clean_and_works_afterwards(
    at: Callable[..., Sound], capfd: pytest.CaptureFixture[str]
) -> None:
    at()
    with listening():
        pass
    list_microphones()
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"


def test_recording_needs_no_numpy(at: Callable[..., Sound]) -> None:
    at()
    program = "import sys; from tray.audio import microphone, paced; microphone.list_microphones(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert "pyaudio" in loaded.stdout.split()
    assert "numpy" not in loaded.stdout.split()
