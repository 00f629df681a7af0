"""What `bench` says of the program on a desktop."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.desktop.virtual import Desktop

SPEECH = Path(__file__).parents[1] / "speech"
MEASURE = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from tray.bench.desk import measure_desk
program = (sys.executable, "-m", "tray", "rehearse")
print(json.dumps(asdict(measure_desk(program, Path(sys.argv[1]), "moonshine-base-en"))))
"""


def test_start_and_memory_are_measured_without_touching_what_is_the_users(desktop: Desktop) -> None:
    desktop.copy("mine")
    bench = desktop.launch(sys.executable, "-c", MEASURE, str(SPEECH / "mfa_ac.wav"))
    assert bench.wait(90) == 0, bench.output()
    found = json.loads(bench.output())
    assert 0 < found["ready_ms"] < 60_000
    assert 10 < found["idle_mb"] < found["work_mb"] < 1_000
    assert desktop.clipboard() == "mine"
    assert desktop.toasts() == []
    assert not (desktop.home / "Documents").exists()
