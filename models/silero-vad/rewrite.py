"""Rewrites Silero's network so that one run scores any number of frames: python models/silero-vad/rewrite.py [TARGET]

The weights stay what they are. The convolutions become products of few large matrices, the recurrent layer a Scan in
which the memory is multiplied by `forget` after every frame, and whatever depends on nothing but the shape of one
frame is gone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
SOURCE = HERE / "silero_vad_16k_op15.onnx"
SOURCE_SHA256 = "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49"
TARGET = HERE / "silero_vad.onnx"

HOP, WINDOWS, BINS = 128, 4, 129
"""Samples between two windows, each two of these long; windows in a frame; frequencies in a window."""
SOUND, MIRRORED = 576, 64
"""Samples of a frame with its context, and how many of its last ones follow once more, mirrored."""
CELLS = 128

Weights = dict[str, NDArray[np.float32]]


@dataclass
class Sheet:
    """The graph as it grows."""

    nodes: list[onnx.NodeProto] = field(default_factory=list[onnx.NodeProto])
    constants: list[onnx.TensorProto] = field(default_factory=list[onnx.TensorProto])

    def put(self, kind: str, name: str, *inputs: str | NDArray[Any], **attributes: Any) -> str:
        """One node with one output of this name, which comes back; an array among the inputs becomes a constant."""
        self.split(kind, [name], *inputs, **attributes)
        return name

    def split(self, kind: str, names: list[str], *inputs: str | NDArray[Any], **attributes: Any) -> None:
        """One node with several outputs."""
        taken = [self._constant(one, f"{names[0]}/{at}") for at, one in enumerate(inputs)]
        self.nodes.append(helper.make_node(kind, taken, names, **attributes))

    def _constant(self, value: str | NDArray[Any], name: str) -> str:
        if isinstance(value, str):
            return value
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name


def whole(*numbers: int) -> NDArray[np.int64]:
    """Shapes, axes and places, as ONNX wants them."""
    return np.array(numbers, np.int64)


def read_weights(source: Path) -> Weights:
    """The weights of the network by their names. Raises ValueError for another file than the one meant here."""
    content = source.read_bytes()
    if sha256(content).hexdigest() != SOURCE_SHA256:
        raise ValueError(f"{source} is not silero_vad_16k_op15.onnx of silero-vad 6.2.3")
    graph = onnx.load_model_from_string(content).graph
    return {one.name.removeprefix("model."): numpy_helper.to_array(one) for one in graph.initializer}


def put_spectrum(sheet: Sheet, weights: Weights) -> str:
    """Magnitudes: a row for every window of every frame."""
    padded = sheet.put("Pad", "padded", "sound", whole(0, 0, 0, MIRRORED), mode="reflect")
    hops = sheet.put("Reshape", "hops", padded, whole(-1, WINDOWS + 1, HOP))
    pairs = np.arange(WINDOWS)[:, None] + np.arange(2)
    windows = sheet.put("Gather", "windows", hops, pairs, axis=1)
    rows = sheet.put("Reshape", "rows", windows, whole(-1, 2 * HOP))
    sheet.put("MatMul", "waves", rows, weights["stft.forward_basis_buffer"][:, 0].T)
    sheet.split("Split", ["real", "imaginary"], "waves", whole(BINS, BINS), axis=1)
    squares = [sheet.put("Mul", f"{part}_squared", part, part) for part in ("real", "imaginary")]
    return sheet.put("Sqrt", "magnitudes", sheet.put("Add", "power", *squares))


def put_encoder(sheet: Sheet, weights: Weights, magnitudes: str) -> str:
    """128 features: a row for every frame."""
    kernels = [weights[f"encoder.{layer}.reparam_conv.weight"] for layer in range(4)]
    biases = [weights[f"encoder.{layer}.reparam_conv.bias"] for layer in range(4)]
    frames = sheet.put("Reshape", "frames", magnitudes, whole(-1, WINDOWS, BINS))
    fenced = sheet.put("Pad", "fenced", frames, whole(0, 1, 0, 0, 1, 0))
    triples = np.arange(WINDOWS)[:, None] + np.arange(3)
    taps = sheet.put("Gather", "taps", fenced, triples, axis=1)
    rows = sheet.put("Reshape", "tap_rows", taps, whole(-1, 3 * BINS))
    first = put_layer(sheet, "first", rows, kernels[0].transpose(2, 1, 0).reshape(3 * BINS, -1), biases[0])
    joined = sheet.put("Reshape", "first_joined", first, whole(-1, WINDOWS * kernels[0].shape[0]))
    second = put_layer(sheet, "second", joined, unrolled(kernels[1], 4), np.tile(biases[1], 2))
    third = put_layer(sheet, "third", second, unrolled(kernels[2], 2), biases[2])
    return put_layer(sheet, "features", third, kernels[3][:, :, 1].T, biases[3])


def put_layer(sheet: Sheet, name: str, rows: str, matrix: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
    """Rows times a matrix, plus a bias, without what is negative."""
    return sheet.put("Relu", name, sheet.put("Gemm", f"{name}_sums", rows, matrix, bias))


def unrolled(kernel: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """The matrix that does what a kernel of three does with stride 2, one zero on each side, over so many places."""
    outs, ins, _ = kernel.shape
    matrix = np.zeros((length, ins, length // 2, outs), np.float32)
    for out in range(length // 2):
        for tap in range(3):
            if (place := 2 * out + tap - 1) >= 0:
                matrix[place, :, out] = kernel[:, :, tap].T
    return matrix.reshape(length * ins, -1)


def put_memory(sheet: Sheet, weights: Weights, features: str) -> str:
    """What the recurrent layer puts out after every frame; `state_after` is its memory after the last."""
    # PyTorch has the gates as input, forget, cell, output: those that go through a sigmoid shall be neighbours
    inputs, forgets, cells, outputs = np.arange(4 * CELLS).reshape(4, CELLS)
    order = np.concatenate([inputs, forgets, outputs, cells])
    bias = weights["decoder.rnn.bias_ih"] + weights["decoder.rnn.bias_hh"]
    flat = sheet.put("Gemm", "flat_inputs", features, weights["decoder.rnn.weight_ih"][order].T, bias[order])
    steps = sheet.put("Reshape", "steps", flat, whole(-1, 1, 4 * CELLS))
    sheet.split("Split", ["said_row", "kept_row"], "state", axis=0)
    said, kept = (sheet.put("Squeeze", f"{name}_before", f"{name}_row", whole(0)) for name in ("said", "kept"))
    body = step_graph(weights["decoder.rnn.weight_hh"][order].T)
    sheet.split("Scan", ["said_after", "kept_after", "spoken"], said, kept, steps, body=body, num_scan_inputs=1)
    rows = [sheet.put("Unsqueeze", f"{name}_last", f"{name}_after", whole(0)) for name in ("said", "kept")]
    sheet.put("Concat", "state_after", *rows, axis=0)
    return sheet.put("Reshape", "spoken_rows", "spoken", whole(-1, CELLS))


def step_graph(recurrent: NDArray[np.float32]) -> onnx.GraphProto:
    """One frame of the recurrent layer."""
    step = Sheet()
    sums = step.put("Add", "sums", step.put("MatMul", "recalled", "said", recurrent), "step")
    step.split("Split", ["gate_sums", "news_sums"], sums, whole(3 * CELLS, CELLS), axis=1)
    step.put("Sigmoid", "gates", "gate_sums")
    step.split("Split", ["let_in", "hold", "let_out"], "gates", whole(CELLS, CELLS, CELLS), axis=1)
    new = step.put("Mul", "new", "let_in", step.put("Tanh", "news", "news_sums"))
    cell = step.put("Add", "cell", step.put("Mul", "held", "hold", "kept"), new)
    step.put("Mul", "output", "let_out", step.put("Tanh", "loud", cell))
    step.put("Mul", "said_next", "output", "forget")
    step.put("Mul", "kept_next", cell, "forget")
    row = [1, CELLS]
    takes = [floats("said", row), floats("kept", row), floats("step", [1, 4 * CELLS])]
    gives = [floats("said_next", row), floats("kept_next", row), floats("output", row)]
    return helper.make_graph(step.nodes, "one frame", takes, gives, step.constants)


def put_scores(sheet: Sheet, weights: Weights, spoken: str) -> None:
    """`scores`, one for every frame."""
    matrix, bias = weights["decoder.decoder.2.weight"][0], weights["decoder.decoder.2.bias"]
    sheet.put("Sigmoid", "scores", sheet.put("Gemm", "score_sums", sheet.put("Relu", "heard", spoken), matrix, bias))


def floats(name: str, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    """A value that goes in or comes out."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def rewritten(weights: Weights) -> onnx.ModelProto:
    """The network that does the same."""
    sheet = Sheet()
    features = put_encoder(sheet, weights, put_spectrum(sheet, weights))
    put_scores(sheet, weights, put_memory(sheet, weights, features))
    memory = [2, 1, CELLS]
    takes = [floats("sound", ["frames", SOUND]), floats("state", memory), floats("forget", [])]
    gives = [floats("scores", ["frames", 1]), floats("state_after", memory)]
    graph = helper.make_graph(sheet.nodes, "silero_vad", takes, gives, sheet.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    cast(Any, onnx.checker).check_model(model, full_check=True)  # its types are half unknown
    return model


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.write_bytes(rewritten(read_weights(SOURCE)).SerializeToString())
    print(f"{target}: sha256 {sha256(target.read_bytes()).hexdigest()}")
