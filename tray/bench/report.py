"""What `scribelet bench` prints."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from tray import __version__
from tray.bench.extent import FAST, FULL, SEED
from tray.bench.figures import FIGURES, GROUPS, Figure, Value
from tray.bench.measure import MEASUREMENTS, Tools, Trial, Values
from tray.bench.scoring import Scorer
from tray.bench.speech_set import Clip, read_speech
from tray.bench.virtual import refuse_real_desktop
from tray.core.speech import RATE

Place = Literal["here", "desktop"]
Pace = Literal["full", "fast"]


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of the bench."""

    as_json: bool = False
    speech: Path | None = None
    """A folder with speech; None is `default_speech`."""
    place: Place = "here"
    """Recognition in this process, or the real program on a virtual desktop."""
    pace: Pace = "full"
    """Everything, or a fixed part of it in at most a minute."""


def run(tools: Tools, order: Order) -> int:
    """Measure, print the report; returns the exit code 0.

    The JSON report is one flat object whose keys are always the same; null is not measured. Raises ScribeletError.
    """
    extent = FAST if order.pace == "fast" else FULL
    measurements = _measurements(order.place)
    clips = read_speech(order.speech or tools.default_speech)
    # on a desktop the number of takes is what costs time
    chosen = extent.of(clips) if order.place == "here" else clips
    trial = Trial(tools, chosen, Scorer(), extent, _tell)
    values = _about(tools, trial.clips)
    try:
        for measurement in measurements:
            values |= measurement(trial)
    finally:
        _tell("")  # whatever is printed next begins on an empty line
    print(_as_json(values) if order.as_json else "\n".join(_as_table(values, order.place)))
    return 0


def _measurements(place: Place) -> Sequence[Callable[[Trial], Values]]:
    """Raises UsageError where there is no virtual desktop."""
    if place == "here":
        return MEASUREMENTS
    refuse_real_desktop()
    from tray.bench.desktop import measure_desktop  # needs X11

    return (measure_desktop,)


def _tell(what: str) -> None:
    """Overwrites one line for whoever is waiting; nothing where nobody watches."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{what}", end="", file=sys.stderr, flush=True)


def _about(tools: Tools, clips: tuple[Clip, ...]) -> dict[str, Value]:
    return {
        "about.scribelet": __version__,
        "about.engine": tools.engine_name,
        "about.processor": _processor(),
        "about.cores": os.cpu_count(),
        "about.python": platform.python_version(),
        "about.onnxruntime": version("onnxruntime"),
        "about.numpy": version("numpy"),
        "about.peer": None,
        "about.seed": SEED,
        "about.clips": len(clips),
        "about.open_takes": None,
        "about.held_takes": None,
        "about.sudden_takes": None,
        "about.seconds": round(sum(clip.samples for clip in clips) / RATE, 2),
    }


def _processor() -> str:
    try:
        facts = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:  # only Linux has it
        facts = ""
    name = re.search(r"^model name\s*:\s*(.+)$", facts, re.MULTILINE)
    return name.group(1) if name else platform.processor() or platform.machine()


def _as_json(values: Mapping[str, Value]) -> str:
    every = {**values, **{figure.key: _rounded(values.get(figure.key)) for figure in FIGURES}}
    return json.dumps(every, indent=2, ensure_ascii=False)


def _rounded(value: Value) -> Value:
    return round(value, 5) if isinstance(value, float) else value


def _as_table(values: Mapping[str, Value], place: Place) -> Iterator[str]:
    about = {key.removeprefix("about."): value for key, value in values.items() if key.startswith("about.")}
    yield "Scribelet {scribelet}, {engine}; {processor}, {cores} cores".format_map(about)
    yield "Python {python}, onnxruntime {onnxruntime}, numpy {numpy}; {clips} clips, {seconds} s".format_map(about)
    if place == "desktop":
        yield "Takes with seed {seed}: {open_takes} open, {held_takes} held, {sudden_takes} sudden".format_map(about)
    for group in (one for one in GROUPS if one.desktop == (place == "desktop")):
        yield f"\n{group.title:44}{'here':>14}{'target':>14}"
        yield from (_line(figure, values.get(figure.key)) for figure in group.figures)


def _line(figure: Figure, value: Value) -> str:
    here = figure.shown(value) if isinstance(value, int | float) else figure.absent
    target = "" if figure.most is None else f"≤ {figure.shown(figure.most)}" if figure.most else figure.shown(0)
    missed = figure.most is not None and isinstance(value, int | float) and value > figure.most
    return f"  {figure.title:42}{here:>14}{target:>14}{'  missed' if missed else ''}".rstrip()
