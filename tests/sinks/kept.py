"""The files of a transcript, as whoever opens them reads them."""

from __future__ import annotations

import json
from pathlib import Path


def page(folder: Path, day: str = "2026-11-23") -> str:
    return (folder / f"{day}.md").read_text()


def records(folder: Path, day: str = "2026-11-23") -> list[dict]:
    return [json.loads(line) for line in (folder / f"{day}.jsonl").read_text().split("\n") if line]


def kinds(folder: Path) -> list[str]:
    return [f"{record['type']} {record['number']}" for record in records(folder)]
