"""Tones that tell when it listens: heard by the person, never by the dictation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from tests.audio.test_gate import ROOMS, samples, scored
from tests.desktop.session import wait_for
from tests.desktop.sound import Sound, write_wav
from tests.engines.spoken import MOONSHINE, clip
from tests.hearing.test_real_speech import hear, text
from tray.audio.cues import HIGH, LOUDNESS, LOW, RATE, CuedSource, Cues, start_cue, stop_cue
from tray.audio.microphone import Microphone
from tray.core.segmenter import OFF
from tray.engines.moonshine.engine import MoonshineEngine

Sounds = NDArray[np.float64]
CUES = pytest.mark.parametrize("cue", [start_cue, stop_cue], ids=["start", "stop"])
SHORT = ["sb11", "sb12", "sb13", "sb14", "sb15", "quilter", "lv0880", "lv0890", "lv0930"]
SHORT += ["arc_aew1", "arc_aew2", "arc_aew3"]
"""All recordings of up to six seconds."""
ROOM = 8000
"""Samples of room tone before somebody speaks."""
CALM = 0.12
"""A room that scores at least this much anywhere near was about to open the gate by itself."""


def wave(pcm: bytes) -> Sounds:
    """16-bit sound as numbers from -1 to 1."""
    return np.frombuffer(pcm, "<i2") / 32768


def pcm(sound: Sounds) -> bytes:
    """The other way round."""
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def heard_at(cue: Callable[[], bytes], loudness: float) -> Sounds:
    """A cue as a microphone hears it, 16 kHz, its mean at so many dBFS."""
    return soxr.resample(wave(cue()), RATE, 16_000) * 10 ** ((loudness - LOUDNESS) / 20)


def mixed(sound: Sounds, cue: Sounds, *places: int) -> Sounds:
    """Sound with the cue in it, beginning at these samples."""
    both = sound.copy()
    for place in places:
        both[place : place + len(cue)] += cue
    return both


@CUES
def test_a_cue_is_short_soft_and_does_not_click(cue: Callable[[], bytes]) -> None:
    sound = wave(cue())
    assert len(sound) <= 0.12 * RATE
    assert 10 * np.log10(np.mean(sound**2)) == pytest.approx(LOUDNESS, abs=0.5)
    assert abs(np.diff(sound, prepend=0, append=0)[[0, 1, -2, -1]]).max() < 1e-3


def test_the_two_cues_are_told_apart_by_their_direction() -> None:
    assert pitches(wave(start_cue())) == [LOW, HIGH]
    assert pitches(wave(stop_cue())) == [HIGH, LOW]


def pitches(sound: Sounds) -> list[float]:
    """The tones that sound, in their order; [] where there are none."""
    found: list[float] = []
    size = RATE // 50
    for at in range(0, len(sound) - size + 1, size):
        power = abs(np.fft.rfft(sound[at : at + size] * np.hanning(size))) ** 2
        loudest = float(np.fft.rfftfreq(size, 1 / RATE)[power.argmax()])
        near = next((pitch for pitch in (LOW, HIGH) if abs(pitch - loudest) <= 100), None)
        if near and power.max() > 1e-2 and found[-1:] != [near]:
            found.append(near)
    return found


@CUES
@pytest.mark.parametrize("loudness", [-60, -50, -40, -30, -20])
@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.stem)
def test_no_loudness_of_a_cue_opens_the_gate_in_a_room(cue: Callable[[], bytes], loudness: int, room: Path) -> None:
    alone = wave(samples(room))[: 16_000 * 20]
    tone = heard_at(cue, loudness)
    places = [at + shift % 1000 for shift, at in enumerate(range(8000, len(alone) - 16_000, 19_777))]
    before = np.array([frame.score for frame in scored(pcm(alone))])
    after = np.array([frame.score for frame in scored(pcm(mixed(alone, tone, *places)))])
    calm = np.array([before[max(0, at - 30) : at + 30].max() < CALM for at in range(len(before))])
    assert calm.sum() > 30
    assert after[calm].max() < OFF


def test_a_tone_of_ordinary_pitch_would_open_it() -> None:
    at = np.arange(16_000 // 8) / 16_000
    beep = 0.1 * np.sin(2 * np.pi * 440 * at) * np.hanning(len(at))
    room = wave(samples(ROOMS[2]))
    assert max(frame.score for frame in scored(pcm(room))) < OFF
    assert max(frame.score for frame in scored(pcm(mixed(room, beep, *range(8000, len(room) - 8000, 9000))))) > OFF


@pytest.fixture(scope="module")
def engine() -> MoonshineEngine:
    """The default engine."""
    return MoonshineEngine(MOONSHINE)


def words_of(engine: MoonshineEngine, sound: Sounds) -> list[str]:
    """What a person would read, marks and capitals left out; one word may be written in two ways."""
    return re.findall(r"[a-z0-9']+", text(hear(engine, pcm(sound))).lower().replace("20th", "twentieth"))


def changed(engine: MoonshineEngine, name: str, *places: Callable[[Sounds], int]) -> list[bool]:
    """For each place, at three loudnesses: whether the start cue there changes a word of this recording."""
    room, speech = np.random.default_rng(0).normal(0, 3e-4, ROOM), wave(clip(name))
    sound = np.concatenate([room, speech])
    expected = words_of(engine, sound)
    assert expected
    tones = [heard_at(start_cue, loudness) for loudness in (-50, -40, -30)]
    return [words_of(engine, mixed(sound, tone, place(speech))) != expected for tone in tones for place in places]


@pytest.mark.parametrize("name", SHORT)
def test_no_word_changes_when_the_start_cue_sounds_before_it(engine: MoonshineEngine, name: str) -> None:
    assert not any(changed(engine, name, lambda _: 1600, lambda _: 5000))


def test_a_start_cue_over_the_words_hardly_ever_changes_one(engine: MoonshineEngine) -> None:
    beginning, over = (
        (lambda _: ROOM - 960, lambda _: ROOM),
        (lambda s: ROOM + len(s) // 3, lambda s: ROOM + len(s) // 2),
    )
    takes = [take for name in SHORT for take in changed(engine, name, *beginning, *over)]
    assert sum(takes) <= len(takes) / 20


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Sound]]:
    """Sits down at a new desktop without the parts named."""
    with ExitStack() as leaving:

        def sit_down(*absent: str) -> Sound:
            desktop = leaving.enter_context(Sound(absent=("tray", "toasts", *absent)))
            for name, value in desktop.env.items():
                monkeypatch.setenv(name, value)
            return desktop

        yield sit_down


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


def test_both_cues_come_out_of_the_loudspeakers_and_not_into_the_microphone(at: Callable[..., Sound]) -> None:
    loudspeakers = Loudspeakers(at())
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


def test_without_a_player_portaudio_plays(at: Callable[..., Sound]) -> None:
    loudspeakers = Loudspeakers(at())
    Cues(lambda _name: None).play_start()
    wait_for(lambda: pitches(loudspeakers.played()) == [LOW, HIGH], 20, "the start cue")


def test_where_the_loudspeakers_themselves_are_recorded_no_cue_sounds(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at()
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
