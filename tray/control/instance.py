"""One running Scribelet for each user."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tray.core.failures import ScribeletError

if TYPE_CHECKING:
    from filelock import BaseFileLock

_LOCK = "scribelet.lock"
_PID = "scribelet.pid"


class AlreadyRunningError(ScribeletError):
    """Another process of this user is Scribelet."""

    def __init__(self, pid: int | None) -> None:
        known = f" (process {pid})" if pid else ""
        super().__init__(f"Scribelet is already running{known}", "Dictate with: scribelet toggle")
        self.pid = pid
        """Its process id, or None if it has not said so yet."""


class Instance:
    """The right to be the running Scribelet; it ends with the process, however that ends."""

    def __init__(self, lock: BaseFileLock, pid_file: Path) -> None:
        self._lock = lock
        self._pid_file = pid_file

    @classmethod
    def claim(cls, folder: Path) -> Instance:
        """Take the right, which is kept in the state folder.

        Raises AlreadyRunningError, or ScribeletError if the folder cannot be written.
        """
        from filelock import FileLock, Timeout  # other commands do without it

        pid_file = folder / _PID
        # claimed at the start by one thread, released at the end perhaps by another
        lock = FileLock(folder / _LOCK, timeout=0, mode=0o600, thread_local=False)
        try:
            lock.acquire()
            _write(pid_file)
        except Timeout as error:
            raise AlreadyRunningError(_read(pid_file)) from error
        except OSError as error:
            lock.release()
            raise ScribeletError(f"{folder} cannot be written: {error.strerror}", "Look at its permissions") from error
        return cls(lock, pid_file)

    def release(self) -> None:
        """Let the next one begin. Idempotent."""
        if self._lock.is_locked:
            # the number is a courtesy to the next one; the lock alone decides
            with suppress(OSError):
                self._pid_file.unlink(missing_ok=True)
            self._lock.release()


def _write(pid_file: Path) -> None:
    # a disk without room for a number keeps nobody from dictating
    with suppress(OSError):
        pid_file.touch(mode=0o600)
        pid_file.write_text(f"{os.getpid()}\n")


def _read(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text())
    except (OSError, ValueError):
        return None
