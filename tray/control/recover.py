"""The command `recover`: sound of earlier sessions that has not become text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import click

Deed = Literal["list", "run", "discard"]


class Waiting(Protocol):
    """A session of which sound waits."""

    @property
    def begun(self) -> datetime:
        """When it began."""
        ...

    @property
    def seconds(self) -> float:
        """How much of it waits."""
        ...


def list_waiting(found: Sequence[Waiting], *, running: bool) -> int:
    """Print what waits, and what can be done; 0."""
    for one in found:
        click.echo(f"{one.begun:%Y-%m-%d %H:%M}  {_length(one.seconds)} of sound")
    if not found:
        click.echo("No sound waits: all that was said is written.")
    elif running:
        click.echo("Scribelet is running and turns it into text as soon as nobody speaks.")
    else:
        click.echo("Turn it into text: scribelet recover --run. Throw it away: scribelet recover --discard.")
    return 0


def tell(summary: str, body: str) -> None:
    """Print a note."""
    click.echo(f"{summary}. {body}")


def tell_discarded(found: Sequence[Waiting]) -> int:
    """Print what was thrown away; 0."""
    seconds = sum(one.seconds for one in found)
    click.echo(
        f"{_length(seconds)} of sound are gone." if found else "No sound waits: there was nothing to throw away."
    )
    return 0


def _length(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"
