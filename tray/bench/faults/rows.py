"""The table of faults: what is done to the program, and what must show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from tray.bench.faults.costs import cost_of_writing, latency_of_writing, speed_of_recovery
from tray.bench.faults.disks import FORBIDDEN, FULL, GONE, READ_ONLY, fail_disk
from tray.bench.faults.killed import crash_ear, hang_ear, kill_desk, kill_ear
from tray.bench.faults.trial import Outcome, Trial

if TYPE_CHECKING:
    from tray.bench.faults.furniture import Mend
    from tray.bench.faults.seated import Around

Measure = Callable[[Trial, Random], Iterator[Outcome]]


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that is counted in each try."""

    key: str
    shown: str
    """With a place for the value."""
    fold: Callable[[Sequence[float]], float] = max
    """Of all tries, the value that counts."""
    most: float | None = None
    """The issue is missed above this, in each try."""
    least: float | None = None
    """Or below this."""

    def keeps(self, value: float) -> bool:
        """Whether a value is as good as it has to be."""
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)


@dataclass(frozen=True, slots=True)
class Row:
    """One fault."""

    key: str
    title: str
    """What is done."""
    shows: str
    """What must show."""
    measure: Measure
    """Do it; an outcome for each try. Raises NotMeasuredError."""
    figures: tuple[Figure, ...] = ()


WORDS = (
    Figure("doubled_s", "{:.1f} s doubled", sum, most=0),
    Figure("missing_s", "{:.1f} s missing", sum, most=0),
)
LATE = Figure("late_s", "at most the last {:.2f} s lost", most=0.2)

DISK = (
    *WORDS,
    Figure("said_s", "said within {:.1f} s"),
    Figure("well_s", "well {:.1f} s after it ended"),
)

GAP = (Figure("said_s", "told within {:.1f} s"), Figure("well_s", "running {:.1f} s after it was back"))


def _seated(name: str, harm: Callable[[Around], Mend], *, copies: bool = True) -> Measure:
    """What happens to the desktop while somebody speaks."""

    def measure(trial: Trial, random: Random) -> Iterator[Outcome]:
        from tray.bench.faults.seated import Blow, sit_through  # needs X11

        yield from sit_through(Blow(name, harm, copies), trial, random)

    return measure


def _without_sound(name: str, harm: Callable[[Around], Mend]) -> Measure:
    """What happens to the microphone while somebody speaks."""

    def measure(trial: Trial, random: Random) -> Iterator[Outcome]:
        from tray.bench.faults.seated import Blow, lose_sound  # needs X11

        yield from lose_sound(Blow(name, harm), trial, random)

    return measure


def _row(key: str, title: str, harm: Callable[[Around], Mend], *, copies: bool = True) -> Row:
    return Row(key, title, "whole, nothing left behind", _seated(title, harm, copies=copies))


def _gap(key: str, title: str, harm: Callable[[Around], Mend]) -> Row:
    return Row(key, title, "told, all else there", _without_sound(title, harm), GAP)


ROWS = (
    Row("kill_desk", "kill -9 of the desk", "whole", kill_desk, (*WORDS, LATE)),
    Row("kill_ear", "kill -9 of the ear", "whole", kill_ear, WORDS),
    Row("crash_ear", "segmentation fault of the ear", "whole", crash_ear, WORDS),
    Row("hang_ear", "an ear that hangs", "whole", hang_ear, WORDS),
    _row("clipboard_hangs", "clipboard tool that hangs", lambda around: around.clipboard.hang(), copies=False),
    _row("clipboard_dies", "clipboard tool that dies", lambda around: around.clipboard.die(), copies=False),
    _row("toasts_hang", "toast daemon that hangs", lambda around: around.furniture.hang("dunst")),
    _row("toasts_die", "toast daemon killed", lambda around: around.furniture.kill("dunst")),
    _row("tray_hangs", "tray that hangs", lambda around: around.furniture.hang("xfce4-panel")),
    _row("tray_dies", "tray killed", lambda around: around.furniture.kill("xfce4-panel")),
    _row("bus_hangs", "D-Bus that hangs", lambda around: around.furniture.hang("dbus")),
    _row("bus_dies", "D-Bus killed", lambda around: around.furniture.kill("dbus")),
    _gap("unplugged", "microphone unplugged and back", lambda around: around.furniture.unplug()),
    _gap("sound_server", "sound server killed and back", lambda around: around.furniture.kill("pulseaudio")),
    Row("disk_full", "disk full", "whole", partial(fail_disk, FULL), DISK),
    Row("disk_read_only", "folders read-only", "whole", partial(fail_disk, READ_ONLY), DISK),
    Row("disk_forbidden", "permission to write lost", "whole", partial(fail_disk, FORBIDDEN), DISK),
    Row("disk_gone", "sound deleted, transcript away", "whole", partial(fail_disk, GONE), DISK),
    Row(
        "writing",
        "cost of spool and ledger",
        "cheap",
        cost_of_writing,
        (Figure("percent", "{:.2f} % of a core", most=1),),
    ),
    Row(
        "latency",
        "latency of spool and ledger",
        "short",
        latency_of_writing,
        (Figure("p50_ms", "half within {:.1f} ms"), Figure("p95_ms", "19 of 20 within {:.1f} ms", most=10)),
    ),
    Row(
        "recovery",
        "recovery of what waits",
        "fast and whole",
        speed_of_recovery,
        (Figure("times", "{:.0f} times as fast as speech", min, least=20),),
    ),
)
