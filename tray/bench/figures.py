"""Which figures there are, in what unit, and what each of them should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tray.bench.noises import KINDS

Value = float | int | str | None
"""None is not measured."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report."""

    key: str
    """Its name in the JSON report."""
    title: str
    shown: Callable[[float], str]
    """As people read it, with its unit."""
    most: float | None = None
    """Its target: no more than this."""
    absent: str = "not measured"
    """What stands there instead of a figure."""


@dataclass(frozen=True, slots=True)
class Group:
    """Figures under one heading."""

    title: str
    figures: tuple[Figure, ...]


def _percent(value: float) -> str:
    return f"{value:.1f} %"


def _cost(value: float) -> str:
    return f"{value:.4f} s"


def _times(value: float) -> str:
    return f"{value:.2f} times"


def _count(value: float) -> str:
    return f"{value:.0f}"


def _milliseconds(value: float) -> str:
    return f"{value:.0f} ms"


def _megabytes(value: float) -> str:
    return f"{value:.0f} MB"


_NO_DESKTOP = "no X11 desktop here"
_NO_PEER = "not installed"

# A new figure is a line here and a function among the MEASUREMENTS that returns its key.
GROUPS = (
    Group(
        "Wrong words",
        (
            Figure("wer.files", "files", _percent, 5.8),
            Figure("wer.live_alone", "dictated, each clip alone", _percent, 6.0),
            Figure("wer.live_joined", "dictated, one speaker's clips in a row", _percent, 6.0),
            Figure("wer.live_hesitating", "dictated, every pause lengthened to 0.6–1.35 s", _percent),
            Figure("wer.peer", "faster-whisper tiny.en", _percent, absent=_NO_PEER),
        ),
    ),
    Group(
        "Borders of segments inside a sentence",
        (
            Figure("seams.counted", "how many", _count),
            Figure("seams.false", "with a false end of the sentence", _count),
            Figure("seams.false_percent", "share of these", _percent, 15),
        ),
    ),
    Group(
        "Processor time for a second of sound",
        (
            Figure("cpu.files", "files", _cost),
            Figure("cpu.peer", "faster-whisper tiny.en, one thread", _cost, absent=_NO_PEER),
            Figure("cpu.files_to_peer", "files, compared with it", _times, 0.40, absent=_NO_PEER),
            Figure("cpu.live", "dictated", _cost, 0.05),
        ),
    ),
    Group(
        "Words invented from noise",
        (
            Figure("invented.alone.all", "ten minutes of noise", _count, 0),
            *(Figure(f"invented.alone.{kind}", f"  {kind.replace('_', ', ')}", _count) for kind in KINDS),
            Figure("invented.between.all", "noise between sentences", _count, 0),
            *(Figure(f"invented.between.{kind}", f"  {kind.replace('_', ', ')}", _count) for kind in KINDS),
        ),
    ),
    Group(
        "On this desktop",
        (
            Figure("start.ready_ms", "start to icon and hotkey", _milliseconds, 600, absent=_NO_DESKTOP),
            Figure("memory.idle_pss_mb", "memory, icon and hotkey ready", _megabytes, 45, absent=_NO_DESKTOP),
            Figure(
                "memory.work_pss_mb", "memory of both processes while dictating", _megabytes, 280, absent=_NO_DESKTOP
            ),
        ),
    ),
)
FIGURES = tuple(figure for group in GROUPS for figure in group.figures)
