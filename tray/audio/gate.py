"""Is this speech? Silero's network, one continuous stream."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tray.core.failures import ModelError
from tray.core.segmenter import Frame
from tray.core.speech import FRAME

CONTEXT = 64
"""Samples of the frame before that the network sees again."""
FORGET = 0.995
"""What is left of the network's memory from frame to frame: half of it after 4.4 s. With all of it kept, a loud
recording before a quiet one kept the gate shut over 0.8 % of the quiet one's speech; forgotten faster, room noise
opens it."""
BATCH = 64
"""Frames scored in one run, 2 s of sound: more at once are no cheaper and only cost memory."""
_FORGET = np.array(FORGET, np.float32)


class Network(Protocol):
    """What `load_network` loads; any number of gates may share it."""

    def run(self, outputs: Sequence[str] | None, inputs: dict[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
        """Scores and the new state."""
        ...


class SileroGate:
    """Scores frames of 512 samples at 16 kHz as one continuous stream, whose memory keeps clicks and music out.

    The network is that of silero-vad 6.2.3, rewritten by models/silero-vad/rewrite.py: over the project's speech and
    noise its scores differ by at most 4e-6 from those of the original, and open and close at the same frames.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros(CONTEXT, np.float32)
        """The end of the frame before."""

    def __call__(self, pcm: bytes) -> Frame:
        """Score one frame of 16-bit samples."""
        [frame] = self.score(pcm)
        return frame

    def score(self, pcm: bytes) -> list[Frame]:
        """Score whole frames of 16-bit samples as if they came one by one, at a third of the cost if they are many.

        Raises ValueError where the last frame is not whole.
        """
        frames = np.frombuffer(pcm, "<i2").reshape(-1, FRAME).astype(np.float32) / np.float32(32768)
        scored: list[Frame] = []
        for at in range(0, len(frames), BATCH):
            scored += self._run(frames[at : at + BATCH])
        return scored

    def _run(self, frames: NDArray[np.float32]) -> list[Frame]:
        sound = np.empty((len(frames), CONTEXT + FRAME), np.float32)
        sound[0, :CONTEXT], sound[1:, :CONTEXT], sound[:, CONTEXT:] = self._context, frames[:-1, -CONTEXT:], frames
        inputs = {"sound": sound, "state": self._state, "forget": _FORGET}
        scores, self._state = self._network.run(None, inputs)
        self._context = frames[-1, -CONTEXT:]
        return [Frame(score, _level(frame)) for score, frame in zip(scores[:, 0].tolist(), frames, strict=True)]


def _level(frame: NDArray[np.float32]) -> float:
    return 10 * math.log10(float(frame @ frame) / FRAME + 1e-9)


def load_network(model: Path) -> Network:
    """Load the ONNX file. Raises ModelError."""
    runtime = cast(Any, onnxruntime)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        # it takes names as UTF-8 only, also where the locale makes something else of the same bytes
        name = os.fsencode(model).decode()
        session = runtime.InferenceSession(name, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises a class of its own for each kind of broken file
        raise ModelError(f"The voice gate {model} cannot be loaded: {error}", "Install Scribelet again") from error
    return cast(Network, session)
