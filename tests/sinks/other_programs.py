"""What other programs do with the clipboard, and programs that a test puts on the path."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")


def tool(folder: Path, name: str, script: str) -> None:
    """Put a program on a path."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def paste(desktop) -> str:
    """What another program gets."""
    command = ["xclip", "-selection", "clipboard", "-out", "-target", "UTF8_STRING"]
    return subprocess.run(command, env=desktop, capture_output=True, check=True, timeout=10).stdout.decode()


def copy(desktop, content: bytes, target: str = "UTF8_STRING") -> None:
    """Somebody copies something in another program, and it has arrived."""
    command = ["xclip", "-selection", "clipboard", "-target", target]
    nowhere = subprocess.DEVNULL
    subprocess.run(
        [*command, "-in"], env=desktop, input=content, stdout=nowhere, stderr=nowhere, check=True, timeout=10
    )
    deadline = time.monotonic() + 10
    while subprocess.run([*command, "-out"], env=desktop, capture_output=True, timeout=10).stdout != content:
        assert time.monotonic() < deadline, "the X server does not know of the new owner"
