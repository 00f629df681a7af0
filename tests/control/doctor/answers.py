"""What the doctor prints, taken apart."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = Path(__file__).parents[3]
PATIENCE = 100
"""Seconds until something counts as not happening, on a machine with much else to do."""


def marks(output: str) -> dict[str, str]:
    """The mark of each part."""
    lines = (line for line in output.split("\n\n")[0].splitlines() if not line.startswith(" "))
    return {line[2:].split("  ")[0]: line[0] for line in lines}


def told(output: str, part: str) -> str:
    """All that is said of one part."""
    lines = iter(output.splitlines())
    first = next(line for line in lines if line[2:].startswith(part))
    text = [first.partition(part)[2].strip()]
    for line in lines:
        if not line.startswith("   "):
            break
        text.append(line.strip())
    return "\n".join(text)
