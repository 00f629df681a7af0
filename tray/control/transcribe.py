"""Sound files to text: the command `transcribe`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import click

from tray.control.outlets import Order, Outlet, open_outlet
from tray.control.transcripts import ESTIMATED, Format, Take
from tray.core.failures import ScribeletError, UsageError
from tray.core.prose import Passage, harmless
from tray.core.speech import AudioChunk, Heard, Mark, Segment


class Recording(Protocol):
    """A sound file that was looked at already."""

    @property
    def path(self) -> Path:
        """What it is called."""
        ...

    @property
    def seconds(self) -> float | None:
        """Its length, None where only its end will tell."""
        ...

    def chunks(self) -> Iterator[AudioChunk]:
        """Its sound from beginning to end. Raises UsageError where it breaks off."""
        ...


class Hearing(Protocol):
    """Sound in, words out, for one recording."""

    def hear(self, chunk: AudioChunk) -> list[Heard]:
        """The next sound."""
        ...

    def finish(self) -> list[Heard]:
        """The rest of the words."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What the command works with."""

    engine: str
    """Name of the model."""
    open: Callable[[Path], Recording]
    """A sound file, or standard input for "-"."""
    hearing: Callable[[], Hearing]
    """A fresh one for each recording; may raise ScribeletError, as a model that cannot be loaded does."""


def transcribe(paths: Sequence[Path], desk: Desk, form: Format, output: Path | None) -> int:
    """Write down what is said in sound files, to standard output, into a file or into a folder.

    0 when all is done, 1 when a recording broke off: the text up to there is delivered, and the others are heard.
    Every file is looked at before the first is heard. Raises UsageError for one that cannot be read. After
    KeyboardInterrupt too everything that was heard is delivered, and one line says how far it came.
    """
    if list(paths).count(Path("-")) > 1:
        raise UsageError("Standard input can be heard only once", "Give “-” once")
    outlet = open_outlet(Order(paths, form, output, desk.engine))
    tasks = [_Task(desk.open(path)) for path in paths]
    try:
        for task in tasks:
            _carry_out(task, desk.hearing, outlet)
    except KeyboardInterrupt:
        click.echo(f"scribelet: {_progress(tasks)}", err=True)
        raise
    finally:
        outlet.finish()
        if form == "srt" and any(task.take.estimated for task in tasks):
            click.echo(f"scribelet: {ESTIMATED}", err=True)
    return int(any(task.failure for task in tasks))


class _Task:
    """One recording as it is heard; what was heard stays when that is interrupted."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._passage = Passage(recording.path.name, datetime.now(UTC))
        self._seconds = 0.0
        self.failure: ScribeletError | None = None
        """Why it broke off."""
        self.done = False
        """Nothing is left to be heard."""

    @property
    def take(self) -> Take:
        """What was heard so far."""
        return Take(self._recording.path, self._seconds, self._passage)

    def listen(self, hearing: Hearing) -> None:
        """Hear it to its end, or to where it breaks off."""
        length = self._recording.seconds
        with click.progressbar(
            length=max(1, round(length or 0)),
            label=self._recording.path.name,
            file=sys.stderr,
            hidden=length is None or not sys.stderr.isatty(),
        ) as bar:
            for chunk in self._sound():
                self._grow(hearing.hear(chunk))
                self._seconds = chunk.end / chunk.rate
                bar.update(round(chunk.end / chunk.rate) - round(chunk.start / chunk.rate))
            self._grow(hearing.finish())
        self.done = True

    def _sound(self) -> Iterator[AudioChunk]:
        try:
            yield from self._recording.chunks()
        except UsageError as error:
            self.failure = error

    def _grow(self, heard: Iterable[Heard]) -> None:
        passage = self._passage
        for one in map(harmless, heard):
            match one:
                case Segment():
                    passage = passage.add(one)
                case Mark(segment, text):
                    passage = passage.settle(segment, text)
                case _:
                    pass  # silence, and text that may be taken back, are not for files
        self._passage = passage


def _carry_out(task: _Task, hearing: Callable[[], Hearing], outlet: Outlet) -> None:
    try:
        task.listen(hearing())
    finally:
        take = task.take
        if take.passage.entries or (task.done and task.failure is None):
            outlet.add(take)
    if task.failure is not None:
        click.echo(f"scribelet: {task.failure}. {task.failure.remedy}", err=True)


def _progress(tasks: Sequence[_Task]) -> str:
    done = sum(task.done for task in tasks)
    place = next((task.take for task in tasks if not task.done), None)
    where = "" if place is None else f" at {place.seconds:.1f} s of {place.path}"
    return f"Stopped{where}; {done} of {len(tasks)} {'recording' if len(tasks) == 1 else 'recordings'} done."
