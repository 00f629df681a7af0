"""The four icons: told apart by shape alone, and readable on a light and on a dark panel."""

from __future__ import annotations

from hashlib import sha256
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageColor

from tray.core.menu import Silhouette
from tray.system.assets import asset_folder

SIZES = (16, 22, 24, 32, 48, 64)
PANELS = ("#ffffff", "#222222")
APART = 64
"""Steps of grey, of 256, from which an eye sees two pixels as different."""

ICONS = asset_folder("icons")
NAMES = [silhouette.value for silhouette in Silhouette]


def icon(name: str, size: int) -> Image.Image:
    with Image.open(ICONS / "png" / f"{name}-{size}.png") as picture:
        return picture.convert("RGBA")


def grey_on(panel: str, name: str, size: int) -> bytes:
    canvas = Image.new("RGBA", (size, size), panel)
    canvas.alpha_composite(icon(name, size))
    return canvas.convert("L").tobytes()


def luminance(colour: tuple[int, ...]) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (step / 255 for step in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Contrast ratio, WCAG 2.2: from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("one", "other"), list(combinations(NAMES, 2)))
def test_two_states_are_told_apart_without_colour(one: str, other: str, size: int, panel: str) -> None:
    pairs = zip(grey_on(panel, one, size), grey_on(panel, other, size), strict=True)
    different = sum(abs(a - b) >= APART for a, b in pairs) / size**2
    assert different >= 0.15


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_every_solid_pixel_stands_out_from_the_panel(name: str, size: int, panel: str) -> None:
    pixels = zip(*[iter(icon(name, size).tobytes())] * 4, strict=True)
    solid = [tuple(pixel[:3]) for pixel in pixels if pixel[3] >= 230]
    assert len(solid) / size**2 >= 0.10, "too thin to be seen"
    assert min(contrast(pixel, ImageColor.getrgb(panel)) for pixel in solid) >= 3


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_an_icon_has_the_size_its_name_says_and_fills_it(name: str, size: int) -> None:
    picture = icon(name, size)
    left, top, right, bottom = picture.getchannel("A").getbbox() or (0, 0, 0, 0)
    assert picture.size == (size, size)
    assert right - left >= 0.8 * size
    assert bottom - top >= 0.8 * size


def test_the_pictures_were_drawn_from_the_masters_of_today() -> None:
    lines = (ICONS / "png" / "masters.sha256").read_text().splitlines()
    drawn = {name: digest for digest, name in (line.split() for line in lines)}
    today = {master.name: sha256(master.read_bytes()).hexdigest() for master in Path(ICONS).glob("*.svg")}
    assert drawn == today, "run icons/render.py"
