"""Draw the PNG files from the SVG masters: `python icons/render.py` (needs `pip install resvg-py`)."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
TRAY_SIZES = (16, 22, 24, 32, 48, 64)
"""Pixels: what panels ask for, at one and at two times their height."""
APP_SIZES = (64, 128, 256)
SIZES = {
    "idle": TRAY_SIZES,
    "listening": TRAY_SIZES,
    "working": TRAY_SIZES,
    "faulted": TRAY_SIZES,
    "scribelet": APP_SIZES,
}


def fingerprints(names: list[str]) -> str:
    """One line for each master: the SHA-256 of its text, and its name."""
    return "".join(f"{sha256((HERE / name).read_bytes()).hexdigest()}  {name}\n" for name in names)


def render() -> None:
    """Write every PNG, and the fingerprints of the masters they were drawn from."""
    # only whoever changes a master needs the renderer
    import resvg_py

    for name, sizes in SIZES.items():
        for size in sizes:
            drawing = resvg_py.svg_to_bytes(svg_path=str(HERE / f"{name}.svg"), width=size, height=size)
            (HERE / "png" / f"{name}-{size}.png").write_bytes(bytes(drawing))
    (HERE / "png" / "masters.sha256").write_text(fingerprints([f"{name}.svg" for name in SIZES]))


if __name__ == "__main__":
    render()
