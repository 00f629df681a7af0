"""What can be installed by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tray.core.failures import ModelError
from tray.store.catalogue import read_catalogue

ROOT = Path(__file__).resolve().parents[2]
GOOD = (ROOT / "models" / "catalogue.toml").read_text(encoding="utf-8")


def test_the_default_model_is_offered_with_its_licence_and_pinned_hash() -> None:
    model = read_catalogue(ROOT / "models")["moonshine-base-en"]
    assert (model.kind, model.languages, model.licence) == ("moonshine", ("en",), "MIT")
    assert model.requirement == "moonshine_cpp==0.1.4"
    assert model.sha256 == "f7afc662bdd3ef98815ee3b940438b456e77d5a77cea5396ed9c572785412ebd"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("[moonshine-base-en]", "[[moonshine-base-en]", "catalogue.toml"),
        ("[moonshine-base-en]", '["../elsewhere"]', "../elsewhere"),
        ('kind = "moonshine"', 'kind = "magic"', "kind"),
        ('"moonshine_cpp==0.1.4"', '"moonshine_cpp>=0.1.4"', "requirement"),
        ('"moonshine_cpp==0.1.4"', '"moonshine_cpp==0.1.4 --index-url=http://x"', "requirement"),
        ("f7afc", "F7AFC", "sha256"),
        ("megabytes = 54.6", 'megabytes = "54.6"', "megabytes"),
        ("room = 150", "room = -1", "room"),
        ('languages = ["en"]', 'languages = "en"', "languages"),
        ('languages = ["en"]', "languages = [1]", "languages"),
        ('licence = "MIT"', "", "licence"),
        ("room = 150", "room = " + "9" * 400, "room"),
        ("room = 150", "room = nan", "room"),
        ("room = 150", "room = " + "[" * 5000, "catalogue.toml"),
        ("room = 150", "room" + ".a" * 30_000 + " = 1", "too many dots"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_by_name(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in GOOD
    (tmp_path / "catalogue.toml").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(ModelError, match=named):
        read_catalogue(tmp_path)


def test_a_missing_catalogue_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_catalogue(tmp_path)
