"""Where the folders of pictures and models are that came with the program."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tray.core.failures import ScribeletError

PACKAGE = Path(__file__).parents[1]


def asset_folder(name: Literal["icons", "models"]) -> Path:
    """The folder of that name: as installed, or else of the checkout. Raises ScribeletError."""
    places = (PACKAGE / "_assets" / name, PACKAGE.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise ScribeletError(f"The folder {places[0]} is missing.", "Install Scribelet again.")
