"""The size of what an installation brings."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from tray.bench.weight import site_packages_mb

NEEDED = ("onnxruntime", "numpy", "onnx", "vosk", "PIL")
EXTRA = (
    "faster_whisper",
    "ctranslate2",
    "ctranslate2.libs",
    "av",
    "av.libs",
    "tokenizers",
    "hf_xet",
    "hypothesis",
    "pip",
)
HOUSE = 5
"""Megabytes of the program itself, which may lie in a checkout instead."""


def folder_mb(name: str = "") -> float:
    """Megabytes of one package where packages are installed, or of all."""
    folder = Path(sysconfig.get_path("platlib")) / name
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def test_what_recognition_needs_counts_and_what_only_tests_and_the_peer_need_does_not() -> None:
    size = site_packages_mb()
    assert size is not None
    assert sum(map(folder_mb, NEEDED)) < size < folder_mb() - sum(map(folder_mb, EXTRA)) + HOUSE
