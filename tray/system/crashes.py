"""What stays behind when a process crashes."""

from __future__ import annotations

import sys


def leave_no_core() -> None:
    """Let this process and those that it starts crash without a copy of their memory on the disk: it holds words."""
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
