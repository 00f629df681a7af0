"""The command line as a process of its own: completion, Ctrl+C, pipes, and how soon it answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest

from tray.control.socket import ControlServer


def test_names_of_settings_are_completed(home: Path):
    environment = os.environ | {
        "_SCRIBELET_COMPLETE": "bash_complete",
        "COMP_WORDS": "scribelet config set clip",
        "COMP_CWORD": "3",
    }
    done = subprocess.run([sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, timeout=30)
    assert done.stdout.split() == ["plain,clipboard.mode", "plain,clipboard.limit"], (done.stderr, home)


RUN = """
import sys
from tray.control.cli import build_cli
from tray.control.parts import Parts
from dataclasses import fields
def no(*_):
    print("ready", flush=True)
    while True:
        sys.stdin.readline()
build_cli(Parts(*[no] * len(fields(Parts))))(prog_name="scribelet")
"""


def test_control_c_ends_a_command_without_a_traceback(home: Path, python: Callable[..., subprocess.Popen[str]]):
    process = python(RUN, "doctor")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", home
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (130, "")


@pytest.mark.usefixtures("desk")
def test_a_closed_pipe_is_no_reason_to_complain():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-c", RUN, "status"], stdout=write, stderr=subprocess.PIPE, timeout=30)
    os.close(write)
    assert done.stderr == b""


def test_following_prints_a_line_for_each_change_until_the_program_ends(
    home: Path, python: Callable[..., subprocess.Popen[str]]
):
    (home / "runtime_dir/scribelet").mkdir(mode=0o700)
    server = ControlServer(home / "runtime_dir/scribelet/control.socket", lambda _: {"state": "idle"})
    process = python(RUN, "status", "--follow")
    assert process.stdout is not None
    assert process.stdout.readline() == "Idle.\n"
    server.publish({"state": "listening", "session_seconds": 0, "segments": 0})
    assert process.stdout.readline() == "Listening for 0 s, 0 segments.\n"
    server.close()
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


HEAVY = {"numpy", "onnxruntime", "tomlkit", "filelock", "multiprocessing", "asyncio", "msgspec", "platformdirs"}


@pytest.mark.usefixtures("desk")
def test_toggle_imports_nothing_heavy_and_its_time_is_printed(capsys: pytest.CaptureFixture[str]):
    code = RUN.replace(")(prog", ")(standalone_mode=False, prog") + "print(*sys.modules, sep='\\n')"
    times: list[float] = []
    for _ in range(5):
        begun = perf_counter()
        done = subprocess.run([sys.executable, "-c", code, "toggle"], capture_output=True, text=True, timeout=30)
        times.append((perf_counter() - begun) * 1000)
        assert done.returncode == 0, done.stderr
        assert not {name.split(".")[0] for name in done.stdout.split()} & HEAVY
    with capsys.disabled():
        print(f"\nscribelet toggle, start to end: {', '.join(f'{one:.0f}' for one in sorted(times))} ms")
