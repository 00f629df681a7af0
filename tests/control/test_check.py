"""Does the microphone hear me? What a person is told after speaking, or not speaking, for some seconds."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.audio.test_gate import MODEL
from tests.audio.test_level import made, room, voice
from tray.audio.gate import SileroGate, load_network
from tray.audio.level import Meter
from tray.audio.resample import Resampler
from tray.control.check import check
from tray.core.failures import MicrophoneError
from tray.core.speech import RATE


class Played:
    """A microphone that hears a sound at once, and then perhaps nothing more."""

    endless = True

    def __init__(self, sound: NDArray[np.float64], *, dies: bool = True) -> None:
        self._pcm = np.clip(np.rint(sound * 32768), -32768, 32767).astype("<i2").tobytes()
        self._dies = dies
        self.closed = False

    def open(self, deliver: Callable[[bytes, int], None]) -> None:
        threading.Thread(target=self._play, args=(deliver,)).start()

    def close(self) -> None:
        self.closed = True

    def _play(self, deliver: Callable[[bytes, int], None]) -> None:
        for at in range(0, len(self._pcm), 1024):
            deliver(self._pcm[at : at + 1024], RATE)
        if self._dies:
            deliver(b"", RATE)


def listen(source: Played, seconds: float = 5) -> int:
    """The exit code of a check with the real gate."""
    return check(lambda: source, Meter(SileroGate(load_network(MODEL)), Resampler), seconds=seconds)


@pytest.mark.parametrize(
    ("sound", "code", "told"),
    [
        (voice("jfk", 0), 0, "I hear you, at -13 dBFS"),
        (voice("quilter", -20), 0, "I hear you, at -43 dBFS"),
        (voice("mfa_cold", 0), 0, "I hear you, at -29 dBFS"),
        (voice("quilter", -40), 1, "I hear you, but faintly (-63 dBFS). Turn the microphone up"),
        (voice("jfk", 20), 1, "I hear you, but too loud: 27 % of the sound is cut off. Turn the microphone down"),
        (voice("sb12", 0) + made("amplifier")[: len(voice("sb12", 0))], 1, "a hiss"),
        (np.zeros(5 * RATE), 1, "Only silence comes. Speak while this runs, and look whether it is muted"),
        (voice("mfa_cold", -40), 1, "something very faint (-70 dBFS). If you spoke, turn the microphone up"),
        (room(3, 0), 1, "I hear no voice: the background is loud (-25 dBFS), a hum or rumble"),
        (made("amplifier"), 1, "I hear no voice: the background is loud (-36 dBFS), a hiss"),
        (made("whistle"), 1, "I hear no voice: the background is loud (-37 dBFS). Switch off"),
        (room(3, 20), 1, "It is too loud: 11 % of the sound is cut off"),
        (room(3, -20), 1, "I hear the room (-44 dBFS), but no voice. Speak while this runs"),
    ],
    ids=[
        "a voice",
        "a quiet voice",
        "a voice with a cold",
        "a voice from afar",
        "an overdriven voice",
        "a voice in a hiss",
        "muted",
        "too faint",
        "a loud room",
        "a hissing amplifier",
        "a whistle",
        "an overdriven room",
        "nobody",
    ],
)
def test_a_person_is_told_whether_the_microphone_hears_and_what_is_wrong(
    sound: NDArray[np.float64], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = Played(sound)
    assert listen(source) == code
    assert told in capsys.readouterr().out
    assert source.closed


def test_without_a_terminal_it_says_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    listen(Played(voice("jfk", 0)))
    first, second, third = capsys.readouterr().out.splitlines()
    assert "Say something; I listen for 5 s" in first
    assert second == "Mean -16 dBFS, peak -2 dBFS, background -42 dBFS"
    assert "I hear you" in third


class Terminal(io.StringIO):
    """A screen that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_moves_with_the_voice_and_says_when_it_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    listen(Played(np.concatenate([np.zeros(RATE), voice("sb12", 0)])), seconds=4)
    lines = screen.getvalue().split("\n")
    assert len(lines) == 3
    moves = lines[1].split("\r\033[K")
    bars = [move.count("#") for move in moves]
    assert max(bars) > 15
    assert min(bars[1:30]) == 0
    assert not any("I hear you" in move for move in moves[:30])
    assert "I hear you" in moves[-2]


def test_it_ends_when_the_time_is_over_although_sound_goes_on() -> None:
    source = Played(np.tile(voice("jfk", 0), 3), dies=False)
    assert listen(source, seconds=2) == 0
    assert source.closed


@pytest.mark.parametrize(("dies", "told"), [(True, "stopped before any sound"), (False, "delivers no sound")])
def test_a_microphone_without_any_sample_is_none(*, dies: bool, told: str) -> None:
    source = Played(np.zeros(0), dies=dies)
    with pytest.raises(MicrophoneError, match=told) as caught:
        listen(source, seconds=0.1)
    assert caught.value.exit_code == 5
    assert caught.value.remedy
    assert source.closed


def test_no_sound_is_kept_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMPDIR", "HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    listen(Played(voice("jfk", 0)))
    assert list(tmp_path.iterdir()) == []
