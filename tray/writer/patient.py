"""A transcript on a disk that may not answer: whoever writes goes on after a second, and the words follow."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from tray.core.failures import SinkError
from tray.core.prose import Change
from tray.writer.places import Transcript

PATIENCE = 1.0
"""Seconds after which a disk counts as one that does not answer."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Step:
    """Something to be done with the transcript, and where its outcome goes."""

    act: Callable[[], Any]
    outcome: Future[Any]


class PatientTranscript:
    """Does everything on a thread of its own, in order; what is not done yet counts as unwritten."""

    def __init__(self, transcript: Transcript, patience_s: float = PATIENCE) -> None:
        self._transcript, self._patience_s = transcript, patience_s
        self.name = transcript.name
        self._steps: queue.SimpleQueue[_Step | None] = queue.SimpleQueue()
        self._newest: Future[Any] | None = None
        """What comes of the step that was asked for last; they are done one after the other."""
        self._thread: threading.Thread | None = None

    @property
    def unwritten(self) -> int:
        """Records that are not on the disk; 1 while that is not known."""
        return 1 if self._hanging else self._transcript.unwritten

    def write(self, change: Change) -> None:
        """Bring a change to the disk; SinkError if that has not happened after a second, though it still may."""
        self._do(lambda: self._transcript.write(change))

    def retry(self) -> None:
        """Try again to write what the disk refused. Raises SinkError, at once where it still does not answer."""
        if self._hanging:
            raise _silent()
        self._do(self._transcript.retry)

    def settle_unfinished(self) -> int:
        """Settle what a crash left open; how many segments that were. Raises SinkError."""
        return self._do(self._transcript.settle_unfinished)

    def close(self) -> None:
        """Write to the last what is still owed, and end the thread as soon as the disk lets it. Idempotent."""
        if self._thread is not None:
            self._thread = None
            step = self._ask(self._transcript.close)
            self._steps.put(None)
            self._await(step, self._patience_s)

    @property
    def _hanging(self) -> bool:
        return self._newest is not None and not self._newest.done()

    def _do(self, act: Callable[[], T]) -> T:
        """Wait for the outcome, but not for a disk of which it is known that it does not answer."""
        patience = 0.0 if self._hanging else self._patience_s
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="transcript", daemon=True)
            self._thread.start()
        return self._await(self._ask(act), patience)

    def _ask(self, act: Callable[[], T]) -> Future[T]:
        self._newest = outcome = Future[T]()
        self._steps.put(_Step(act, outcome))
        return outcome

    def _await(self, outcome: Future[T], seconds: float) -> T:
        try:
            return outcome.result(seconds)
        except TimeoutError as failure:
            raise _silent() from failure

    def _run(self) -> None:
        while (step := self._steps.get()) is not None:
            try:
                step.outcome.set_result(step.act())
            except Exception as error:  # noqa: BLE001 whoever asked gets it, if they still wait
                step.outcome.set_exception(error)


def _silent() -> SinkError:
    return SinkError(
        "The disk with the transcript does not answer.",
        "Look after it, or choose another folder with: scribelet config set transcript.folder FOLDER",
    )
