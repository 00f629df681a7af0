"""Which figures there are, in what unit, and what each of them should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tray.bench.noises import KINDS, MUSIC, ROOM

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
    desktop: bool = False
    """Only a virtual desktop can show them."""


def _percent(value: float) -> str:
    return f"{value:.1f} %"


def _fine_percent(value: float) -> str:
    return f"{value:.2f} %"


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


_NO_PEER = "not installed"
_NO_MUSIC = "none here"


def _wait(key: str, title: str, half: float, most: float) -> tuple[Figure, Figure]:
    """A wait that half of the takes do not exceed, and one that nineteen of twenty do not."""
    return (
        Figure(f"{key}.p50", f"{title}, half", _milliseconds, half),
        Figure(f"{key}.p95", f"{title}, 19 of 20", _milliseconds, most),
    )


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
        "Words invented from real surroundings",
        (
            Figure("invented_words", "ten minutes of rooms and music", _count, 0),
            Figure(f"invented_words.{ROOM}", "  rooms", _count),
            Figure(f"invented_words.{MUSIC}", "  music without singing", _count, absent=_NO_MUSIC),
        ),
    ),
    Group(
        "From speech to text",
        (
            *_wait("latency.endpoint_to_text_ms", "endpoint to clipboard", 60, 250),
            Figure("latency.speech_to_text_ms.p50", "end of speech to clipboard, half", _milliseconds, 650),
            *_wait("latency.release_to_text_ms", "key up to clipboard", 120, 300),
            *_wait("latency.release_close_to_text_ms", "key up with the last word", 250, 450),
            *_wait("latency.release_to_editor_ms", "key up to the editor", 170, 350),
            Figure("latency.toggle_to_listening_ms.p50", "key down to listening, half", _milliseconds, 100),
            Figure("lost_words", "words lost around the key", _count, 0),
        ),
        desktop=True,
    ),
    Group(
        "What it costs",
        (
            Figure("cpu.listening_percent", "processor, listening to a quiet room", _fine_percent, 2),
            Figure("cpu.idle_percent", "processor, microphone closed", _fine_percent, 0.2),
            Figure("cpu.ready_percent", "processor, microphone kept open", _fine_percent, 2),
            Figure("memory.idle_pss_mb", "memory, icon and hotkey ready", _megabytes, 45),
            Figure("memory.work_pss_mb", "memory of both processes, dictating", _megabytes, 270),
            Figure("start.ready_ms", "start to icon and hotkey", _milliseconds, 500),
            Figure("start.ear_ms", "start of the ear to first decode", _milliseconds, 800),
            Figure("size.site_packages_mb", "packages on disk", _megabytes, 280),
        ),
        desktop=True,
    ),
)
FIGURES = tuple(figure for group in GROUPS for figure in group.figures)
