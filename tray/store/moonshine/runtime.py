"""What onnxruntime does for the preparation: reading, optimising and trying out graphs."""
# onnxruntime ships no types; what it hands out is Any here, and nothing untyped leaves this file.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import ModelProto

from tray.core.failures import ModelError
from tray.store.moonshine.integers import HEAD_SIZE, HEADS

_QUIET = 3
"""onnxruntime's log severity for errors and worse."""


def read_ort(content: bytes, workplace: Path) -> ModelProto:
    """An .ort file as plain ONNX, nothing optimised away."""
    target = workplace / "plain.onnx"
    _write(content, target, onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
    model = onnx.load(str(target))
    target.unlink()
    return model


def save_optimised(model: ModelProto, target: Path) -> None:
    """Check a model and save it fused and folded, so that loading it takes no optimiser."""
    onnx.checker.check_model(model)
    # BASIC gave 6.1 instead of 5.4 % word errors; ALL fits the file to this machine's processor
    _write(model.SerializeToString(), target, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)


def try_out(encoder: Path, decoder: Path) -> None:
    """Put a tenth of a second of silence through both files. Raises ModelError unless real logits come out."""
    first, second = _open(encoder), _open(decoder)
    names = [output.name.replace("present", "past_key_values") for output in first.get_outputs()]
    values = first.run(None, {"input_values": np.zeros((1, 1600), np.float32)})
    feed = {"input_ids": np.array([[1]], np.int64), **dict(zip(names, values, strict=True))}
    for cache in second.get_inputs():
        feed.setdefault(cache.name, np.zeros((1, HEADS, 0, HEAD_SIZE), np.float32))
    if not np.isfinite(second.run(["logits"], feed)[0]).all():
        raise ModelError("The prepared model does not work.")


def _write(content: bytes, target: Path, level: Any) -> None:
    options = _options(level)
    options.optimized_model_filepath = str(target)
    options.add_session_config_entry("session.save_model_format", "ONNX")
    onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _open(path: Path) -> Any:
    options = _options(onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _options(level: Any) -> Any:
    options: Any = onnxruntime.SessionOptions()
    options.log_severity_level = _QUIET
    options.graph_optimization_level = level
    return options
