"""faster-whisper with the tiny English model, measured beside our engine where both happen to be installed."""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from tray.bench.listening import Take
from tray.core.failures import ModelError
from tray.core.speech import RATE
from tray.system.folders import models_folder

NAME = "faster-whisper-tiny.en"
PLACE = "SCRIBELET_BENCH_PEER_MODEL"
"""Environment variable with the folder of the model, where it is not among the installed ones."""
_FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")
"""Without one of them faster-whisper would go and fetch it from the network."""


class Peer:
    """Loaded as int8 on one thread; decodes with one beam."""

    def __init__(self, folder: Path) -> None:
        import faster_whisper  # pyright: ignore[reportMissingImports] - optional, and in none of our extras

        whisper: Any = faster_whisper
        try:
            self._model = whisper.WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1, local_files_only=True
            )
        except (RuntimeError, OSError, ValueError) as error:
            raise ModelError(f"The model in {folder} cannot be loaded: {error}", "Unpack it again") from error
        self.name = f"{NAME}, faster-whisper {version('faster-whisper')}"

    def hear(self, sound: bytes) -> Take:
        """The text of a whole recording, 16-bit mono at `RATE`."""
        wave = np.frombuffer(sound, "<i2").astype(np.float32) / np.float32(32768)
        begun = time.process_time()
        segments, _ = self._model.transcribe(wave, beam_size=1, language="en")
        parts = tuple(segment.text.strip() for segment in segments)
        return Take(parts, len(wave) / RATE, time.process_time() - begun)


def open_peer() -> Peer | None:
    """The peer, or None where its package or its model is missing. Raises ModelError where the model is broken."""
    given = os.environ.get(PLACE)
    folder = Path(given) if given else models_folder() / NAME
    if find_spec("faster_whisper") is None or not all((folder / name).is_file() for name in _FILES):
        return None
    return Peer(folder)
