"""Two short soft tones for those who do not look: it listens, and it has stopped."""

from __future__ import annotations

import logging
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import wave
from array import array
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray.ports import SoundSource

RATE = 48_000
"""Samples per second, as most sound cards play them."""
LOW, HIGH = 2200.0, 3300.0
"""Hertz. No voice has its pitch up there: mixed into the rooms of tests/noise at -60 to -20 dBFS these two leave the
gate as shut as it was, while tones of 440 to 1000 Hz open it. Words they change as seldom as a burst of noise does."""
NOTE_S = 0.06
"""Seconds of each of the two notes; both fade over their whole length, so that nothing clicks."""
LOUDNESS = -30.0
"""dBFS, the mean over a cue."""
LIMIT = 3.0
"""Seconds after which a player that hangs is killed."""

_SOURCE = re.compile(r"^\s*Source: (\d+)$", re.MULTILINE)
LOG = logging.getLogger(__name__)
_BY_PORTAUDIO = """
import sys, wave
from pyaudio import PyAudio, paInt16
with wave.open(sys.argv[1]) as cue:
    sound = PyAudio()
    stream = sound.open(cue.getframerate(), cue.getnchannels(), paInt16, output=True)
    stream.write(cue.readframes(cue.getnframes()))
    stream.stop_stream()
    sound.terminate()
"""

Find = Callable[[str], str | None]
"""Where a program of this name is, as `shutil.which` tells."""


class Cues:
    """Plays one cue at a time, in the background; whatever is missing or hangs, nothing is heard and nobody waits."""

    def __init__(self, find: Find = shutil.which) -> None:
        self._find = find
        self._playing = threading.Lock()

    def play_start(self) -> None:
        """A rising tone. To be called once real samples flow. Returns at once."""
        self._begin(start_cue)

    def play_stop(self) -> None:
        """A falling tone. To be called once the microphone is closed. Returns at once."""
        self._begin(stop_cue)

    def _begin(self, tone: Callable[[], bytes]) -> None:
        threading.Thread(target=self._play, args=(tone,), name="cue", daemon=True).start()

    def _play(self, tone: Callable[[], bytes]) -> None:
        # a cue that had to wait for another one would tell of something that is over
        if not self._playing.acquire(blocking=False):
            return
        try:
            if not _hears_itself(self._find):
                _run(_player(self._find), tone())
        except Exception as error:  # noqa: BLE001 the thread's one catch-all: a cue is a courtesy, the icon says the same
            LOG.info("no cue: %s", type(error).__name__)
        finally:
            self._playing.release()


class CuedSource:
    """A source of sound with a cue behind its first sample, and one when it is closed."""

    def __init__(self, source: SoundSource, cues: Cues) -> None:
        self._source, self._cues = source, cues
        self._flows = False
        self.endless = source.endless

    def open(self, deliver: Callable[[bytes, int], None]) -> None:
        """Start delivering what the source delivers. Raises MicrophoneError."""
        self._flows = False

        def pass_on(block: bytes, rate: int) -> None:
            deliver(block, rate)
            if block and not self._flows:
                self._flows = True
                self._cues.play_start()

        self._source.open(pass_on)

    def close(self) -> None:
        """Close the source, then tell; nothing is told of one that never delivered. Idempotent."""
        self._source.close()
        flowed, self._flows = self._flows, False
        if flowed:
            self._cues.play_stop()


@cache
def start_cue() -> bytes:
    """The rising tone: 16-bit mono samples at `RATE`."""
    return _notes(LOW, HIGH)


@cache
def stop_cue() -> bytes:
    """The falling tone: 16-bit mono samples at `RATE`."""
    return _notes(HIGH, LOW)


def _notes(*pitches: float) -> bytes:
    count = round(NOTE_S * RATE)
    # the mean power of a tone that swells and fades like this is 3/16 of its square
    peak = 32767 * 10 ** (LOUDNESS / 20) / math.sqrt(3 / 16)
    swell = [math.sin(math.pi * (at + 0.5) / count) ** 2 for at in range(count)]
    tones = (peak * swell[at] * math.sin(2 * math.pi * pitch * at / RATE) for pitch in pitches for at in range(count))
    samples = array("h", map(round, tones))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def _player(find: Find) -> Sequence[str]:
    """What plays a WAV file; its path comes behind."""
    if paplay := find("paplay"):
        return (paplay, "--client-name=Scribelet", "--property=media.role=event", "--latency-msec=40")
    if pw_play := find("pw-play"):
        return (pw_play, "--media-role=Notification")
    # PortAudio can hang with the sound server, and this process needs its own for the microphone
    return (sys.executable, "-P", "-c", _BY_PORTAUDIO)


def _run(player: Sequence[str], tone: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="scribelet-cue-") as folder:
        path = os.path.join(folder, "cue.wav")  # noqa: PTH118 it only goes into a command
        with wave.open(path, "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(tone)
        _silently([*player, path])


def _hears_itself(find: Find) -> bool:
    """Whether this process records what the loudspeakers play, as where a monitor stands in for a microphone."""
    pactl = find("pactl")
    if not pactl:
        return False
    monitor = _silently([pactl, "get-default-sink"]).strip() + ".monitor"
    rows = (line.split("\t") for line in _silently([pactl, "list", "short", "sources"]).splitlines())
    number = next((row[0] for row in rows if monitor in row), None)
    recordings = _silently([pactl, "list", "source-outputs"]).split("Source Output #")
    ours = (one for one in recordings if f'application.process.id = "{os.getpid()}"' in one)
    return any((found := _SOURCE.search(one)) and found[1] == number for one in ours)


def _silently(command: Sequence[str]) -> str:
    """What a program prints, in English; nothing if it fails. Raises OSError, or SubprocessError after `LIMIT`."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=LIMIT,
        check=False,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "LC_ALL": "C"},
    )
    return done.stdout if done.returncode == 0 else ""
