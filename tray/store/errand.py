"""Work done in a child process: bounded, killable, and gone when we are gone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tray.core.failures import ModelError

TICK = 0.1
"""Seconds between two calls of `watch`."""
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child process ended."""

    code: int
    """0 for success."""
    complaint: str
    """What it wrote to its standard error."""


def run(module: Sequence[str], environment: Mapping[str, str], watch: Callable[[], None]) -> Ended:
    """Run a Python module with its arguments until it ends, calling `watch` every `TICK` seconds meanwhile.

    Whatever `watch` raises kills the child and goes on to the caller. Raises ModelError if no child can be started.
    """
    leash, hand = os.pipe()
    with os.fdopen(hand, "wb"), os.fdopen(leash, "rb") as end:
        try:
            child = subprocess.Popen(
                [sys.executable, "-m", "tray.store.leash", *module],
                cwd=_ROOT,  # where `tray` is found, in a checkout as in an installation
                env={**environment, "PYTHONIOENCODING": "utf-8"},
                stdin=end,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise ModelError(f"Python could not be started: {error}.", "Install Scribelet again.") from error
        with child:
            try:
                complaint = _listen(child, watch)
            finally:
                child.kill()
        return Ended(child.returncode, complaint)


def _listen(child: subprocess.Popen[str], watch: Callable[[], None]) -> str:
    while True:
        try:
            return child.communicate(timeout=TICK)[1]
        except subprocess.TimeoutExpired:
            watch()
