"""Ten minutes of sound wait for an ear that takes nothing: they lie on the disk, not in memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.patience import until
from tray.core.speech import RATE, AudioChunk, Span
from tray.spool.keeper import DiskKeeper
from tray.spool.spool import Spool

MOST = 16_000_000
"""Bytes that may be held for it; the whole program may grow by 20 MB."""
BLOCK = 512
MINUTES_10 = 600 * RATE // BLOCK
"""Blocks."""


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[DiskKeeper]:
    one = DiskKeeper(tmp_path / "spool", tmp_path / "ledger", lambda _news: None)
    yield one
    one.close()


def test_ten_minutes_that_wait_take_little_memory(keeper: DiskKeeper, tmp_path: Path) -> None:
    spool = Spool(keeper)
    keeper.start(spool)
    tracemalloc.start()
    try:
        spool.begin(1, "20261123T120000.000000-1", datetime(2026, 11, 23, 12, tzinfo=UTC))
        for number in range(MINUTES_10):
            spool.append(1, AudioChunk(bytes(bytearray(2 * BLOCK)), number * BLOCK, RATE))
        until(lambda: _on_disk(tmp_path) >= MINUTES_10 * 2 * BLOCK, "all of it on the disk", 60)
        until(lambda: tracemalloc.get_traced_memory()[0] <= MOST, "memory to be free")
    finally:
        tracemalloc.stop()
    assert spool.waiting_s() == pytest.approx(Span(0, MINUTES_10 * BLOCK, RATE).seconds)
    assert spool.take(0) == (1, AudioChunk(bytes(2 * BLOCK), 0, RATE))


def _on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.sound"))
