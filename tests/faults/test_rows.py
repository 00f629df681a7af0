"""Rows of `bench --faults`, each done once: nothing of what was said is lost, and it is said."""

from __future__ import annotations

import json

import pytest

from tests.faults.rehearsals import TOOLS, at_home
from tray.bench.faults.report import run
from tray.bench.faults.rows import ROWS

pytestmark = pytest.mark.usefixtures(at_home.__name__)
SHORT = ("kill_ear", "disk_full", "disk_read_only", "disk_forbidden", "disk_gone")
"""Each takes as long as the recording; what a machine is fast enough for is left to the bench."""


@pytest.mark.parametrize("key", SHORT)
def test_every_word_is_written_once_whatever_happens_meanwhile(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    row = next(one for one in ROWS if one.key == key)
    failed = run(TOOLS, 1, 3, "json", [row])
    report = json.loads(capsys.readouterr().out)
    assert failed == 0, report
    assert (report[f"{key}.doubled_s"], report[f"{key}.missing_s"]) == (0, 0)
