"""Every decode of an engine: one at a time, the most wanted first, none twice, and none that nobody wants any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum

from tray.engines.moonshine.model import Decoded, Prompt, Sound

Stopped = Callable[[], bool]


class Purpose(IntEnum):
    """What text is wanted for; a decode gives way to one for a lower number."""

    FINAL = 0
    """It is to be written now."""
    FORESEEN = 1
    """It will be written if nobody goes on speaking."""
    SHOWN = 2
    """Somebody looks on while it is spoken."""


@dataclass(frozen=True, slots=True)
class Job:
    """One decode."""

    key: Hashable
    """The same for the same sound with the same forced tokens, and only then."""
    sound: Sound = field(repr=False)
    """Mono, 16 kHz, −1…1."""
    new_samples: int
    """How much of its end has no text yet."""
    prompt: Prompt | None = None


@dataclass(slots=True)
class _Task:
    purpose: Purpose
    future: Future[Decoded | None]
    stopped: threading.Event


class Decodes:
    """Jobs of the open segments; the calls come from one thread, the decoding is done on another."""

    def __init__(self, decode: Callable[[Job, Stopped], Decoded | None]) -> None:
        """`decode` gives None if it was stopped."""
        self._decode = decode
        self._pool = ThreadPoolExecutor(1, "decode")
        self._tasks: dict[Hashable, _Task] = {}
        self._rested = 0.0
        """When text may be shown again, on the monotonic clock: the pause is as long as the decode before it took."""

    def prepare(self, job: Job) -> None:
        """Have a job done soon, since its text may be wanted; returns at once."""
        self._begin(job, Purpose.FORESEEN)

    def finish(self, job: Job) -> Decoded:
        """The text of a job that was prepared, or of one that is done now; all others of its time are given up.

        Raises whatever decoding raises.
        """
        done = self._begin(job, Purpose.FINAL).future.result()
        self.drop()
        assert done is not None, "nothing is wanted more than a final text, so nothing stops it"
        return done

    def show(self, job: Job) -> bool:
        """Have a job done for those who look on, if nothing else is being decoded; whether it was begun."""
        idle = all(task.future.done() for task in self._tasks.values())
        if idle and time.monotonic() >= self._rested:
            self._begin(job, Purpose.SHOWN)
            return True
        return False

    def shown(self, key: Hashable) -> Decoded | None:
        """The text of a job, if it is done."""
        task = self._tasks.get(key)
        return task.future.result() if task and task.future.done() else None

    def drop(self) -> None:
        """Want nothing more of what was asked so far."""
        for task in self._tasks.values():
            task.stopped.set()
        self._tasks.clear()

    def _begin(self, job: Job, purpose: Purpose) -> _Task:
        known = self._tasks.get(job.key)
        self._yield_to(purpose, known)
        if known:
            known.purpose = min(purpose, known.purpose)
            return known
        stopped = threading.Event()
        task = _Task(purpose, self._pool.submit(self._run, job, stopped, purpose), stopped)
        self._tasks[job.key] = task
        return task

    def _yield_to(self, purpose: Purpose, known: _Task | None) -> None:
        """Stop what is wanted no more than this: of foreseen ends only the latest counts."""
        for task in self._tasks.values():
            if task is not known and task.purpose >= purpose:
                task.stopped.set()
        self._tasks = {key: task for key, task in self._tasks.items() if not task.stopped.is_set()}

    def _run(self, job: Job, stopped: threading.Event, purpose: Purpose) -> Decoded | None:
        begun = time.monotonic()
        try:
            return None if stopped.is_set() else self._decode(job, stopped.is_set)
        finally:
            if purpose is Purpose.SHOWN:
                ended = time.monotonic()
                self._rested = ended + (ended - begun)
