"""Runs parsers on wrong inputs, in processes that may crash, hang or run out of memory, and says which input did it."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from time import monotonic
from typing import Any

from tests.fuzz.worker import NOT_BEGUN, Job, Limits, Target, Trouble, work

_BATCH = 20_000
"""Inputs of one process, so that what is left over from one input cannot pile up for ever."""
_START = 60.0
"""Seconds a process may take to begin."""
_CRASHES = 50
"""Dead processes of one target after which it is given up."""
_RAM = Path("/dev/shm")
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Finding:
    """A trouble with the first input that showed it."""

    target: str
    number: int
    trouble: Trouble
    times: int = 1

    def told(self, seed: int) -> str:
        """What happened, and the command that brings it back."""
        command = f"python -m tests.fuzz --seed {seed} --target {self.target!r} --from {self.number} --count 1"
        many = f" ({self.times} times)" if self.times > 1 else ""
        what = f"{self.target}, input {self.number}: {self.trouble.kind} {self.trouble.where}{many}"
        return f"{what}\n  {command}\n{self.trouble.text}"


@dataclass(slots=True)
class Result:
    """What came of the inputs of one target."""

    target: Target
    runs: int = 0
    seconds: float = 0.0
    """Spent in inputs, summed over processes."""
    crashes: int = 0
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict[tuple[str, str], Finding])
    """By kind and place."""

    def note(self, number: int, trouble: Trouble) -> None:
        """Count a trouble; the input with the lowest number stands for all of its kind and place."""
        key = (trouble.kind, trouble.where)
        known = self.findings.get(key, Finding(self.target.name, number, trouble, 0))
        first = known if known.number <= number else Finding(self.target.name, number, trouble)
        self.findings[key] = replace(first, times=known.times + 1)


def shares(targets: Sequence[Target], count: int) -> list[int]:
    """How many of `count` inputs each target gets, by weight; together exactly `count`."""
    whole = sum(target.weight for target in targets)
    ends = [0]
    for target in targets:
        ends.append(ends[-1] + target.weight)
    marks = [count * end // whole for end in ends]
    return [end - start for start, end in pairwise(marks)]


@dataclass(frozen=True, slots=True)
class Order:
    """Which inputs are wanted."""

    seed: int
    count: int
    first: int = 0
    """Number of the first input of each target."""
    processes: int = 2
    limits: Limits = field(default_factory=Limits)


def run(targets: Sequence[Target], order: Order) -> list[Result]:
    """Try `order.count` inputs altogether; one result for each target."""
    results = [Result(target) for target in targets]
    jobs = list(_jobs(results, order))
    running: list[_Running] = []
    try:
        while jobs or running:
            while jobs and len(running) < order.processes:
                running.append(_Running(*jobs.pop(0)))
            wait([one.process.sentinel for one in running], timeout=0.1)
            for one in [one for one in running if one.over()]:
                running.remove(one)
                if rest := one.rest():
                    jobs.insert(0, (rest, one.result))
    finally:
        for one in running:
            one.end()
    return results


def _jobs(results: Sequence[Result], order: Order) -> Iterator[tuple[Job, Result]]:
    for result, share in zip(results, shares([one.target for one in results], order.count), strict=True):
        for start in range(order.first, order.first + share, _BATCH):
            end = min(start + _BATCH, order.first + share)
            yield Job(result.target, order.seed, start, end, order.limits), result


class _Running:
    """A process at work."""

    def __init__(self, job: Job, result: Result) -> None:
        self.result = result
        self._job = job
        self._folder = tempfile.TemporaryDirectory(prefix="fuzz-", dir=_RAM if _RAM.is_dir() else None)
        self._log = Path(self._folder.name) / "log"
        self._trace = Path(self._folder.name) / "trace"
        # without a lock: the process that holds it may be killed at any time
        self._number: Any = _SPAWN.RawValue("q", NOT_BEGUN)
        self.process: SpawnProcess = _SPAWN.Process(target=work, args=(job, self._folder.name, self._number))
        self.process.start()
        self._starved = 0.0
        self._hung = False
        self._seen, self._since = NOT_BEGUN, self._now()

    def over(self) -> bool:
        """Whether it has ended; then what it found is in the result. One that hangs is killed."""
        if self.process.is_alive():
            self._watch()
            return False
        self.process.join()
        self._collect()
        self._folder.cleanup()
        return True

    def end(self) -> None:
        """Whoever waited for it has been interrupted."""
        self.process.kill()
        self.process.join()
        self._folder.cleanup()

    def rest(self) -> Job | None:
        """What a process that died has left undone."""
        number = self._number.value
        after = self._job.first if number == NOT_BEGUN else number + 1
        return replace(self._job, first=after) if after < self._job.end and self.result.crashes < _CRASHES else None

    def _watch(self) -> None:
        number = self._number.value
        if number != self._seen:
            self._seen, self._since = number, self._now()
        if self._late():
            self.process.kill() if number == NOT_BEGUN else self._abort()

    def _late(self) -> bool:
        patience = _START if self._seen == NOT_BEGUN else self._job.limits.seconds
        return self._now() - self._since > patience

    def _now(self) -> float:
        """Seconds on a clock that stands still while the process is ready but other programs have the processor."""
        status = Path(f"/proc/{self.process.pid}/schedstat")
        with suppress(OSError, IndexError):  # it has ended, or the system does not say
            self._starved = int(status.read_text().split()[1]) / 1e9
        return monotonic() - self._starved

    def _abort(self) -> None:
        self._hung = True
        # the process writes down where it hangs, unless it cannot even do that
        os.kill(self.process.pid or 0, signal.SIGABRT)
        self.process.join(2)
        self.process.kill()

    def _collect(self) -> None:
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        for line in lines:
            entry = json.loads(line)
            if "seconds" in entry:
                self.result.seconds += entry["seconds"]
            else:
                self.result.note(entry["number"], Trouble(entry["kind"], entry["where"], entry["text"]))
        number = self._number.value
        self.result.runs += min(number + 1, self._job.end) - self._job.first if number != NOT_BEGUN else 0
        if self.process.exitcode:
            self._bury(number)

    def _bury(self, number: int) -> None:
        self.result.crashes += 1
        trace = self._trace.read_text(errors="replace") if self._trace.exists() else ""
        code = self.process.exitcode or 0
        end = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit with {code}"
        kind = "hang" if self._hung else end
        self.result.note(max(number, self._job.first), Trouble(kind, _place(trace), trace[-2000:]))


def _place(trace: str) -> str:
    places = [line.strip() for line in trace.splitlines() if "/tray/" in line]
    return places[0].rpartition("/tray/")[2] if places else ""
