"""Runs a Python module in a child process that ends when the process which started it is gone.

    python -m tray.store.leash MODULE ARGUMENTS...

Standard input is the leash: a pipe that the starter holds open and never writes to.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading

ORPHANED = 70
"""Exit code of a child whose starter is gone."""


def _end_with_the_starter() -> None:
    # os.read, not sys.stdin: a thread that waits inside a buffered reader makes the interpreter's own end fail
    while os.read(0, 1):
        continue
    os._exit(ORPHANED)


def main() -> None:
    """Run the module named on the command line as if it had been started itself."""
    threading.Thread(target=_end_with_the_starter, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
