"""The real program with a recording in place of the microphone: `python -m tray.bench.program RECORDING`."""

from __future__ import annotations

import sys
from pathlib import Path

from tray.audio.paced import PacedFile
from tray.live import Live


def main(recording: Path) -> None:
    """Run until told to quit; every session hears the recording."""
    Live(source=lambda _settings: PacedFile(recording)).serve()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
