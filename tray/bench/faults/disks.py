"""Disks that take nothing for a while in which somebody speaks."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tray.bench.faults.rehearsed import rehearsed
from tray.bench.faults.remains import Remains, judge_whole
from tray.bench.faults.trial import NotMeasuredError, Outcome, Trial

SIZE = 4_000_000
"""Bytes of a disk that can be filled."""
ONSET_S = (0.5, 6.0)
"""Seconds after the first sound between which it begins: something is still to be written after it."""
LASTS_S = 1.5
"""Seconds that it goes on after a person was told."""
KEPT = ("spool", "ledger", "transcript")
"""Folders in which something is written."""
UNARMED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Runs a command for which permissions count, also where root starts it."""

Mend = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Disk:
    """One way in which a disk lets a program down."""

    name: str
    harm: Callable[[Path], Mend]
    """Do it to the folder of the program; undone by what is returned. Raises NotMeasuredError."""
    begin: Sequence[str] = ()
    """Starts the program."""
    small: bool = False
    """It is filled."""
    late: bool = False
    """It happens when something was written already."""


def fail_disk(disk: Disk, trial: Trial, random: Random) -> Iterator[Outcome]:
    """Once for each moment: it happens, is said, ends, and all is written. Raises NotMeasuredError."""
    for _ in range(trial.times):
        at = round(random.uniform(*ONSET_S), 2)
        trial.tell(f"{disk.name} at {at} s")
        with _folder(disk) as folder:
            yield _suffer(Remains(trial.tools, folder), disk, at)


def _suffer(remains: Remains, disk: Disk, at: float) -> Outcome:
    with rehearsed(remains.tools, remains.folder, begin=disk.begin) as program:
        time.sleep(at)  # the moment is what is tested
        if disk.late:
            program.await_true((remains.folder / "transcript").exists, "the transcript")
        begun = time.monotonic()
        mend = disk.harm(remains.folder)
        try:
            said = program.await_view(lambda seen: bool(seen.warnings), begun).at
            time.sleep(LASTS_S)  # how long it lasts is what is tested
        finally:
            mended = time.monotonic()
            mend()
        well = program.await_view(lambda seen: not seen.warnings, mended).at
        code = program.end()
    judged = judge_whole(remains)
    complaints = (*judged.complaints, *((f"the program ended with {code}",) if code else ()))
    return Outcome(complaints, {**judged.figures, "said_s": said - begun, "well_s": well - mended})


@contextmanager
def _folder(disk: Disk) -> Generator[Path]:
    """A folder to throw away, on a small disk of its own where it is to be filled. Raises NotMeasuredError."""
    with TemporaryDirectory(prefix="scribelet-bench-") as name:
        if not disk.small:
            yield Path(name)
            return
        _root("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", name)
        try:
            yield Path(name)
        finally:
            _root("umount", "--lazy", name)


def fill(folder: Path) -> Mend:
    """Leave no room for a single byte."""
    ballast = folder / "ballast"
    ballast.mkdir()
    # a file that has filled it leaves what was put aside for that file's own blocks
    files = (ballast / str(number) for number in count())
    while _fill(next(files)):
        pass
    return partial(shutil.rmtree, ballast)


def forbid(folder: Path) -> Mend:
    """Take away the right to write."""
    paths = [path for name in KEPT for path in (folder / name, *(folder / name).rglob("*"))]
    modes = {path: path.stat().st_mode for path in paths if path.exists()}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)

    def mend() -> None:
        for path, mode in modes.items():
            with suppress(FileNotFoundError):  # sound that was not needed any more
                path.chmod(mode)

    return mend


def protect(folder: Path) -> Mend:
    """Make the folders read-only for whoever opens a file in them."""
    places = [folder / name for name in KEPT if (folder / name).exists()]
    for place in places:
        _root("mount", "--bind", place, place)
        _root("mount", "-o", "remount,ro,bind", place)

    def mend() -> None:
        for place in places:
            _root("umount", "--lazy", place)

    return mend


def take_away(folder: Path) -> Mend:
    """Delete the folder with the sound, and pull out the drive with the transcript."""
    shutil.rmtree(folder / "spool")
    away = folder / "away"
    (folder / "transcript").rename(away)
    return lambda: away.rename(folder / "transcript") and None


FULL = Disk("a full disk", fill, small=True)
READ_ONLY = Disk("a read-only disk", protect)
FORBIDDEN = Disk("no permission", forbid, UNARMED if hasattr(os, "geteuid") and os.geteuid() == 0 else ())
GONE = Disk("folders gone", take_away, late=True)


def _fill(path: Path) -> int:
    """Let a file grow until the disk is full; its bytes."""
    size = 0
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while size < SIZE:
            size += file.write(bytes(1024))
    return size


def _root(*command: str | Path) -> None:
    """Raises NotMeasuredError where only root may do this."""
    try:
        subprocess.run(command, check=True, timeout=20, capture_output=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotMeasuredError(f"only root may {command[0]}") from error
