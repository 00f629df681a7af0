"""The first start: what a person is offered, and what is said of what comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.conftest import Index, stocked
from tray.control.first_run import (
    GET,
    Event,
    Failed,
    Getting,
    NoModel,
    Ready,
    State,
    first_time,
    greeting,
    lines,
    missing,
    note,
    refusal,
    reminder,
    step,
)
from tray.core.failures import ModelError
from tray.core.menu import Item
from tray.store.catalogue import Model
from tray.store.progress import Progress
from tray.system.notifications import Note

BROKEN = ModelError("The package index cannot be reached.", "Check the network, then run the same command again.")
OFFER = "Get the speech model (55 MB)"
READY = Note("Ready", "Speak.")


# what follows what


@pytest.mark.parametrize(
    ("state", "event", "then"),
    [
        (NoModel(), Event.WANTED, Getting("downloading", 0)),
        (Failed(BROKEN), Event.WANTED, Getting("downloading", 0)),
        (Getting("downloading", 40), Event.WANTED, Getting("downloading", 40)),
        (Getting("downloading", 40), Progress("downloading", 0.449), Getting("downloading", 40)),
        (Getting("downloading", 40), Progress("downloading", 0.45), Getting("downloading", 45)),
        (Getting("downloading", 95), Progress("preparing", None), Getting("preparing", None)),
        (Getting("downloading", 40), BROKEN, Failed(BROKEN)),
        (Getting("downloading", 40), Event.GIVEN_UP, NoModel()),
        (Getting("saving", None), Event.PRESENT, Ready()),
        (NoModel(), Event.PRESENT, Ready()),
        (Failed(BROKEN), Event.PRESENT, Ready()),
        (Ready(), Event.ABSENT, NoModel()),
        (Ready(), Event.WANTED, Ready()),
        (Failed(BROKEN), Event.ABSENT, Failed(BROKEN)),
        (NoModel(), Progress("downloading", 0.5), NoModel()),
        (NoModel(), BROKEN, NoModel()),
    ],
)
def test_one_thing_follows_another(state: State, event: Event | Progress | ModelError, then: State) -> None:
    assert step(state, event) == then


def test_the_menu_changes_only_every_five_per_cent() -> None:
    shares = [number / 1000 for number in range(1001)]
    shown = {step(Getting(), Progress("downloading", share)) for share in shares}
    assert len(shown) == 21


# what is shown


@pytest.mark.parametrize(
    ("state", "menu"),
    [
        (NoModel(), (Item(OFFER, GET),)),
        (Getting("downloading", 45), (Item("Getting the speech model: 45 %", enabled=False),)),
        (Getting("preparing", None), (Item("Getting the speech model: preparing", enabled=False),)),
        (Failed(BROKEN), (Item(f"⚠ {BROKEN}", enabled=False), Item(f"Try again: {OFFER}", GET))),
        (Ready(), ()),
    ],
)
def test_the_top_of_the_menu(state: State, menu: tuple[Item, ...], model: Model) -> None:
    assert lines(state, model) == menu


def test_a_long_reason_does_not_make_the_menu_wide(model: Model) -> None:
    reason, _ = lines(Failed(ModelError("why " * 100)), model)
    assert len(reason.label) <= 96


def test_the_welcome_has_one_button_that_brings_the_model(model: Model) -> None:
    welcome = note(NoModel(), model, READY)
    assert welcome is not None
    assert welcome.buttons == ((GET, OFFER),)


def test_a_failure_says_why_and_offers_to_try_again_as_one_does_without_a_terminal(model: Model) -> None:
    told = note(Failed(BROKEN), model, READY)
    assert told is not None
    assert told.body == "The package index cannot be reached. Check the network, then try again."
    assert told.buttons == ((GET, "Try again"),)


def test_the_last_toast_says_which_keys_and_where_the_text_goes(model: Model) -> None:
    ready = greeting("Ready", "ctrl+alt+space", Path.home() / "Documents" / "Scribelet")
    assert note(Ready(), model, ready) == ready
    assert ready.body.startswith("Press Ctrl+Alt+Space and speak. Everything is written to ~/Documents/Scribelet.")


def test_where_no_key_reaches_the_program_a_click_is_named() -> None:
    assert "Click the icon" in greeting("Ready", "", Path("/srv/text")).body
    assert "/srv/text" in greeting("Ready", "", Path("/srv/text")).body


def test_whoever_speaks_too_early_gets_the_button_again_and_the_exit_code_for_models(model: Model) -> None:
    early = reminder(NoModel(), model)
    error = refusal(NoModel(), model)
    assert early is not None
    assert error is not None
    assert early.buttons == ((GET, OFFER),)
    assert (error.exit_code, error.remedy) == (4, "Run: scribelet models install moonshine-base-en")


def test_while_the_model_comes_dictation_is_refused_with_how_far_it_is(model: Model) -> None:
    assert str(refusal(Getting("downloading", 45), model)) == "Getting the speech model: 45 %"
    waiting = reminder(Getting("downloading", 45), model)
    assert waiting is not None
    assert waiting.buttons == ()


def test_with_the_model_there_nothing_is_refused(model: Model) -> None:
    assert refusal(Ready(), model) is None
    assert reminder(Ready(), model) is None


def test_one_is_welcomed_once_and_never_again(tmp_path: Path) -> None:
    assert first_time(tmp_path)
    assert not first_time(tmp_path)


def test_where_nobody_can_keep_that_it_was_said_nothing_is_said(tmp_path: Path) -> None:
    assert not first_time(tmp_path / "nowhere")


def test_only_a_model_of_the_catalogue_is_offered(index: Index, model: Model, tmp_path: Path) -> None:
    shelf = stocked(tmp_path / "models", index, {model.name: model})
    assert missing(shelf, {model.name: model}, model.name) == model
    assert missing(shelf, {model.name: model}, "my-own-vosk") is None
