"""What `scribelet bench` prints."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from tray import __version__
from tray.bench.figures import FIGURES, GROUPS, Figure, Value
from tray.bench.measure import MEASUREMENTS, Tools, Trial
from tray.bench.scoring import Scorer
from tray.bench.speech_set import Clip, read_speech
from tray.core.speech import RATE


def run(tools: Tools, *, as_json: bool, speech: Path | None) -> int:
    """Measure with the speech in a folder (None = `default_speech`), print the report; returns the exit code 0.

    The JSON report is one flat object whose keys are always the same; null is not measured. Raises ScribeletError.
    """
    trial = Trial(tools, read_speech(speech or tools.default_speech), Scorer(), _tell)
    values = _about(tools, trial.clips)
    try:
        for measurement in MEASUREMENTS:
            values |= measurement(trial)
    finally:
        _tell("")  # whatever is printed next begins on an empty line
    print(_as_json(values) if as_json else "\n".join(_as_table(values)))
    return 0


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
        "about.clips": len(clips),
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


def _as_table(values: Mapping[str, Value]) -> Iterator[str]:
    about = {key.removeprefix("about."): value for key, value in values.items() if key.startswith("about.")}
    yield "Scribelet {scribelet}, {engine}; {processor}, {cores} cores".format_map(about)
    yield "Python {python}, onnxruntime {onnxruntime}, numpy {numpy}; {clips} clips, {seconds} s".format_map(about)
    for group in GROUPS:
        yield f"\n{group.title:44}{'here':>14}{'target':>14}"
        yield from (_line(figure, values.get(figure.key)) for figure in group.figures)


def _line(figure: Figure, value: Value) -> str:
    here = figure.shown(value) if isinstance(value, int | float) else figure.absent
    target = "" if figure.most is None else f"≤ {figure.shown(figure.most)}" if figure.most else figure.shown(0)
    return f"  {figure.title:42}{here:>14}{target:>14}".rstrip()
