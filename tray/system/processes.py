"""Other programs, run so that none of them can hold this one up."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tray.core.failures import ScribeletError
from tray.system.assets import PACKAGE

PATIENCE = 2.0
"""Seconds that a small tool may take."""
_FAREWELL = 1.0
"""Seconds for the system to bury a killed process."""


class ProcessTimeoutError(ScribeletError):
    """A program did not finish in its time and was killed."""


class ProcessMissingError(ScribeletError):
    """A program is not there, or the system will not start it."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended."""

    code: int
    """Exit status; negative is the signal that ended it."""
    output: bytes
    """What it wrote to its standard output; empty where that was not asked for."""


def run(command: Sequence[str], timeout: float = PATIENCE, environment: Mapping[str, str] | None = None) -> Finished:
    """Run a program that gets nothing to read, and collect what it writes, within `timeout` seconds.

    `environment` replaces the inherited one. Raises ProcessMissingError, ProcessTimeoutError; after either nothing of
    the program is left running.
    """
    return _bounded(_start(command, environment, subprocess.PIPE), b"", timeout)


def feed(
    command: Sequence[str],
    stdin: bytes,
    timeout: float = PATIENCE,
    environment: Mapping[str, str] | None = None,
) -> Finished:
    """Feed a program that may leave a servant of its own behind; its output goes nowhere.

    Only the program itself is waited for: a servant that held a pipe of ours would keep us waiting as long as it lives.
    Raises as `run` does.
    """
    return _bounded(_start(command, environment, subprocess.DEVNULL), stdin, timeout)


def _start(command: Sequence[str], environment: Mapping[str, str] | None, stdout: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # a group of its own, so that a kill reaches its children and ctrl+c does not
        )
    except OSError as error:
        raise ProcessMissingError(
            f"The program {command[0]} could not be started: {error.strerror}.", f"Install {command[0]}."
        ) from error


def _bounded(process: subprocess.Popen[bytes], stdin: bytes, timeout: float) -> Finished:
    try:
        output, _ = process.communicate(stdin, timeout)
    except subprocess.TimeoutExpired as error:
        name = os.fsdecode(error.cmd[0])
        raise ProcessTimeoutError(f"The program {name} did not answer within {timeout:g} s.", "Try again.") from error
    else:
        return Finished(process.returncode, output or b"")
    finally:
        if process.returncode is None:
            _kill(process)
        _drop_pipes(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        # the group is gone when the program ended between the time-out and this line
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    # a process stuck in the kernel outlives even this signal; it is reaped when the next one starts
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_FAREWELL)


def _drop_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            # bytes that a killed program never read cannot be flushed any more
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def own_command(*arguments: str) -> tuple[str, ...]:
    """What starts this very program with other arguments, whatever lies in the folder where it was started."""
    begin = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); from tray.__main__ import main; main()"
    return (sys.executable, "-P", "-c", begin, *arguments)


def age_ms() -> float | None:
    """Milliseconds since this process was started, to the nearest 10; None where the system does not tell."""
    try:
        started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return round(1000 * (time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")))
    except (OSError, AttributeError):
        return None
