"""Whether this is a desktop on which nobody minds being typed on."""

from __future__ import annotations

import os

from tray.core.failures import UsageError
from tray.system.folders import models_folder

SIGN = "VDESK_DIR"
"""The environment variable by which a virtual desktop says that it is one."""


def refuse_real_desktop() -> None:
    """Raises UsageError unless this is a virtual desktop, with how to get one."""
    if SIGN not in os.environ:
        raise UsageError(
            "bench --desktop speaks, types and copies, so it runs only on a virtual desktop, never on yours",
            f"In a checkout: VDESK_MODELS={models_folder()} tests/desktop/desktop.sh run /tmp/desk scribelet bench"
            " --desktop",
        )
