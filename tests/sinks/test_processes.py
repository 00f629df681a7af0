"""Other programs cannot hold this one up."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tray.system.processes import Finished, ProcessMissingError, ProcessTimeoutError, feed, run


def gone(pid: int) -> bool:
    """Nothing but perhaps its grave is left of a process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def eventually(condition) -> bool:
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        os.sched_yield()
    return True


def test_what_a_program_writes_comes_back_with_its_code():
    assert run(["sh", "-c", "printf HELLO; exit 3"]) == Finished(3, b"HELLO")


def test_a_megabyte_goes_through():
    assert run(["head", "-c", "1000000", "/dev/zero"]).output == bytes(1_000_000)


def test_a_program_that_waits_to_be_fed_gets_nothing():
    assert run(["cat"]) == Finished(0, b"")


def test_a_megabyte_is_fed_to_its_last_byte(tmp_path):
    feed(["sh", "-c", f"cat >{tmp_path / 'eaten'}"], b"x" * 1_000_000)
    assert (tmp_path / "eaten").read_bytes() == b"x" * 1_000_000


def test_a_program_that_reads_nothing_is_no_failure():
    assert feed(["true"], b"x" * 1_000_000).code == 0


def test_a_program_that_is_not_there_is_named():
    with pytest.raises(ProcessMissingError, match="no-such-program") as failure:
        run(["no-such-program"])
    assert failure.value.remedy


def test_a_program_is_looked_up_on_the_path_it_is_given(tmp_path):
    with pytest.raises(ProcessMissingError):
        run(["cat"], environment={"PATH": str(tmp_path)})


@pytest.mark.parametrize("call", [run, partial(feed, stdin=b"x" * 1_000_000)], ids=["run", "feed"])
def test_a_hung_program_is_killed_with_its_children(call, tmp_path):
    note = tmp_path / "pids"
    started = time.monotonic()
    with pytest.raises(ProcessTimeoutError, match=r"0\.5 s"):
        call(["sh", "-c", f"sleep 100 & echo $! $$ >{note}; wait"], timeout=0.5)
    assert time.monotonic() - started < 5
    assert eventually(lambda: all(gone(int(pid)) for pid in note.read_text().split()))


def test_a_servant_that_stays_holds_nobody_up(tmp_path):
    note = tmp_path / "pid"
    started = time.monotonic()
    feed(["sh", "-c", f"sleep 30 & echo $! >{note}"], b"", 10)
    assert time.monotonic() - started < 9
    servant = int(note.read_text())
    assert not gone(servant)
    opened = {str(Path(f"/proc/{servant}/fd/{number}").readlink()) for number in (1, 2)}
    assert opened == {"/dev/null"}
    os.kill(servant, 9)


def test_a_program_inherits_no_open_file(tmp_path):
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        script = (
            "import os; print(*[os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd') if n > '2'])"
        )
        listing = run([sys.executable, "-c", f"import contextlib\nwith contextlib.suppress(OSError): {script}"], 10)
    assert b"secret" not in listing.output


def dead_children() -> set[str]:
    """Process ids of what has ended and was not waited for."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return {pid for pid in children if gone(int(pid))}


def test_nothing_is_left_to_bury():
    before = dead_children()
    for _ in range(5):
        feed(["true"], b"")
    assert dead_children() <= before
