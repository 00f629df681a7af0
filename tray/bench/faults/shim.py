"""A tool of the desktop that hangs or dies when it is told to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from tray.bench.faults.furniture import Mend
from tray.bench.faults.trial import NotMeasuredError

SCRIPT = """#!/bin/sh
[ -e '{folder}/hangs' ] && exec sleep 600
[ -e '{folder}/dies' ] && kill -KILL $$
exec '{tool}' "$@"
"""


class Shim:
    """Stands before a tool, for one program."""

    def __init__(self, folder: Path, tool: str) -> None:
        """Lies in this folder. Raises NotMeasuredError where there is no such tool."""
        found = shutil.which(tool)
        if found is None:
            raise NotMeasuredError(f"there is no {tool}")
        self._folder = folder
        script = folder / tool
        script.write_text(SCRIPT.format(folder=folder, tool=found))
        script.chmod(0o700)

    def before(self, program: Sequence[str]) -> Sequence[str]:
        """The command that starts a program which finds this instead of the tool."""
        return ("env", f"PATH={self._folder}:{os.environ['PATH']}", *program)

    def hang(self) -> Mend:
        """From now on it does nothing, and does not end."""
        return self._set("hangs")

    def die(self) -> Mend:
        """From now on it is killed as soon as it is started."""
        return self._set("dies")

    def _set(self, name: str) -> Mend:
        flag = self._folder / name
        flag.touch()
        return flag.unlink
