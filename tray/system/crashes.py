"""What stays behind when a process crashes."""

from __future__ import annotations

import faulthandler
import sys
import threading
import traceback
from types import TracebackType


def leave_no_core() -> None:
    """Let this process and those that it starts crash without a copy of their memory on the disk: it holds words."""
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def complain_without_words() -> None:
    """Let this process tell on standard error where it crashed, and of what kind: what an error says may be speech."""
    sys.excepthook = lambda kind, _error, trace: _complain(kind, trace)
    threading.excepthook = lambda crash: _complain(crash.exc_type, crash.exc_traceback)
    faulthandler.enable()


def _complain(kind: type[BaseException], trace: TracebackType | None) -> None:
    places = "".join(traceback.format_tb(trace))
    print(f"Ended by {kind.__name__}\n{places}", end="", file=sys.stderr)
