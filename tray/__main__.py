"""The command `scribelet`."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Run one command and leave with its exit code."""
    if sys.argv[1:2] == ["ear"]:
        from tray.app import serve_ear

        sys.exit(serve_ear(sys.argv[2]))
    if sys.argv[1:2] == ["rehearse"]:
        from tray.app import rehearse

        sys.exit(rehearse(Path(sys.argv[2])))
    from tray.app import command_line_parts
    from tray.control.cli import build_cli

    build_cli(command_line_parts())()


if __name__ == "__main__":
    main()
