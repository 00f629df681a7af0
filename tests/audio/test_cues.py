"""Tones that tell a person when it listens, out of the loudspeakers and not into the microphone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soxr

from tests.audio.test_gate import samples
from tests.audio.tones import CUES, Sounds, pcm, pitches, wave
from tests.desktop.session import wait_for
from tests.desktop.sound import Sound, write_wav
from tray.audio.cues import HIGH, LOUDNESS, LOW, RATE, CuedSource, Cues, start_cue, stop_cue
from tray.audio.microphone import Microphone


@CUES
def test_a_cue_is_short_soft_and_does_not_click(cue: Callable[[], bytes]) -> None:
    sound = wave(cue())
    assert len(sound) <= 0.12 * RATE
    assert 10 * np.log10(np.mean(sound**2)) == pytest.approx(LOUDNESS, abs=0.5)
    assert abs(np.diff(sound, prepend=0, append=0)[[0, 1, -2, -1]]).max() < 1e-3


def test_the_two_cues_are_told_apart_by_their_direction() -> None:
    assert pitches(wave(start_cue())) == [LOW, HIGH]
    assert pitches(wave(stop_cue())) == [HIGH, LOW]


class Loudspeakers:
    """What they play, recorded by another program."""

    def __init__(self, desktop: Sound) -> None:
        self._file = desktop.folder / "played.raw"
        command = "exec parec --raw --device=speakers.monitor --format=s16le --channels=1 --latency-msec=20"
        desktop.launch("sh", "-c", f"{command} --rate={RATE} > '{self._file}'")
        wait_for(lambda: self._file.exists() and self._file.stat().st_size, 10, "the recording")

    def played(self) -> Sounds:
        """All of it so far."""
        content = self._file.read_bytes()
        return wave(content[: len(content) // 2 * 2])


def test_both_cues_come_out_of_the_loudspeakers_and_not_into_the_microphone(in_a_room: Callable[..., Sound]) -> None:
    loudspeakers = Loudspeakers(in_a_room())
    ear: list[bytes] = []
    microphone = Microphone("vmic")
    microphone.open(lambda *block: ear.append(block[0]))
    cues = Cues()
    cues.play_start()
    wait_for(lambda: pitches(loudspeakers.played()) == [LOW, HIGH], 10, "the start cue")
    microphone.close()
    settled()
    cues.play_stop()
    wait_for(lambda: pitches(loudspeakers.played()) == [LOW, HIGH, LOW], 10, "the stop cue")
    assert ear
    assert pitches(soxr.resample(wave(b"".join(ear)), 16_000, RATE)) == []


def settled() -> None:
    """Wait until no cue sounds any more."""
    for thread in threading.enumerate():
        if thread.name == "cue":
            thread.join(10)
            assert not thread.is_alive()


def test_without_a_player_portaudio_plays(in_a_room: Callable[..., Sound]) -> None:
    loudspeakers = Loudspeakers(in_a_room())
    Cues(lambda _name: None).play_start()
    wait_for(lambda: pitches(loudspeakers.played()) == [LOW, HIGH], 20, "the start cue")


def test_where_the_loudspeakers_themselves_are_recorded_no_cue_sounds(
    in_a_room: Callable[..., Sound], tmp_path: Path
) -> None:
    desktop = in_a_room()
    desktop.choose_microphone("speakers.monitor")
    ear: list[bytes] = []
    microphone = Microphone()
    microphone.open(lambda *block: ear.append(block[0]))
    Cues().play_start()
    settled()
    count = np.arange(16_000)
    write_wav(tmp_path / "other.wav", pcm(0.1 * np.sin(2 * np.pi * 700 * count / 16_000)))
    assert desktop.launch("paplay", tmp_path / "other.wav").wait() == 0
    wait_for(lambda: any((wave(block) > 0.05).any() for block in tuple(ear)), 10, "the other sound")
    microphone.close()
    assert pitches(soxr.resample(wave(b"".join(ear)), 16_000, RATE)) == []


@pytest.mark.parametrize("program", ["exec sleep 60", "exit 1"], ids=["hangs", "fails"])
def test_a_player_that_hangs_or_fails_holds_nobody_up(program: str, tmp_path: Path) -> None:
    player = tmp_path / "paplay"
    player.write_text(f'#!/bin/sh\necho $$ >> "{tmp_path}/started"\n{program}\n')
    player.chmod(0o755)
    cues = Cues({"paplay": str(player)}.get)
    begun = time.monotonic()
    cues.play_start()
    assert time.monotonic() - begun < 1
    wait_for(lambda: (tmp_path / "started").exists(), 10, "the player")
    if "sleep" in program:
        cues.play_stop()  # too late to be true when its turn would come
    settled()
    pids = (tmp_path / "started").read_text().split()
    assert len(pids) == 1
    assert not Path(f"/proc/{pids[0]}").exists()


class Notes:
    """A player that notes which cues it was given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        player = folder / "paplay"
        player.write_text(f'#!/bin/sh\nfor wav; do :; done\ncp "$wav" "{folder}/$(date +%s%N).wav"\n')
        player.chmod(0o755)
        self.cues = Cues({"paplay": str(player)}.get)

    def played(self) -> list[bytes]:
        """Their sound, in order."""
        settled()
        return [samples(wav) for wav in sorted(self._folder.glob("*.wav"))]


class Source:
    """A microphone whose sound comes when the test says so."""

    endless = True

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self.before_closing: list[list[bytes]] = []

    def open(self, deliver: Callable[[bytes, int], None]) -> None:
        self.deliver = deliver

    def close(self) -> None:
        self.before_closing.append(self._notes.played())


def test_the_start_cue_comes_once_samples_flow_and_the_stop_cue_behind_the_closed_microphone(tmp_path: Path) -> None:
    notes, heard = Notes(tmp_path), list[tuple[bytes, int]]()
    source = Source(notes)
    cued = CuedSource(source, notes.cues)
    cued.open(lambda block, rate: heard.append((block, rate)))
    assert notes.played() == []
    for block in (b"ab", b"cd", b""):
        source.deliver(block, 16_000)
    assert heard == [(b"ab", 16_000), (b"cd", 16_000), (b"", 16_000)]
    assert notes.played() == [start_cue()]
    cued.close()
    cued.close()
    assert source.before_closing[0] == [start_cue()]
    assert notes.played() == [start_cue(), stop_cue()]


def test_a_microphone_that_never_delivers_has_no_cue(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    source = Source(notes)
    cued = CuedSource(source, notes.cues)
    cued.open(lambda _block, _rate: None)
    source.deliver(b"", 16_000)
    cued.close()
    assert notes.played() == []


def test_without_any_sound_system_a_cue_is_silent(tmp_path: Path) -> None:
    code = "import threading; from tray.audio.cues import Cues; Cues().play_start(); threading.enumerate()[-1].join(20)"
    nowhere = {"PULSE_SERVER": f"unix:{tmp_path}/none", "ALSA_CONFIG_PATH": "/dev/null", "HOME": str(tmp_path)}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env={**os.environ, **nowhere}, capture_output=True, timeout=30
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert shutil.which("paplay")
