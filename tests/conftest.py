"""What holds for all tests."""

import pytest

# what helps many tests says what it found, as a test does
pytest.register_assert_rewrite("tests.surroundings", "tests.desktop.running")
