"""What keeping all sound on the disk costs, and how fast it comes back."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np

from tray.bench.faults.rehearsed import recover, rehearsed
from tray.bench.faults.remains import BLOCK, judge_books, recorded
from tray.bench.faults.trial import NotMeasuredError, Outcome, Trial
from tray.core.failures import ScribeletError
from tray.core.ledger import waiting
from tray.core.speech import RATE, AudioChunk, Ending
from tray.spool.keeper import DiskKeeper
from tray.spool.spool import Spool

WRITER = "spool"
"""The thread that brings sound and ledger to the disk."""
PATIENCE_S = 30.0
"""Seconds that each step may take."""
TAKES = 20
"""How often the recording waits to be recovered: starting a program and its ear takes its time, too."""


def cost_of_writing(trial: Trial, _random: Random) -> Iterator[Outcome]:
    """Share of one core that the writing thread takes while the recording is dictated. Raises NotMeasuredError."""
    for number in range(trial.times):
        trial.tell(f"cost of writing {number + 1} of {trial.times}")
        with TemporaryDirectory(prefix="scribelet-bench-") as folder, rehearsed(trial.tools, Path(folder)) as program:
            thread = program.await_view(lambda seen: seen.state == "listening").threads[WRITER]
            begun, before = time.monotonic(), _cpu_s(program.process.pid, thread)
            time.sleep(max(0.0, _length_s(trial) - 1))  # so long is counted
            used, lasted = _cpu_s(program.process.pid, thread) - before, time.monotonic() - begun
        yield Outcome(figures={"percent": 100 * used / lasted})


def latency_of_writing(trial: Trial, _random: Random) -> Iterator[Outcome]:
    """How much later the ear may have sound than if nobody wrote it down, 19 times of 20."""
    for number in range(trial.times):
        trial.tell(f"latency {number + 1} of {trial.times}")
        with TemporaryDirectory(prefix="scribelet-bench-") as folder, _spool(Path(folder)) as spool:
            waits = [1000 * wait for wait in _waits(spool, recorded(trial.tools.recording))]
        yield Outcome(figures={"p50_ms": float(np.median(waits)), "p95_ms": float(np.percentile(waits, 95))})


def speed_of_recovery(trial: Trial, _random: Random) -> Iterator[Outcome]:
    """Seconds of sound that come back in a second, start of the program and of its ear included."""
    for number in range(trial.times):
        trial.tell(f"recovery {number + 1} of {trial.times}")
        with TemporaryDirectory(prefix="scribelet-bench-") as name:
            folder = Path(name)
            length_s = _leave(folder, TAKES * recorded(trial.tools.recording)) / RATE
            begun = time.monotonic()
            recover(trial.tools, folder)
            lasted = time.monotonic() - begun
            [account] = trial.tools.accounts(folder)
            books = judge_books(account, round(length_s * RATE))
        waits = ("sound still waits",) if waiting(account) else ()
        yield Outcome((*books.complaints, *waits), {"times": length_s / lasted})


@contextmanager
def _spool(folder: Path) -> Generator[Spool]:
    """A spool with a session that has begun; all of it is on the disk behind this."""
    keeper = DiskKeeper(folder / "spool", folder / "ledger", lambda _news: None)
    spool = Spool(keeper)
    keeper.start(spool)
    begun = datetime.now().astimezone()
    spool.begin(1, f"{begun:%Y%m%dT%H%M%S.%f}-1", begun)
    try:
        yield spool
    finally:
        keeper.close()


def _waits(spool: Spool, pcm: bytes) -> Iterator[float]:
    """Play sound in real time; seconds from when each block came until it could be had."""
    due = time.monotonic()
    for chunk in _chunks(pcm):
        due += (chunk.end - chunk.start) / RATE
        time.sleep(max(0.0, due - time.monotonic()))
        came = time.monotonic()
        spool.append(1, chunk)
        if spool.take(PATIENCE_S) is None:
            raise ScribeletError("Sound did not come out of the spool")
        yield time.monotonic() - came


def _leave(folder: Path, pcm: bytes) -> int:
    """Leave sound behind as a program does that could not hear it; its samples."""
    samples = len(pcm) // 2
    with _spool(folder) as spool:
        for chunk in _chunks(pcm):
            spool.append(1, chunk)
        spool.end(1, Ending(push_to_talk=False))
    return samples


def _chunks(pcm: bytes) -> Iterator[AudioChunk]:
    return (AudioChunk(pcm[2 * at : 2 * (at + BLOCK)], at, RATE) for at in range(0, len(pcm) // 2, BLOCK))


def _length_s(trial: Trial) -> float:
    return len(recorded(trial.tools.recording)) / 2 / RATE


def _cpu_s(pid: int, thread: int) -> float:
    """Seconds of processor time of one thread. Raises NotMeasuredError where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[0]) / 1e9
    except (OSError, ValueError, IndexError) as error:
        raise NotMeasuredError("the system does not tell the processor time of a thread") from error
