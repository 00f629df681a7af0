"""A look at the microphone: a level that moves while somebody speaks, then what is the matter with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Protocol

import click

from tray.core.failures import MicrophoneError
from tray.ports import SoundSource

HEARD_S = 0.4
"""Seconds of speech from which somebody counts as heard: rooms in which nobody speaks had up to 0.3 in five."""
DEAD = -75.0
"""dBFS that a microphone which is not muted reaches at least once, by its own noise."""
FAINT_VOICE, FAINT = -50.0, -60.0
"""dBFS below which a voice, and any sound at all, is faint: of six voices in tests/speech the gate missed most of two
below the first."""
CLIPPED = 0.005
"""Share of samples cut off from which words suffer; speech that is recorded well has none."""
LOUD_ROOM = -40.0
"""dBFS of a background that hides a voice of ordinary loudness."""
MARGIN = 10.0
"""Decibels that a voice should be above the background."""
PATIENCE = 3.0
"""Seconds that a microphone may take beyond the time asked for."""
_WIDTH = 30
_NAMES = {"hum": "a hum or rumble, as of mains, fans or traffic", "hiss": "a hiss, as of a gain set too high"}


class Level(Protocol):
    """What some seconds of sound were like; loudness in dBFS."""

    @property
    def rms(self) -> float:
        """Loudness of all of it."""
        ...

    @property
    def peak(self) -> float:
        """Its loudest sample."""
        ...

    @property
    def clipped(self) -> float:
        """Share of the samples that were cut off, 0–1."""
        ...

    @property
    def floor(self) -> float:
        """Loudness of the background."""
        ...

    @property
    def voice(self) -> float:
        """Loudness of what is speech."""
        ...

    @property
    def speech_s(self) -> float:
        """Seconds that are speech."""
        ...

    @property
    def noise(self) -> str:
        """`hum`, `hiss` or empty."""
        ...


class Meter(Protocol):
    """Measures blocks of sound as they come."""

    def hear(self, block: bytes, rate: int) -> None:
        """Take the next block, 16-bit mono, of so many samples a second."""
        ...

    @property
    def seconds(self) -> float:
        """Length of what was heard."""
        ...

    @property
    def loudness(self) -> float:
        """dBFS of the newest sound."""
        ...

    @property
    def speech_s(self) -> float:
        """Seconds of speech so far."""
        ...

    def level(self) -> Level:
        """What all of it was like."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person should know."""

    good: bool
    says: str
    remedy: str = ""


def check(source: Callable[[], SoundSource], meter: Meter, *, seconds: float) -> int:
    """Listen for some seconds and say whether somebody is heard; nothing is played, and no sound is kept.

    0 where somebody is heard well, 1 where something is wrong. Raises MicrophoneError.
    """
    line = _Line(live=sys.stdout.isatty())
    blocks: SimpleQueue[tuple[bytes, int]] = SimpleQueue()
    line.begin(seconds)
    microphone = source()
    microphone.open(lambda block, rate: blocks.put((block, rate)))
    with closing(microphone):
        _listen(blocks, meter, line, seconds)
    line.end(meter)
    verdict = judge(meter.level())
    click.echo(f"{verdict.says}. {verdict.remedy}".rstrip())
    return 0 if verdict.good else 1


def judge(level: Level) -> Verdict:
    """What is the matter with sound of this level; the first of all that is wrong."""
    heard = level.speech_s >= HEARD_S
    if level.peak < DEAD:
        remedy = "Speak while this runs, and look whether it is muted, by a switch on it or in the sound settings"
        return Verdict(False, "Only silence comes", remedy)
    if level.clipped >= CLIPPED:
        says = "I hear you, but too loud" if heard else "It is too loud"
        told = f"{says}: {100 * level.clipped:.0f} % of the sound is cut off"
        return Verdict(False, told, "Turn the microphone down in the sound settings, or move away from it")
    if not heard:
        return _unheard(level)
    if level.voice - level.floor < MARGIN:
        return Verdict(False, f"I hear you, but {_background(level)}", "Move closer to the microphone")
    if level.voice < FAINT_VOICE:
        told = f"I hear you, but faintly ({level.voice:.0f} dBFS)"
        return Verdict(False, told, "Turn the microphone up in the sound settings, or move closer")
    return Verdict(True, f"I hear you, at {level.voice:.0f} dBFS over a background of {level.floor:.0f}")


def _unheard(level: Level) -> Verdict:
    if level.floor > LOUD_ROOM:
        return Verdict(False, f"I hear no voice: {_background(level)}", "Switch off what makes it, or move closer")
    if level.rms < FAINT:
        told = f"I hear no voice, only something very faint ({level.rms:.0f} dBFS)"
        return Verdict(False, told, "If you spoke, turn the microphone up in the sound settings")
    remedy = "Speak while this runs; if you did, it may be another microphone: scribelet devices"
    return Verdict(False, f"I hear the room ({level.rms:.0f} dBFS), but no voice", remedy)


def _background(level: Level) -> str:
    what = f"the background is loud ({level.floor:.0f} dBFS)"
    return f"{what}, {_NAMES[level.noise]}" if level.noise in _NAMES else what


def _listen(blocks: SimpleQueue[tuple[bytes, int]], meter: Meter, line: _Line, seconds: float) -> None:
    deadline = monotonic() + seconds + PATIENCE
    while meter.seconds < seconds:
        try:
            block, rate = blocks.get(timeout=max(0.0, deadline - monotonic()))
        except Empty as error:
            raise MicrophoneError("The microphone delivers no sound", "Unplug it and plug it in again") from error
        if not block and not meter.seconds:
            raise MicrophoneError("The microphone stopped before any sound came", "Unplug it and plug it in again")
        if not block:
            return  # what came until it ended can still be judged
        meter.hear(block, rate)
        line.show(meter)


class _Line:
    """One line that moves on a terminal; else one before, one in the middle, and the verdict as the third."""

    def __init__(self, *, live: bool) -> None:
        self._live = live

    def begin(self, seconds: float) -> None:
        click.echo(f"Say something; I listen for {seconds:g} s. Nothing is kept.")

    def show(self, meter: Meter) -> None:
        if self._live:
            click.echo(f"\r\033[K{_bar(meter)}", nl=False)

    def end(self, meter: Meter) -> None:
        if self._live:
            click.echo("\r\033[K", nl=False)
        else:
            level = meter.level()
            click.echo(f"Mean {level.rms:.0f} dBFS, peak {level.peak:.0f} dBFS, background {level.floor:.0f} dBFS")


def _bar(meter: Meter) -> str:
    full = max(0, min(_WIDTH, round(_WIDTH * (1 + meter.loudness / 70))))
    heard = "  I hear you" if meter.speech_s >= HEARD_S else ""
    return f"[{'#' * full}{' ' * (_WIDTH - full)}] {meter.loudness:4.0f} dBFS{heard}"
