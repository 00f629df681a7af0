"""Scribelet is killed while somebody speaks; the next start writes what was said, once, at its true time."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from random import Random
from time import sleep

import pytest

from tests.faults.rehearsals import TOOLS, at_home
from tray.bench.faults.killed import killed, moments
from tray.bench.faults.rehearsed import rehearsed
from tray.bench.faults.remains import Remains, judge_killed
from tray.core.ledger import flaws, sums, waiting

SEED = int(os.environ.get("FAULTS_SEED", "1"))
KILLS = int(os.environ.get("FAULTS_KILLS", "6"))
LENGTH_S = 11.0


pytestmark = pytest.mark.usefixtures(at_home.__name__)


@pytest.mark.parametrize("at", moments(TOOLS, Random(SEED), KILLS))
def test_after_a_kill_every_sample_has_its_fate_and_the_words_are_those_of_a_fresh_ear(
    at: float, tmp_path: Path
) -> None:
    remains = Remains(TOOLS, tmp_path)
    outcome = judge_killed(remains, killed(remains, at))
    assert outcome.complaints == ()
    assert (outcome.figures["doubled_s"], outcome.figures["missing_s"]) == (0, 0)


def test_what_is_recovered_is_written_once_however_often_the_recovery_is_killed(tmp_path: Path) -> None:
    remains = Remains(TOOLS, tmp_path)
    killed(remains, 6.0)
    captured = sums(remains.account()).captured
    for after_s in (0.2, 0.5, 0.9, 1.3):
        rescue = subprocess.Popen([*TOOLS.rehearse, str(tmp_path)], stdout=subprocess.DEVNULL)
        sleep(after_s)  # the moment is what is tested
        rescue.kill()
        rescue.wait()
    remains.recover()
    account = remains.account()
    assert (flaws(account), waiting(account), sums(account).captured) == ([], [], captured)
    said = " ".join(word.text for entry in remains.entries() for word in entry.segment.words)
    assert said.lower().count("fellow") == 1


def test_a_session_that_was_written_to_its_end_leaves_nothing_to_recover(tmp_path: Path) -> None:
    with rehearsed(TOOLS, tmp_path, pace=4) as program:
        assert program.end() == 0
    remains = Remains(TOOLS, tmp_path)
    assert (flaws(remains.account()), waiting(remains.account())) == ([], [])
    assert sums(remains.account()).captured == pytest.approx(LENGTH_S, abs=0.01)
    assert remains.recover() == []
    assert list((tmp_path / "spool").iterdir()) == []
