"""A disk without room for a single byte: what is said, and what is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import tray
from tests.surroundings.disk import Disk

LOG = """
import logging
from pathlib import Path
from tray.control.logfile import log_handler

logging.basicConfig(handlers=[log_handler(Path("/dev/full"))])
logging.getLogger("another.library").warning("it was working with %s", "what somebody said")
"""


def _python(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(Path(tray.__file__).parents[1])}
    environment["XDG_RUNTIME_DIR"] = str(home / "none")
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


def test_what_the_log_cannot_take_comes_out_nowhere_else(tmp_path: Path) -> None:
    done = _python("-c", LOG, home=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_home_in_which_no_folder_can_be_made_is_told_with_what_mends_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with Disk(home, tmp_path / "disk") as disk:
        disk.fill()
        done = _python("-m", "tray", home=home)
    assert done.returncode == 1
    assert done.stderr.endswith("cannot be made: No space left on device. Free some space on the disk\n")
