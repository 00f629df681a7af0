"""How much room the program and all that it needs take in an environment."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import cast

from tray.system.assets import PACKAGE

NAME, LEFT_OUT = "scribelet", frozenset({"pip"})
"""pip comes with every environment."""


def site_packages_mb() -> float | None:
    """Megabytes (of 1,000,000 bytes), bytecode included, of what an installation without extras brings.

    None where neither an installation nor a checkout says what that is, or something of it is missing.
    """
    needed = _own_requirements()
    if needed is None:
        return None
    files = set(_own_files())
    for one in _reached(needed):
        files |= set(_files(one))
    return sum(path.stat().st_size for path in files) / 1e6


def _own_requirements() -> list[str] | None:
    try:
        return distribution(NAME).requires or []
    except PackageNotFoundError:
        pass  # a checkout that was not installed
    try:
        project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))
        return cast("list[str]", project["project"]["dependencies"])
    except (OSError, KeyError, ValueError):
        return None


def _own_files() -> Iterator[Path]:
    """The package with its data folders, wherever it lies."""
    folders = [PACKAGE, *(PACKAGE.parent / name for name in ("icons", "models") if not (PACKAGE / "_assets").exists())]
    return (path for folder in folders for path in folder.rglob("*") if path.is_file())


def _reached(requirements: Iterable[str]) -> Iterator[Distribution]:
    """What these need on this system, and what that needs, each once."""
    ahead, seen = list(requirements), set(LEFT_OUT)
    while ahead:
        name = _wanted(ahead.pop())
        if name is None or name in seen:
            continue
        seen.add(name)
        found = distribution(name)
        ahead += found.requires or []
        yield found


def _wanted(requirement: str) -> str | None:
    """The name of the distribution; None where it is for an extra or for another system."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    parsed = Requirement(requirement)
    wanted = parsed.marker is None or parsed.marker.evaluate({"extra": ""})
    return str(canonicalize_name(parsed.name)) if wanted else None


def _files(one: Distribution) -> Iterator[Path]:
    """Its files beside its code, none of its commands; bytecode also where its record does not list it."""
    for file in one.files or []:
        path = Path(str(file.locate()))
        if ".." in file.parts or not path.is_file():
            continue
        yield path
        if path.suffix == ".py":
            yield from (path.parent / "__pycache__").glob(f"{path.stem}.cpython-*.pyc")
