"""Where the text of sound files goes: standard output, one file, or a file for each in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import click

from tray.control.transcripts import ENDINGS, Format, Take, paragraphs, worded
from tray.core.failures import ScribeletError, UsageError
from tray.system.files import replace

_ELSEWHERE = "Choose another place with -o"


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for."""

    paths: Sequence[Path]
    """The sound files; "-" is standard input."""
    form: Format
    output: Path | None
    """A file, an existing folder, or None for standard output."""
    engine: str
    """Name of the model."""


class Outlet(Protocol):
    """Takes the text of one recording after the other."""

    def add(self, take: Take) -> None:
        """The next recording. Raises ScribeletError where its text cannot be delivered."""
        ...

    def finish(self) -> None:
        """There will be no more. Raises ScribeletError where text cannot be delivered."""
        ...


def open_outlet(order: Order) -> Outlet:
    """The outlet for an order. Raises UsageError for one that cannot be carried out, before anything is heard."""
    if order.output is not None and _is_folder(order.output):
        return _Folder(order, _names(order))
    if order.form in ("srt", "vtt") and len(order.paths) > 1:
        raise UsageError("Captions of several files cannot go into one", "Give an existing folder with -o")
    if order.output is None:
        return _Printer(titled=len(order.paths) > 1) if order.form == "text" else _Whole(order)
    if not order.output.parent.is_dir():
        what = f"{order.output} cannot be written: there is no folder {order.output.parent}"
        raise UsageError(what, _ELSEWHERE)
    _spare_sources(order, [order.output])
    return _Whole(order)


def _is_folder(output: Path) -> bool:
    try:
        return output.is_dir()
    except OSError as error:  # a name that is too long
        raise _refusal(output, error) from error


def _refusal(output: Path, error: OSError) -> ScribeletError:
    return ScribeletError(f"{output} cannot be written: {error.strerror}", _ELSEWHERE)


def _names(order: Order) -> dict[Path, Path]:
    """Sound file → the file in the folder that gets its text."""
    folder = order.output or Path()
    names: dict[Path, Path] = {}
    for path in order.paths:
        name = folder / (("standard input" if path == Path("-") else path.stem) + ENDINGS[order.form])
        if other := next((one for one, taken in names.items() if taken == name), None):
            raise UsageError(f"The text of {other} and of {path} would both go into {name}", "Do one of them alone")
        names[path] = name
    _spare_sources(order, list(names.values()))
    return names


def _spare_sources(order: Order, targets: Sequence[Path]) -> None:
    sources = {path.resolve() for path in order.paths if path != Path("-")}
    for target in targets:
        if target.is_file() and target.resolve() in sources:
            raise UsageError(f"{target} is one of the sound files and would be lost", _ELSEWHERE)


@dataclass(slots=True)
class _Printer:
    """Prints each text as soon as it is there, so that a pipe sees it."""

    titled: bool
    begun: bool = False

    def add(self, take: Take) -> None:
        gap = "\n" if self.begun else ""
        self.begun = True
        click.echo(gap + paragraphs(take, titled=self.titled))

    def finish(self) -> None:
        """Everything is printed already."""


@dataclass(slots=True)
class _Whole:
    """One text for all, written at the end and at one stroke; nothing where nothing was heard."""

    order: Order
    takes: list[Take] = field(default_factory=list[Take])

    def add(self, take: Take) -> None:
        self.takes.append(take)

    def finish(self) -> None:
        if self.takes:
            _deliver(worded(self.takes, self.order.form, self.order.engine), self.order.output)


@dataclass(slots=True)
class _Folder:
    """A file for each recording, written as soon as it is heard."""

    order: Order
    names: dict[Path, Path]

    def add(self, take: Take) -> None:
        target = self.names.get(take.path) or self.names[Path("-")]
        _deliver(worded([take], self.order.form, self.order.engine), target)

    def finish(self) -> None:
        """Everything is written already."""


def _deliver(text: str, output: Path | None) -> None:
    """Print a text, or write the whole of it into a file or nothing of it."""
    if output is None:
        click.echo(text)
        return
    try:
        replace(output, _utf_8(f"{text}\n"))
    except OSError as error:
        raise _refusal(output, error) from error


def _utf_8(text: str) -> bytes:
    """The same text, also where a file's name is in it whose bytes the locale took for something else."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").encode()
