"""Greedy decoding with the prepared Moonshine files, from the start or on from words already written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tray.core.failures import ModelError
from tray.core.speech import RATE
from tray.engines.moonshine.vocabulary import BOS, EOS, Vocabulary, read_vocabulary

LAYERS, HEADS, HEAD_SIZE = 8, 8, 52
SHORTEST = RATE // 10
"""The convolutions need that many samples."""
TOKENS_PER_SECOND = 6.5
SENTENCE_END = 0.5
"""All sentence marks together at least this likely after the written words: the likeliest of them is taken."""
ELSEWHERE = b"location"
"""Stands before the name of another file in every graph that keeps numbers there (`external_data` in onnx.proto)."""
BLOCK = 1 << 20
"""Bytes of a graph that are looked at in one go."""

Sound = NDArray[np.float32]
Tensors = dict[str, NDArray[np.float32]]


class _Session(Protocol):
    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[np.generic]]) -> list[NDArray[np.float32]]: ...


@dataclass(slots=True)
class Decoded:
    """What the decoder said."""

    tokens: list[int] = field(default_factory=list[int])
    """Only the new ones."""
    logprobs: list[float] = field(default_factory=list[float])
    """Natural logarithm of each token's probability."""
    p_empty: float = 0.0
    """Probability that nothing at all was said, 0–1."""
    forced_logprob: float = 0.0
    """Mean over the last 20 forced tokens; very low where the written words do not fit the sound."""
    cut_off: bool = False
    """Stopped by the limit of tokens, not by the model."""

    @property
    def mean_logprob(self) -> float:
        """Mean over the new tokens."""
        return sum(self.logprobs) / len(self.logprobs) if self.logprobs else 0.0


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words that are already written, for a decode that goes on from them."""

    tokens: Sequence[int]
    seam_open: bool
    """Whether a mark may still be written after them."""


class MoonshineModel:
    """Encoder, decoder and vocabulary of a prepared folder; safe to share between sessions of one thread."""

    def __init__(self, folder: Path) -> None:
        self.vocabulary: Vocabulary = read_vocabulary(folder / "tokenizer.bin")
        self._encoder = _load(folder / "encoder_q8.onnx")
        self._decoder = _load(folder / "decoder_q8.onnx")
        kinds = [f"{i}.{{}}.{kind}" for i in range(LAYERS) for kind in ("key", "value")]
        self._cross_names = ["past_key_values." + kind.format("encoder") for kind in kinds]
        self._self_names = ["past_key_values." + kind.format("decoder") for kind in kinds]
        self._cross_outputs = ["present." + kind.format("encoder") for kind in kinds]
        self._step_outputs = ["logits", *("present." + kind.format("decoder") for kind in kinds)]

    def decode(
        self, sound: Sound, new_samples: int, prompt: Prompt | None = None, stopped: Callable[[], bool] = lambda: False
    ) -> Decoded | None:
        """Greedy text of `sound` (mono, 16 kHz, −1…1), of which the last `new_samples` have no text yet.

        None as soon as it is `stopped`, about which it asks before every token.
        """
        cross = self._encode(sound)
        forced = list(prompt.tokens) if prompt else []
        limit = int(new_samples / RATE * TOKENS_PER_SECOND) + (4 if prompt else 2)
        cache = dict.fromkeys(self._self_names, np.zeros((1, HEADS, 0, HEAD_SIZE), np.float32))
        result = Decoded()
        rows, cache = self._step([BOS, *forced], cache, cross)
        result.p_empty = float(np.exp(_logprob(rows[0], EOS)))
        result.forced_logprob = _mean_forced(rows, forced)
        row = self._seam(rows[-1], prompt) if prompt else _never(rows[0], [EOS])
        while self._take(row, result):
            if stopped():
                return None
            if len(result.tokens) >= limit:
                result.cut_off = True
                break
            rows, cache = self._step([result.tokens[-1]], cache, cross)
            row = rows[-1]
        return result

    def _encode(self, sound: Sound) -> Tensors:
        padded = np.pad(sound, (0, max(0, SHORTEST - len(sound))))[None]
        return dict(
            zip(self._cross_names, self._encoder.run(self._cross_outputs, {"input_values": padded}), strict=True)
        )

    def _step(self, tokens: list[int], cache: Tensors, cross: Tensors) -> tuple[NDArray[np.float32], Tensors]:
        """One decoder call over new tokens: a row of logits for each, and the grown cache."""
        inputs = {"input_ids": np.array([tokens], np.int64), **cache, **cross}
        logits, *grown = self._decoder.run(self._step_outputs, inputs)
        return logits[0], dict(zip(self._self_names, grown, strict=True))

    def _take(self, row: NDArray[np.float32], result: Decoded) -> bool:
        """Take the likeliest token; False at the end of the text."""
        best = int(row.argmax())
        if best == EOS:
            return False
        result.tokens.append(best)
        result.logprobs.append(_logprob(row, best))
        return True

    def _seam(self, row: NDArray[np.float32], prompt: Prompt) -> NDArray[np.float32]:
        """After written words comes a new word, a mark or the end; never more letters of the last word."""
        row = _never(row, self.vocabulary.glued)
        ends = self.vocabulary.sentence_ends
        likely = sum(np.exp(_logprob(row, end)) for end in ends)
        if prompt.seam_open and likely >= SENTENCE_END:
            best = max(ends, key=lambda end: row[end])
            return _only(row, best)
        return row


def _never(row: NDArray[np.float32], tokens: Sequence[int]) -> NDArray[np.float32]:
    row = row.copy()
    row[list(tokens)] = -np.inf
    return row


def _only(row: NDArray[np.float32], token: int) -> NDArray[np.float32]:
    alone = np.full_like(row, -np.inf)
    alone[token] = row[token]
    return alone


def _logprob(row: NDArray[np.float32], token: int) -> float:
    top = row.max()
    return float(row[token] - top - np.log(np.exp(row - top).sum()))


def _mean_forced(rows: NDArray[np.float32], forced: Sequence[int]) -> float:
    first = max(0, len(forced) - 20)
    logprobs = [_logprob(rows[at], forced[at]) for at in range(first, len(forced))]
    return sum(logprobs) / len(logprobs) if logprobs else 0.0


def _load(path: Path) -> _Session:
    """One thread and no spinning: a second thread saves 13 % of the time for 27 % more work.

    The files are optimised already, so onnxruntime need not do it again.
    """
    runtime = cast(Any, onnxruntime)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # sound whose length was heard before would get one piece of memory for all of its tensors, which no sound of
    # another length fits into: 67 MB more after 40 sessions (measured), and no time is saved
    options.enable_mem_pattern = False
    _refuse_parts_elsewhere(path)
    try:
        # it takes names as UTF-8 only, also where the locale makes something else of the same bytes
        name = os.fsencode(path).decode()
        session = runtime.InferenceSession(name, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises a class of its own for each kind of broken file
        raise ModelError(f"{path} cannot be loaded: {error}", "Install the model again") from error
    return cast(_Session, session)


def _refuse_parts_elsewhere(path: Path) -> None:
    """Raise ModelError unless a graph is all in its own file, as prepared ones are.

    Up to 1.20 at least, onnxruntime reads whatever file of this computer a graph names.
    """
    try:
        if _holds(path, ELSEWHERE):
            raise ModelError(f"{path} wants numbers from another file", "Install the model again")
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}", "Install the model again") from error


def _holds(path: Path, word: bytes) -> bool:
    end = b""
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            if word in end + block:
                return True
            end = block[1 - len(word) :]
    return False
