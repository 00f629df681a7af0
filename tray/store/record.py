"""The note beside an installed model: what it is, where it came from, which files belong to it.

It is written last, so a folder that holds it was complete once.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import cast

from tray.core.failures import ModelError

RECORD = "model.json"
"""Its file name."""


@dataclass(frozen=True, slots=True)
class Print:
    """What tells that a file is still the one that was installed."""

    size: int
    """Bytes."""
    sha256: str
    """64 lower-case hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a model is and where it came from."""

    kind: str
    languages: tuple[str, ...]
    """ISO 639-1 codes; empty where nobody knows."""
    source: Mapping[str, str]
    """For people: the file it was made from, its SHA-256, versions of what made it."""


@dataclass(frozen=True, slots=True)
class Record:
    """The note, read back."""

    name: str
    label: Label
    files: Mapping[str, Print]
    """By path relative to the folder, with forward slashes."""


def fingerprint(path: Path) -> Print:
    """Size and hash of a file."""
    with path.open("rb") as content:
        return Print(path.stat().st_size, hashlib.file_digest(content, "sha256").hexdigest())


def write_record(folder: Path, name: str, label: Label) -> None:
    """Write the note for everything that is in the folder now."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): fingerprint(path) for path in paths}
    note = {
        "name": name,
        "kind": label.kind,
        "languages": list(label.languages),
        "source": dict(label.source),
        "files": {path: {"size": file.size, "sha256": file.sha256} for path, file in files.items()},
    }
    text = json.dumps(note, indent=1, ensure_ascii=False) + "\n"
    # a file name that is not UTF-8 has halves of characters in it; as backslash escapes JSON reads them back unchanged
    (folder / RECORD).write_text(text, encoding="utf-8", errors="backslashreplace")


def read_record(folder: Path) -> Record:
    """The note in a folder. Raises ModelError if it is not there or cannot be understood."""
    path = folder / RECORD
    try:
        if not path.is_file():  # a pipe would keep everybody waiting who looks for a model
            raise ValueError(f"{path} is no file")
        note = json.loads(path.read_text(encoding="utf-8"))
        label = Label(str(note["kind"]), tuple(note["languages"]), dict(note["source"]))
        files = cast("Mapping[str, Mapping[str, object]]", dict(note["files"]))
        prints = {_inside(path): Print(int(str(file["size"])), str(file["sha256"])) for path, file in files.items()}
        return Record(str(note["name"]), label, prints)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"The model in {folder} is incomplete.") from error


def _inside(name: str) -> str:
    """The name of a file, if it can be one below the model's folder. Raises ValueError."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or b"\0" in os.fsencode(name):
        raise ValueError(f"{name!r} is no file of a model")
    return name


def check_sizes(folder: Path, record: Record) -> None:
    """Raise ModelError unless every file is there and as long as it was."""
    for name, file in record.files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != file.size:
            raise ModelError(f"The model {record.name} is damaged: {name} is missing or was changed.")


def check_contents(folder: Path, record: Record) -> None:
    """Raise ModelError unless every file is, bit for bit, what was installed."""
    for name, file in record.files.items():
        if fingerprint(folder / name) != file:
            raise ModelError(f"The model {record.name} is damaged: the content of {name} has changed.")
