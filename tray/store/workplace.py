"""Where a model is built before anyone can see it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from tray.core.failures import ModelError
from tray.store import disk
from tray.store.progress import Progress, Report

PREFIX = ".installing-"
LOCK = ".lock"
PATIENCE = 900.0
"""Seconds to wait for another installation: a slow download ends sooner."""


@contextmanager
def workplace(shelf: Path, report: Report) -> Generator[Path]:
    """A fresh folder beside the models; nobody else installs meanwhile, and it is gone afterwards.

    What killed installations left is cleared first. Raises ModelError, also for errors of the disk inside.
    """
    with disk.translated(shelf):
        shelf.mkdir(parents=True, exist_ok=True)
        with _alone(shelf, report):
            for left in shelf.glob(PREFIX + "*"):
                shutil.rmtree(left, ignore_errors=True)
            # ignore_cleanup_errors: a virus scanner may still read what we wrote; the next installation clears it
            with tempfile.TemporaryDirectory(prefix=PREFIX, dir=shelf, ignore_cleanup_errors=True) as place:
                yield Path(place)


def put(built: Path, target: Path) -> None:
    """Move a finished folder to its place in one step, instead of whatever is there; it survives a power cut."""
    disk.settle(built)
    if target.exists():
        target.replace(built.parent / "replaced")
    built.replace(target)
    disk.settle_names(target.parent)


@contextmanager
def _alone(shelf: Path, report: Report) -> Generator[None]:
    lock = FileLock(shelf / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report(Progress("waiting for another installation", None))
        _wait(lock)
    try:
        yield
    finally:
        lock.release()


def _wait(lock: FileLock) -> None:
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout as error:
        raise ModelError("Another installation does not end.", "End it, then run the same command again.") from error
