"""What is restored, in the places that took it away."""

from __future__ import annotations

import pytest

from tests.sinks.test_contract import Copied, Inserted, Toasted


@pytest.mark.parametrize("kind", [Copied, Toasted, Inserted])
def test_what_is_restored_is_there_once(kind, tmp_path, speaker):
    place, anna = kind(tmp_path), speaker()
    for change in (*anna.tells("Dear Anna", "thank you"), anna.strikes(), anna.restores(1)):
        place.sink.write(change)
    assert place.text() == "Dear Anna. Thank you."
