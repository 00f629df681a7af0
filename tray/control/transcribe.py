"""Sound files to text: the command `transcribe`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

import click

from tray.core.failures import ScribeletError, UsageError
from tray.core.prose import PARAGRAPH_PAUSE, Entry, Passage, join, plain
from tray.core.speech import AudioChunk, Heard, Mark, Segment
from tray.system.files import replace

Format = Literal["text", "json"]


class Recording(Protocol):
    """A sound file that was looked at already."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    @property
    def seconds(self) -> float:
        """Its length."""
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
    hearing: Callable[[], Hearing]
    """A fresh one for each recording; may raise ScribeletError, as a model that cannot be loaded does."""


def transcribe(paths: Sequence[Path], desk: Desk, form: Format, output: Path | None) -> int:
    """Write down what is said in sound files, to standard output or into a file; 0 when all is done.

    Every file is looked at before the first is heard. Raises UsageError for one that cannot be read, and
    ScribeletError for one that breaks off; the text of those before it is written all the same.
    """
    recordings = [desk.open(path) for path in paths]
    passages: list[tuple[Recording, Passage]] = []
    try:
        for recording in recordings:
            passages.append((recording, _listen(recording, desk.hearing())))
    except ScribeletError:
        if passages:
            _deliver(_worded(passages, desk, form), output)
        raise
    _deliver(_worded(passages, desk, form), output)
    return 0


def _listen(recording: Recording, hearing: Hearing) -> Passage:
    passage = Passage(recording.path.name, datetime.now(UTC))
    with click.progressbar(
        length=max(1, round(recording.seconds)), label=recording.path.name, file=sys.stderr, hidden=not _watched()
    ) as bar:
        for chunk in _sound(recording):
            passage = _grown(passage, hearing.hear(chunk))
            bar.update(round(chunk.end / chunk.rate) - round(chunk.start / chunk.rate))
        return _grown(passage, hearing.finish())


def _sound(recording: Recording) -> Iterator[AudioChunk]:
    """The chunks of a recording that could be opened: that it breaks off is no mistake in the call of the command."""
    try:
        yield from recording.chunks()
    except UsageError as error:
        raise ScribeletError(str(error), error.remedy) from error


def _watched() -> bool:
    return sys.stderr.isatty()


def _grown(passage: Passage, heard: Iterable[Heard]) -> Passage:
    for one in heard:
        match one:
            case Segment():
                passage = passage.add(one)
            case Mark(segment, text):
                passage = passage.settle(segment, text)
            case _:
                pass  # silence, and text that may be taken back, are not for files
    return passage


def _worded(passages: Sequence[tuple[Recording, Passage]], desk: Desk, form: Format) -> str:
    return _as_json(passages, desk.engine) if form == "json" else _as_text(passages)


def _as_text(passages: Sequence[tuple[Recording, Passage]]) -> str:
    """Paragraphs where the speaker was silent for long; the name of the file above, where there are several."""
    several = len(passages) > 1
    blocks: list[str] = []
    for recording, passage in passages:
        blocks += [f"{recording.path}:"] if several else []
        blocks += _paragraphs(passage.entries)
    return "\n\n".join(blocks)


def _paragraphs(entries: Sequence[Entry]) -> list[str]:
    paragraphs: list[str] = []
    end = float("-inf")
    for entry in entries:
        span = entry.segment.span
        if not paragraphs or span.start / span.rate - end >= PARAGRAPH_PAUSE:
            paragraphs.append("")
        paragraphs[-1] = join(paragraphs[-1], plain(entry.segment.words)) + entry.mark
        end = span.end / span.rate
    return paragraphs


def _as_json(passages: Sequence[tuple[Recording, Passage]], engine: str) -> str:
    files = [
        {
            "file": str(recording.path),
            "seconds": round(recording.seconds, 3),
            "engine": engine,
            "text": passage.text(),
            "segments": [_segment(entry) for entry in passage.entries],
        }
        for recording, passage in passages
    ]
    return json.dumps(files, ensure_ascii=False, indent=1)


def _segment(entry: Entry) -> dict[str, object]:
    span = entry.segment.span
    return {
        "start": round(span.start / span.rate, 3),
        "end": round(span.end / span.rate, 3),
        "text": plain(entry.segment.words) + entry.mark,
        "words": [_rounded(asdict(word)) for word in entry.segment.words],
    }


def _rounded(word: dict[str, object]) -> dict[str, object]:
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in word.items()}


def _deliver(text: str, output: Path | None) -> None:
    """Print a text, or write the whole of it into a file or nothing of it."""
    if output is None:
        click.echo(text)
        return
    try:
        replace(output, f"{text}\n".encode())
    except OSError as error:
        raise ScribeletError(f"{output} cannot be written: {error.strerror}", "Choose another place with -o") from error
