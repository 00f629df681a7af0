"""What an ear complains of is kept where it can be looked up, and never grows without end."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from tray.hearing.child import ERRORS_LIMIT, Child, Patience

COMPLAINT = "the model is too old"
COMPLAINS = (sys.executable, "-c", f"import sys; print({COMPLAINT!r}, file=sys.stderr)")


def run_ear(errors: Path | None) -> None:
    """Start an ear that complains, and wait for its end."""
    Child(COMPLAINS, lambda _: None, patience=Patience(), errors=errors).end()


def test_a_complaint_is_kept_in_a_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    run_ear(tmp_path / "ear.log")
    assert (tmp_path / "ear.log").read_text() == f"{COMPLAINT}\n"
    assert stat.S_IMODE((tmp_path / "ear.log").stat().st_mode) == 0o600


def test_the_complaints_of_the_ear_before_are_still_there(tmp_path: Path) -> None:
    run_ear(tmp_path / "ear.log")
    run_ear(tmp_path / "ear.log")
    assert (tmp_path / "ear.log").read_text() == f"{COMPLAINT}\n" * 2


@pytest.mark.parametrize(("size", "kept"), [(ERRORS_LIMIT, True), (ERRORS_LIMIT + 1, False)])
def test_a_file_that_has_grown_too_large_begins_anew_with_the_next_ear(
    tmp_path: Path, size: int, *, kept: bool
) -> None:
    (tmp_path / "ear.log").write_bytes(b"." * size)
    run_ear(tmp_path / "ear.log")
    assert (tmp_path / "ear.log").read_text() == "." * (size if kept else 0) + f"{COMPLAINT}\n"


def test_where_no_file_can_be_written_the_ear_hears_all_the_same(tmp_path: Path) -> None:
    run_ear(tmp_path / "no folder" / "ear.log")
    assert list(tmp_path.iterdir()) == []


def test_without_a_file_complaints_go_where_ours_go(capfd: pytest.CaptureFixture[str]) -> None:
    run_ear(None)
    assert capfd.readouterr().err == f"{COMPLAINT}\n"
