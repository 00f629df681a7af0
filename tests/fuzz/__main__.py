"""The command line: so many inputs from a seed, and each finding with the command that brings it back."""

from __future__ import annotations

import argparse
import os
import sys
from time import monotonic

from tests.fuzz.engine import Order, Result, run
from tests.fuzz.targets import TARGETS


def main() -> int:
    """1 if anything was found."""
    wish = _arguments()
    chosen = [target for target in TARGETS if wish.target in (None, target.name)]
    begun = monotonic()
    results = run(chosen, Order(wish.seed, wish.count, wish.start, wish.processes))
    print(report(results, wish.seed, monotonic() - begun))
    return int(any(result.findings for result in results))


def report(results: list[Result], seed: int, seconds: float) -> str:
    """Runs and speed of each target, and everything that was found."""
    runs = sum(result.runs for result in results)
    lines = [f"seed {seed}: {runs} inputs in {seconds:.1f} s"]
    for one in results:
        speed = f"{one.runs / one.seconds:8.0f} a second" if one.seconds else " " * 17
        lines.append(f"{one.target.name:22}{one.runs:9}{speed}{len(one.findings):4} found")
    found = [finding for one in results for finding in one.findings.values()]
    return "\n".join([*lines, *(finding.told(seed) for finding in found)])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.fuzz", description="Wrong inputs for every parser.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20_000, help="inputs altogether")
    parser.add_argument("--target", choices=[target.name for target in TARGETS], help="only this one")
    parser.add_argument("--from", dest="start", type=int, default=0, help="number of the first input of each target")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
