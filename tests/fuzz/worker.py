"""One process at work on inputs: what a target is, and what counts as trouble."""

from __future__ import annotations

import faulthandler
import json
import resource
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from types import TracebackType
from typing import Any

from tests.fuzz.mutate import Inputs

NOT_BEGUN = -1
Parse = Callable[[bytes], None]
_STEADY = 100
"""Inputs after which the limit of memory is counted anew."""
_SPENT = {"MemoryError", "_ArrayMemoryError", "SystemError", "leak"}
"""After these nothing that a process says can be relied on: another one goes on."""


@dataclass(frozen=True, slots=True)
class Target:
    """A parser that a stranger's bytes reach."""

    name: str
    seeds: Callable[[], Sequence[bytes]]
    """Inputs to begin with, most of them made by our own writers; the same at every call."""
    open: Callable[[Path], Parse]
    """The parser, given a private folder; it also raises AssertionError where what it gives breaks a promise."""
    promised: tuple[type[Exception], ...] = ()
    """What it may raise."""
    tokens: tuple[bytes, ...] = ()
    """Words of the format."""
    weight: int = 10
    """Its part of all inputs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one input may cost."""

    seconds: float = 5.0
    cpu: float = 1.0
    """Seconds of processor time."""
    megabytes: int = 200
    """Beyond what the process holds before the first input."""


@dataclass(frozen=True, slots=True)
class Job:
    """Some inputs of one target."""

    target: Target
    seed: int
    first: int
    end: int
    """One past the last number."""
    limits: Limits


@dataclass(frozen=True, slots=True)
class Trouble:
    """What no input may bring about."""

    kind: str
    """Name of the exception, or "slow", "hang", "killed by ..."."""
    where: str
    """The innermost place in our code."""
    text: str


def work(job: Job, folder: str, number: Any) -> None:
    """Try the inputs one after the other; `number` is the shared place that says which one it is at.

    What went wrong is in the file `log` of the folder, a line of JSON each; at the end the seconds it took.
    """
    place = Path(folder)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("error")
    strays = _Strays()
    with (place / "trace").open("w") as trace, (place / "log").open("w", buffering=1) as log:
        faulthandler.enable(trace)
        (place / "work").mkdir()
        seeds = job.target.seeds()
        parse = job.target.open(place / "work")
        for content in seeds[:1]:  # imports and caches are not the first input's fault
            with suppress(Exception):
                parse(content)
        inputs = Inputs(job.seed, job.target.name, seeds, job.target.tokens)
        begun, held, whole = perf_counter(), _held(), True
        for at in range(job.first, job.end):
            if (at - job.first) % _STEADY == 0:
                _limit_memory(job.limits.megabytes)
            number.value = at
            troubles = [one for one in (_tried(parse, inputs[at], job), *strays.taken()) if one]
            if _held() - held > job.limits.megabytes << 20:
                troubles.append(Trouble("leak", "", f"{_held() - held} bytes are kept after {at - job.first} inputs"))
            for one in troubles:
                log.write(json.dumps({"number": at, "kind": one.kind, "where": one.where, "text": one.text}) + "\n")
            whole = not _SPENT & {one.kind for one in troubles}
            if not whole:
                break
        log.write(json.dumps({"seconds": perf_counter() - begun}) + "\n")
    number.value = job.end if whole else number.value


def _tried(parse: Parse, content: bytes, job: Job) -> Trouble | None:
    begun = process_time()
    try:
        parse(content)
    except job.target.promised:
        pass
    except BaseException as error:  # noqa: BLE001 - whatever else comes out is what is looked for
        return _told(error)
    spent = process_time() - begun
    return Trouble("slow", "", f"{spent:.1f} s of processor time") if spent > job.limits.cpu else None


def _told(error: BaseException) -> Trouble:
    text = "".join(traceback.format_exception(error, limit=-12))[-3000:]
    return Trouble(type(error).__name__, _place(error.__traceback__), text)


def _place(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    ours = [frame for frame in frames if "/tray/" in frame.filename] or frames[-1:]
    return f"{ours[-1].filename.rpartition('/tray/')[2]}:{ours[-1].lineno}" if ours else ""


class _Strays:
    """Errors that reach nobody: those of other threads and of finalizers."""

    def __init__(self) -> None:
        self._found: list[Trouble] = []
        threading.excepthook = lambda args: self._note(args.exc_value)
        sys.unraisablehook = lambda args: self._note(args.exc_value)

    def taken(self) -> list[Trouble]:
        found, self._found = self._found, []
        return found

    def _note(self, error: BaseException | None) -> None:
        if error is not None:
            self._found.append(_told(error))


def _limit_memory(megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (_held() + (megabytes << 20), resource.RLIM_INFINITY))


def _held() -> int:
    """Bytes of memory that this process has asked for."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
