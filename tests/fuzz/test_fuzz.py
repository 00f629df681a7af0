"""No parser of the house is brought down by what a stranger puts before it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.__main__ import report
from tests.fuzz.engine import Order, Result, run, shares
from tests.fuzz.mutate import Inputs
from tests.fuzz.planted import BROKEN, SOUND
from tests.fuzz.targets import TARGETS
from tests.fuzz.worker import Limits, Target

SEED = int(os.environ.get("SCRIBELET_FUZZ_SEED", "20261123"))
COUNT = 20_000
BUSY = Limits(seconds=20)
"""On a machine that does much else an input may have to wait for its turn."""
ROOT = Path(__file__).parents[2]


def found(target: Target, order: Order) -> dict[str, int]:
    """Kind of each finding, and the input that showed it."""
    (result,) = run([target], order)
    return {finding.trouble.kind: finding.number for finding in result.findings.values()}


def test_twenty_thousand_wrong_inputs_harm_no_parser() -> None:
    results = run(TARGETS, Order(SEED, COUNT, limits=BUSY))
    told = report(results, SEED, 0.0)
    print(told)
    assert not any(result.findings for result in results), told
    assert sum(result.runs for result in results) == COUNT
    assert all(result.runs > len(result.target.seeds()) for result in results)


@pytest.mark.parametrize("kind", BROKEN)
def test_a_planted_fault_is_found_and_comes_back_when_its_input_is_asked_for(kind: str) -> None:
    name = kind.removesuffix(" of a thread")
    # each input that hangs is waited for
    count = 20 if name in ("hang", "slow") else 2000
    order = Order(SEED, count, limits=Limits(seconds=1) if name == "hang" else BUSY)
    first = found(BROKEN[kind], order)
    assert name in first
    again = found(BROKEN[kind], Order(SEED, 1, first[name], limits=order.limits))
    assert again == {name: first[name]}


def test_a_parser_that_keeps_its_promise_is_left_in_peace() -> None:
    (result,) = run([SOUND], Order(SEED, 3000, limits=BUSY))
    assert (result.runs, result.findings, result.crashes) == (3000, {}, 0)


def test_the_inputs_are_the_same_on_another_day() -> None:
    code = "from tests.fuzz.test_fuzz import digest; print(digest())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.stdout.strip() == digest(), done.stderr


def digest() -> str:
    """Stands for the first inputs of all targets."""
    whole = hashlib.sha256()
    for target in TARGETS:
        inputs = Inputs(SEED, target.name, target.seeds(), target.tokens)
        for number in range(40):
            whole.update(inputs[number])
    return whole.hexdigest()


@pytest.mark.parametrize("count", [1, 27, 1000, 20_000, 1_000_003])
def test_all_inputs_that_are_asked_for_are_dealt_out(count: int) -> None:
    assert sum(shares(TARGETS, count)) == count


def test_another_seed_gives_other_inputs() -> None:
    one, other = (Inputs(seed, "x", [b"dear Anna, thank you"]) for seed in (1, 2))
    assert [one[number] for number in range(1, 30)] != [other[number] for number in range(1, 30)]


def test_the_command_line_tells_its_seed_and_the_speed_of_each_target() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--seed", "7", "--count", "20", "--target", "vosk"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    first, second = done.stdout.splitlines()
    assert (done.returncode, first.split(" in ")[0], done.stderr) == (0, "seed 7: 20 inputs", "")
    assert "a second" in second


def test_a_finding_is_told_with_the_command_that_brings_it_back() -> None:
    results: list[Result] = run([BROKEN["KeyError"]], Order(5, 2000, limits=BUSY))
    (finding,) = results[0].findings.values()
    command = f"python -m tests.fuzz --seed 5 --target 'careless' --from {finding.number} --count 1"
    assert command in report(results, 5, 1.0)
