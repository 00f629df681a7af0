"""Desktops for the tests of the whole program."""

from collections.abc import Iterator

import pytest

from tests.desktop.virtual import Desktop


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
