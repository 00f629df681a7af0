"""One run of the faults: what it is given, and what each try comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tray.core.failures import ScribeletError
from tray.core.ledger import Account
from tray.core.segmenter import Policy
from tray.hearing.hearing import Beginning, Hearing


class NotMeasuredError(ScribeletError):
    """This machine cannot be made to fail in that way."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the program gives to be broken."""

    hearing: Callable[[Policy, Beginning], Hearing]
    """A fresh hearing; the engine behind it is loaded once."""
    rehearse: Sequence[str]
    """Starts the program without a desktop: FOLDER RECORDING PACE dictates, FOLDER alone recovers."""
    accounts: Callable[[Path], Sequence[Account]]
    """What the books in such a folder say of each session. Raises ScribeletError."""
    recording: Path
    """Real speech, a 16-bit mono WAV file of `RATE`."""
    program: Sequence[str]
    """Starts the program on this desktop."""
    engine_name: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of the bench."""

    tools: Tools
    times: int
    """How often each fault happens."""
    seed: int
    """Chance in when it happens: the same seed gives the same moments."""
    tell: Callable[[str], None]
    """Takes word of what is being done."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try came to."""

    complaints: tuple[str, ...] = ()
    """What should not have been, a sentence each; empty where all went well."""
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    """Key → what was measured."""
