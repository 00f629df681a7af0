"""An engine that plays a written script: the fake that ships, for trying and testing everything behind the ear."""

from __future__ import annotations

import os
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, cast

from tray.core.failures import ModelError
from tray.core.speech import RATE, Hypothesis, Piece, Recognized, Word
from tray.ports import Traits

MARKS = ".,?!:;"
PACE = 3.0
"""Words a second in which a streaming script shows its next line."""


@dataclass(frozen=True, slots=True)
class Line:
    """What happens when one piece ends: first the trouble, then the words."""

    text: str = ""
    """Marks at its end are held; marks in front of its first word go behind the piece before."""
    raises: str = ""
    """Fail with a ModelError that says this."""
    hangs_s: float = 0.0
    """Do not answer for so many seconds."""
    exits: int | None = None
    """End the whole process at once with this exit code."""


@dataclass(frozen=True, slots=True)
class Script:
    """Lines to be played one a piece; after the last one nothing more is heard."""

    lines: tuple[Line, ...]
    streaming: bool = False
    silent_on_silence: bool = True
    """A piece of nothing but zeros has no words and uses up no line; otherwise it gets the next one."""
    progress: Path | None = None
    """A file that counts the lines begun, so that a restarted process goes on behind the line that ended it.

    Without it every session begins with the first line.
    """


def spoken(*texts: str) -> Script:
    """A script of these lines, without any trouble."""
    return Script(tuple(Line(text) for text in texts))


class ScriptEngine:
    """Says what its script says, whatever the sound."""

    def __init__(self, script: Script) -> None:
        self.traits = Traits(
            streaming=script.streaming,
            punctuated=True,
            word_times=False,
            languages=("en",),
            silent_on_silence=script.silent_on_silence,
        )
        self._script = script

    @classmethod
    def read(cls, path: Path) -> ScriptEngine:
        """Play a file: TOML in the terms of `Script`, with a table [[lines]] for each `Line`, or plain lines of text.

        Raises ModelError where it cannot be read.
        """
        try:
            text = path.read_text("utf-8")
            return cls(_from_toml(text, path.parent) if path.suffix == ".toml" else spoken(*text.splitlines()))
        except (OSError, ValueError, TypeError) as error:
            raise ModelError(f"The script {path} cannot be played: {error}", "Mend the script") from error

    def open(self) -> ScriptRecognizer:
        """Another performance: from the first line, or as far as `progress` has come."""
        return ScriptRecognizer(self._script)


class ScriptRecognizer:
    """One performance of a script."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._positions: Iterator[int] = count()
        self._line: Line | None = None
        self._heard, self._shown = 0, ""

    def hear(self, sound: bytes) -> Hypothesis | None:
        """The next line word by word, where the script is streaming."""
        if not self._script.streaming:
            return None
        self._heard += len(sound)
        seconds = self._heard / 2 / RATE
        words = _split(self._next().text)[1]
        text = " ".join(words[: int(seconds * PACE)])
        if text == self._shown:
            return None
        self._shown = text
        return Hypothesis(text)

    def prepare(self, piece: Piece) -> None:
        """No difference: the line is written already."""

    def guess(self, piece: Piece) -> Hypothesis | None:
        """As much of the next line as fits into the sound."""
        words = _split(self._next().text)[1]
        return Hypothesis(" ".join(words[: int(len(piece.sound) / 2 / RATE * PACE)]))

    def end(self, piece: Piece) -> Recognized:
        """The next line, its words spread evenly over the piece. Raises ModelError where the line says so."""
        if self._script.silent_on_silence and not any(piece.sound):
            return Recognized((), held="", before=None)
        line, self._line = self._next(), None
        self._heard, self._shown = 0, ""
        _suffer(line)
        before, words, held = _split(line.text)
        return Recognized(_spread(words, piece), held, before or None)

    def settle(self) -> None:
        """No difference: the marks are written in the script."""

    def forget(self) -> None:
        """No difference: no line depends on another."""

    def _next(self) -> Line:
        if self._line is None:
            lines = self._script.lines
            at = _advance(self._script.progress) if self._script.progress else next(self._positions)
            self._line = lines[at] if at < len(lines) else Line()
        return self._line


def _from_toml(text: str, folder: Path) -> Script:
    table: dict[str, Any] = tomllib.loads(text)
    lines = tuple(Line(**line) for line in cast("list[dict[str, Any]]", table.pop("lines", [])))
    progress = folder / table.pop("progress") if "progress" in table else None
    return Script(lines, progress=progress, **table)


def _advance(progress: Path) -> int:
    try:
        at = int(progress.read_text("ascii")) if progress.exists() else 0
        # Before the line's trouble: a process that dies of it must not meet it again.
        progress.write_text(str(at + 1), "ascii")
    except (OSError, ValueError) as error:
        raise ModelError(f"{progress} does not count the lines of a script: {error}", "Delete it") from error
    return at


def _suffer(line: Line) -> None:
    time.sleep(line.hangs_s)
    if line.exits is not None:
        os._exit(line.exits)
    if line.raises:
        raise ModelError(line.raises, "This was written in the script")


def _split(text: str) -> tuple[str, list[str], str]:
    """The mark in front, the words, and the mark behind."""
    body = text.strip().lstrip(MARKS)
    before = text.strip()[: len(text.strip()) - len(body)]
    core = body.rstrip(MARKS)
    return before, core.split(), body[len(core) :]


def _spread(words: list[str], piece: Piece) -> tuple[Word, ...]:
    each = len(piece.sound) / 2 / RATE / max(1, len(words))
    return tuple(
        Word(text, piece.start + at * each, piece.start + (at + 1) * each, None, "estimated")
        for at, text in enumerate(words)
    )
