"""The program and its ear, killed or made to hang at any moment while somebody speaks."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tray.bench.faults.rehearsed import rehearsed
from tray.bench.faults.remains import Remains, judge_killed, judge_whole, recorded
from tray.bench.faults.trial import Outcome, Tools, Trial
from tray.core.speech import RATE

SOONEST_S = 0.1
"""Seconds after the first sound before which nothing happens."""


def kill_desk(trial: Trial, random: Random) -> Iterator[Outcome]:
    """Once for each moment: the program is killed, the next start recovers."""
    for at in moments(trial.tools, random, trial.times):
        trial.tell(f"desk killed at {at} s")
        with TemporaryDirectory(prefix="scribelet-bench-") as folder:
            remains = Remains(trial.tools, Path(folder))
            yield judge_killed(remains, killed(remains, at))


def strike_ear(number: signal.Signals, trial: Trial, random: Random) -> Iterator[Outcome]:
    """Once for each moment: the ear gets this signal, and the program goes on."""
    for at in moments(trial.tools, random, trial.times):
        trial.tell(f"{number.name} to the ear at {at} s")
        with TemporaryDirectory(prefix="scribelet-bench-") as folder:
            yield _struck(Remains(trial.tools, Path(folder)), number, at)


kill_ear = partial(strike_ear, signal.SIGKILL)
crash_ear = partial(strike_ear, signal.SIGSEGV)
hang_ear = partial(strike_ear, signal.SIGSTOP)


def moments(tools: Tools, random: Random, times: int) -> list[float]:
    """Seconds after the first sound at which something happens, anywhere in the recording."""
    length_s = len(recorded(tools.recording)) / 2 / RATE
    return [round(random.uniform(SOONEST_S, length_s), 2) for _ in range(times)]


def killed(remains: Remains, at: float) -> float:
    """Kill a program so many seconds after its first sound; the seconds between that and its death."""
    with rehearsed(remains.tools, remains.folder) as program:
        begun = time.monotonic()
        time.sleep(at)  # the moment is what is tested
        program.kill()
        return time.monotonic() - begun


def _struck(remains: Remains, number: signal.Signals, at: float) -> Outcome:
    with rehearsed(remains.tools, remains.folder) as program:
        begun = time.monotonic()
        ear = program.await_ear()
        time.sleep(max(0.0, begun + at - time.monotonic()))  # the moment is what is tested
        os.kill(ear, number)
        code = program.end()
    judged = judge_whole(remains)
    return Outcome((*judged.complaints, *((f"the program ended with {code}",) if code else ())), judged.figures)
