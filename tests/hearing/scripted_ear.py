"""An ear process for tests: plays a script to whoever is loud. Arguments: the script, and a file that gets its pid."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.hearing.made import hearing
from tray.engines.script import ScriptEngine
from tray.hearing.ear import serve
from tray.hearing.hearing import Beginning, Hearing


def load(script: Path) -> Callable[[Beginning], Hearing]:
    """Opens hearings of one engine. Raises ModelError."""
    engine = ScriptEngine.read(script)
    return lambda beginning: hearing(engine, beginning=beginning)


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(str(os.getpid()), "ascii")
    sys.exit(serve(lambda: load(Path(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer))
