"""Models that are there, and models that are no longer what they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from tray.core.failures import ModelError
from tray.store.catalogue import Model
from tray.store.progress import Progress
from tray.store.record import Label, write_record
from tray.store.shelf import Installed, Shelf

RECORD = (
    '{"name": "mine", "kind": "vosk", "languages": [], "source": {}, "files": {"NAME": {"size": 8, "sha256": "0"}}}'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A shelf with one small model on it."""
    model = tmp_path / "models" / "mine"
    (model / "graph").mkdir(parents=True)
    (model / "graph" / "words.txt").write_text("one\ntwo\n")
    write_record(model, "mine", Label("vosk", ("en",), {"path": "mine.zip"}))
    return tmp_path / "models"


def test_an_installed_model_is_listed_and_found(folder: Path) -> None:
    shelf = Shelf(folder, {})
    assert shelf.installed() == [Installed("mine", "vosk", folder / "mine", ("en",))]
    assert shelf.find("mine") == shelf.verify("mine") == shelf.installed()[0]


def test_an_empty_shelf_is_no_error(tmp_path: Path) -> None:
    assert Shelf(tmp_path / "models", {}).installed() == []


def test_strange_things_on_the_shelf_are_passed_over(folder: Path) -> None:
    (folder / "notes.txt").write_text("hello")
    (folder / "Somebody Else's").mkdir()
    (folder / "unfinished").mkdir()
    assert [model.name for model in Shelf(folder, {}).installed()] == ["mine"]


def test_a_model_of_the_catalogue_that_is_not_there_names_the_command_that_brings_it(
    folder: Path, model: Model
) -> None:
    with pytest.raises(ModelError, match="is not installed") as caught:
        Shelf(folder, {model.name: model}).find(model.name)
    assert caught.value.remedy == "Run: scribelet models install moonshine-base-en"


def test_a_model_that_is_there_is_not_waited_for_while_another_one_is_being_installed(folder: Path) -> None:
    news: list[Progress] = []
    with FileLock(folder / ".lock"):
        installed = Shelf(folder, {}).install_from(folder / "nowhere", "mine", news.append)
    assert installed.name == "mine"
    assert news == [Progress("already installed", 1.0)]


@pytest.mark.parametrize("name", ["nothing", "../models/mine", ""])
def test_a_name_that_nobody_gave_is_answered_with_those_that_exist(folder: Path, name: str) -> None:
    with pytest.raises(ModelError, match="there are: mine"):
        Shelf(folder, {}).find(name)


@pytest.mark.parametrize(
    ("lost", "content"),
    [
        ("graph/words.txt", None),
        ("graph/words.txt", "one\n"),
        ("model.json", None),
        ("model.json", ""),
        ("model.json", "[]"),
        ("model.json", '{"name": "mine", "kind": "vosk", "languages": 3, "source": {}, "files": {}}'),
        ("model.json", '{"name": "mine", "kind": "vosk", "languages": [], "source": {}, "files": {"a": 1}}'),
        ("model.json", "[" * 100_000),
        *(
            ("model.json", RECORD.replace("NAME", name))
            for name in ("/dev/zero", "../mine/graph/words.txt", "a\\u0000")
        ),
        ("model.json", RECORD.replace("NAME", "\\ud800")),
    ],
)
def test_a_damaged_model_is_not_used_and_says_how_to_mend_it(folder: Path, lost: str, content: str | None) -> None:
    (folder / "mine" / lost).unlink()
    if content is not None:
        (folder / "mine" / lost).write_text(content)
    with pytest.raises(ModelError, match=r"damaged|incomplete") as caught:
        Shelf(folder, {}).find("mine")
    assert caught.value.remedy == "Install mine again from its folder or archive."
    with pytest.raises(ModelError):
        Shelf(folder, {}).verify("mine")
    assert Shelf(folder, {}).installed() == []


def test_a_changed_byte_is_found_when_every_byte_is_asked_for(folder: Path) -> None:
    (folder / "mine" / "graph" / "words.txt").write_text("one\ntwa\n")
    assert Shelf(folder, {}).find("mine").name == "mine"
    with pytest.raises(ModelError, match=r"graph/words.txt has changed"):
        Shelf(folder, {}).verify("mine")
