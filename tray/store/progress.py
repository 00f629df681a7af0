"""How far an installation is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of an installation, as a person may read it."""

    stage: str
    """What happens now, in one or a few words."""
    done: float | None
    """Share of this stage that is done, 0–1; None where nobody can tell."""


Report = Callable[[Progress], None]
"""Takes news of an installation; an exception raised in it ends the installation."""
