"""The pictures of the tray, in the forms that trays want."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tray.core.failures import ScribeletError
from tray.core.menu import Silhouette

if TYPE_CHECKING:
    from PIL.Image import Image

SIZES = (16, 22, 24, 32, 48, 64)
"""Pixels of the drawings in `icons/png`."""


class Icons:
    """The drawings in one folder."""

    def __init__(self, folder: Path) -> None:
        """Take the drawings from `folder/png`; nothing is read yet."""
        self._folder = folder / "png"

    def image(self, silhouette: Silhouette, size: int) -> Image:
        """One drawing, RGBA, `size` pixels square, one of `SIZES`. Raises ScribeletError."""
        # 3 MB, only where an icon is shown
        from PIL import Image

        path = self._folder / f"{silhouette.value}-{size}.png"
        try:
            with Image.open(path) as picture:
                return picture.convert("RGBA")
        except OSError as error:  # missing and unreadable alike
            raise ScribeletError(f"The icon {path} cannot be read.", "Install Scribelet again.") from error

    def pixmaps(self, silhouette: Silhouette) -> list[list[int | bytes]]:
        """Every size as width, height and pixels: ARGB, 32 bits in network byte order, alpha not multiplied in.

        The form is that of the StatusNotifierItem specification. Raises ScribeletError.
        """
        from PIL import Image

        pixmaps: list[list[int | bytes]] = []
        for size in SIZES:
            red, green, blue, alpha = self.image(silhouette, size).split()
            pixmaps.append([size, size, Image.merge("RGBA", (alpha, red, green, blue)).tobytes()])
        return pixmaps
