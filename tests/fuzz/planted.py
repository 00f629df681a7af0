"""Parsers that are broken on purpose: whoever looks for faults must find these."""

from __future__ import annotations

import os
import threading
import warnings
from pathlib import Path
from time import process_time

from tests.fuzz.worker import Parse, Target


def valid() -> list[bytes]:
    return [b"name=Anna;age=40;", b"name=Bob;age=7;"]


def _fields(content: bytes) -> dict[str, str]:
    rows = (row.split("=", 1) for row in content.decode("latin-1").split(";") if "=" in row)
    return {row[0]: row[1] for row in rows}


def sound(_folder: Path) -> Parse:
    """Promises ValueError for what is no age, and keeps it."""

    def parse(content: bytes) -> None:
        int(_fields(content).get("age", "0"))

    return parse


def careless(_folder: Path) -> Parse:
    """Believes that every record has a name."""

    def parse(content: bytes) -> None:
        assert _fields(content)["name"] is not None

    return parse


def hanging(_folder: Path) -> Parse:
    """Waits for ever where nobody is old."""

    def parse(content: bytes) -> None:
        if "age" not in _fields(content):
            threading.Event().wait()

    return parse


def greedy(_folder: Path) -> Parse:
    """Makes room for whatever length it is told."""

    def parse(content: bytes) -> None:
        digits = _fields(content).get("age", "")
        bytes(min(int(digits), 10**10) if digits.isdecimal() and digits.isascii() and len(digits) < 20 else 0)

    return parse


def busy(_folder: Path) -> Parse:
    """Takes a second and more for a long input."""

    def parse(content: bytes) -> None:
        if len(content) > 1000:
            begun = process_time()
            while process_time() - begun < 1.1:
                pass

    return parse


def crashing(_folder: Path) -> Parse:
    """Takes the whole process with it."""

    def parse(content: bytes) -> None:
        if b"Anna" not in content and b"Bob" not in content:
            os.abort()

    return parse


def muttering(_folder: Path) -> Parse:
    """Warns where nobody reads it."""

    def parse(content: bytes) -> None:
        if b"\xff" in content:
            warnings.warn("strange", RuntimeWarning, stacklevel=1)

    return parse


def absent_minded(_folder: Path) -> Parse:
    """Fails on a thread that nobody looks at."""

    def parse(content: bytes) -> None:
        thread = threading.Thread(target=lambda: _fields(content)["name"])
        thread.start()
        thread.join()

    return parse


SOUND = Target("sound", valid, sound, (ValueError,))
BROKEN = {
    "KeyError": Target("careless", valid, careless, (ValueError,)),
    "hang": Target("hanging", valid, hanging),
    "MemoryError": Target("greedy", valid, greedy),
    "slow": Target("busy", valid, busy),
    "killed by SIGABRT": Target("crashing", valid, crashing),
    "RuntimeWarning": Target("muttering", valid, muttering),
    "KeyError of a thread": Target("absent-minded", valid, absent_minded),
}
"""What is to be found → the parser in which it is."""
