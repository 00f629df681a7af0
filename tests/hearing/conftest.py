"""A desk whose ear dies with its test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hearing.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose ear is not started yet."""
    one = Desk(tmp_path)
    yield one
    if one.supervisor:
        one.supervisor.close()
