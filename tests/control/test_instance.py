"""Only one Scribelet runs, and one that died does not stand in the way."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest

from tray.control.instance import AlreadyRunningError, Instance
from tray.core.failures import ScribeletError

HOLD = """
import sys
from pathlib import Path
from tray.control.instance import Instance
held = Instance.claim(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""

Python = Callable[..., "subprocess.Popen[str]"]
Wait = Callable[[Callable[[], object]], None]


def _held(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n", process.communicate()


def test_the_second_one_is_told_who_is_first(tmp_path: Path, python: Python):
    first = python(HOLD, tmp_path)
    _held(first)
    begun = monotonic()
    with pytest.raises(AlreadyRunningError, match=str(first.pid)) as caught:
        Instance.claim(tmp_path)
    assert monotonic() - begun < 2
    assert caught.value.pid == first.pid
    assert "scribelet toggle" in caught.value.remedy


def test_one_that_was_killed_does_not_block_the_next(tmp_path: Path, python: Python):
    first = python(HOLD, tmp_path)
    _held(first)
    first.kill()
    first.wait()
    Instance.claim(tmp_path).release()


def test_the_ear_of_a_killed_program_does_not_hold_its_right(tmp_path: Path, python: Python):
    code = HOLD + "import subprocess; child = subprocess.Popen(['sleep', '60']); print(child.pid, flush=True)\n"
    first = python(code.replace("sys.stdin.read()\n", "") + "sys.stdin.read()\n", tmp_path)
    _held(first)
    assert first.stdout is not None
    child = int(first.stdout.readline())
    try:
        first.kill()
        first.wait()
        Instance.claim(tmp_path).release()
    finally:
        os.kill(child, 9)


def test_after_the_end_the_next_one_may_begin(tmp_path: Path, python: Python):
    mine = Instance.claim(tmp_path)
    mine.release()
    mine.release()
    _held(python(HOLD, tmp_path))


def test_the_right_can_be_given_back_by_another_thread(tmp_path: Path, python: Python):
    mine = Instance.claim(tmp_path)
    thread = Thread(target=mine.release)
    thread.start()
    thread.join()
    _held(python(HOLD, tmp_path))


def test_the_files_are_for_the_owner_alone(tmp_path: Path):
    mine = Instance.claim(tmp_path)
    assert {entry.name: entry.stat().st_mode & 0o777 for entry in tmp_path.iterdir()} == {
        "scribelet.lock": 0o600,
        "scribelet.pid": 0o600,
    }
    mine.release()


def test_of_ten_that_start_at_once_one_runs(tmp_path: Path, python: Python, wait: Wait):
    code = HOLD.replace("held = ", "sys.stdin.readline(); held = ")
    all_ten = [python(code, tmp_path) for _ in range(10)]
    for process in all_ten:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    wait(lambda: sum(process.poll() is not None for process in all_ten) == 9)
    (winner,) = (process for process in all_ten if process.poll() is None)
    _held(winner)


def test_a_folder_that_is_not_there_is_told_in_one_sentence(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ScribeletError, match="cannot be written"):
        Instance.claim(tmp_path / "file")
