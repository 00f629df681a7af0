"""`bench --faults` with the real program on a desktop whose other programs hang and die."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.desktop.virtual import Desktop

MEASURE = """
import sys
sys.path.append(sys.argv[1])
from tests.faults.rehearsals import TOOLS
from tray.bench.faults.report import run
from tray.bench.faults.rows import ROWS
sys.exit(run(TOOLS, 1, 3, "json", [row for row in ROWS if row.key in sys.argv[2:]]))
"""
SHORT = ("clipboard_hangs", "toasts_die", "unplugged")


@pytest.mark.timeout(300)
def test_the_text_is_whole_and_nothing_is_left_behind_whatever_becomes_of_the_programs_around() -> None:
    with Desktop(absent=("noise",)) as desktop:
        desktop.copy("mine")
        bench = desktop.launch(sys.executable, "-c", MEASURE, str(Path(__file__).parents[2]), *SHORT)
        code = bench.wait(240)
        assert code == 0, bench.output()
        report = json.loads(bench.output())
        assert {report[f"{key}.good"] for key in SHORT} == {1}
        assert not (desktop.home / "Documents").exists()
