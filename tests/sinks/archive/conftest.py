"""A transcript of two days, and what is found in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.sinks.conftest import tell
from tray.sinks.archive import Archive, Paragraph

ROOT = Path(__file__).parents[3]
MONDAY = date(2026, 11, 23)
TUESDAY = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
ANNA, PLUMBER = "Dear Anna. The café at Łódź is closed.", "Call the plumber. About the red one."


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "scribelet" / "words.sqlite"


@pytest.fixture
def archive(folder, index) -> Archive:
    return Archive(folder, index)


@pytest.fixture
def two_days(sink, speaker) -> None:
    tell(sink, *speaker().tells("dear Anna", "the café at Łódź is closed"))
    tell(sink, *speaker(TUESDAY, "second").tells("call the plumber", "about the red one"))


def find(archive: Archive, *phrases: str, day: date | None = None) -> list[str]:
    return texts(archive.search(phrases, lambda _done: None, day=day, limit=None).paragraphs)


def texts(found: Iterable[Paragraph]) -> list[str]:
    return ["".join(one.pieces) for one in found]
