"""The command `scribelet`."""

from __future__ import annotations

import sys
from pathlib import Path

from tray.system.crashes import leave_no_core


def main() -> None:
    """Run one command and leave with its exit code."""
    leave_no_core()
    match sys.argv[1:]:
        case ["ear", model, endpoint_s]:
            from tray.ear import serve_ear

            sys.exit(serve_ear(model, float(endpoint_s)))
        case ["rehearse", folder, *played]:
            from tray.rehearsal import recover, rehearse

            if played:
                rehearse(Path(folder), Path(played[0]), float(played[1]))
            else:
                recover(Path(folder))
        case _:
            from tray.app import command_line_parts
            from tray.control.cli import build_cli

            build_cli(command_line_parts())(prog_name="scribelet")


if __name__ == "__main__":
    main()
