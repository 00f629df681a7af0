"""What `scribelet bench --faults` prints."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from tray import __version__
from tray.bench.faults.rows import ROWS, Row
from tray.bench.faults.trial import NotMeasuredError, Outcome, Tools, Trial
from tray.core.failures import ScribeletError

Value = float | int | str | None


@dataclass(slots=True)
class Tally:
    """What the tries of one row came to."""

    row: Row
    tried: int = 0
    good: int = 0
    figures: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    complaints: list[str] = field(default_factory=list[str])
    reason: str = ""
    """Why it was not measured."""

    def add(self, outcome: Outcome) -> None:
        """One more try."""
        self.tried += 1
        kept = all(one.keeps(outcome.figures[one.key]) for one in self.row.figures if one.key in outcome.figures)
        self.good += kept and not outcome.complaints
        self.complaints += (f"try {self.tried}: {one}" for one in outcome.complaints)
        for key, value in outcome.figures.items():
            self.figures.setdefault(key, []).append(value)

    def values(self) -> Mapping[str, Value]:
        """Key → value, always the same keys; None where something was not measured."""
        counts = {"tried": self.tried or None, "good": self.good if self.tried else None}
        folded = {one.key: self._folded(one.key) for one in self.row.figures}
        return {f"{self.row.key}.{key}": value for key, value in {**counts, **folded}.items()}

    def line(self) -> str:
        """The row for people."""
        if not self.tried:
            return f"{self.row.title:38}not measured: {self.reason}"
        known = ((one, self._folded(one.key)) for one in self.row.figures)
        figures = [one.shown.format(value) for one, value in known if value is not None]
        missed = "" if self.good == self.tried else "  MISSED"
        return f"{self.row.title:38}{', '.join((f'{self.good} of {self.tried} {self.row.shows}', *figures))}{missed}"

    def _folded(self, key: str) -> float | None:
        found = self.figures.get(key)
        figure = next(one for one in self.row.figures if one.key == key)
        return round(figure.fold(found), 4) if found else None


def run(tools: Tools, times: int, seed: int, form: Literal["text", "json"], rows: Sequence[Row] = ROWS) -> int:
    """Break the program `times` times in each way and print what was left; 1 if anything was not as it must be.

    The JSON report is one flat object whose keys are always the same; null is not measured.
    """
    if form == "text":
        print(f"Scribelet {__version__}, {tools.engine_name}; each fault {times} times, seed {seed}", flush=True)
    tallies: list[Tally] = []
    for row in rows:
        tallies.append(_tally(row, Trial(tools, times, seed, _tell)))
        _tell("")
        if form == "text":
            print(*(tallies[-1].line(), *(f"    {one}" for one in tallies[-1].complaints)), sep="\n", flush=True)
    if form == "json":
        about = {"about.scribelet": __version__, "about.times": times, "about.seed": seed}
        print(json.dumps(about | {key: value for one in tallies for key, value in one.values().items()}, indent=2))
    return 1 if any(one.good < one.tried for one in tallies) else 0


def _tally(row: Row, trial: Trial) -> Tally:
    tally = Tally(row)
    try:
        for outcome in row.measure(trial, Random(f"{trial.seed} {row.key}")):
            tally.add(outcome)
    except NotMeasuredError as error:
        tally.reason = str(error)
    except (
        ScribeletError,
        OSError,
        subprocess.SubprocessError,
    ) as error:  # the other rows have their turn all the same
        tally.add(Outcome((str(error),)))
    return tally


def _tell(what: str) -> None:
    """Overwrites one line for whoever is waiting; nothing where nobody watches."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{what}", end="", file=sys.stderr, flush=True)
