"""Desktops for the tests of the whole program."""

from collections.abc import Iterator

import pytest

from tests.desktop.virtual import Desktop
from tests.surroundings.disk import Disk


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    """A desktop with everything on it, for one test."""
    with Desktop() as started:
        yield started


@pytest.fixture(scope="module")
def shared_desktop() -> Iterator[Desktop]:
    """A desktop with everything on it, for the tests of one file that leave it as they found it."""
    with Desktop() as started:
        yield started


@pytest.fixture
def disk(desktop: Desktop) -> Iterator[Disk]:
    """A disk of its own where the transcript belongs."""
    folder = desktop.home / "Documents" / "Scribelet"
    folder.mkdir(parents=True)
    with Disk(folder, desktop.folder / "disk") as disk:
        yield disk
