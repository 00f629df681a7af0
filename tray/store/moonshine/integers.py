"""A graph under construction whose products with constant matrices are done in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from tray.core.failures import ModelError
from tray.store.moonshine.weights import Weight, array

MICROSOFT = "com.microsoft"
"""Domain of onnxruntime's own operators."""
OPSET, IR = 14, 8
"""Versions of the operators and of the file format; both are those of the published files."""
HEADS, HEAD_SIZE = 8, 52
"""Attention heads of the base model, and numbers in each."""


class IntegerGraph:
    """Takes the nodes of a graph one by one and rewrites those that use an 8-bit weight."""

    def __init__(self, weights: Mapping[str, Weight], constants: Mapping[str, TensorProto]) -> None:
        self._weights, self._constants = weights, constants
        self._nodes: list[NodeProto] = []
        self._tensors: dict[str, TensorProto] = {}
        self._quantised: dict[str, list[str]] = {}

    def take(self, node: NodeProto) -> None:
        """Append a node. Raises ModelError if it uses a weight in a way that has no integer form."""
        name = next((name for name in node.input if name in self._weights), None)
        if name is None:
            self._nodes.append(node)
            return
        weight = self._weights[name]
        match node.op_type:
            case "MatMul" if node.input[1] == name:
                self._multiply(node.input[0], weight, node.output[0])
            case "Gather":
                self._look_up(node.input[1], weight, node.output[0])
            case "Conv":  # onnxruntime has no convolution of this kind in whole numbers
                self._store(name, weight.real())
                self._nodes.append(node)
            case other:
                raise ModelError(f"There is no integer form of {other} with the weight {name}.")

    def project_heads(self, source: str, projections: Mapping[str, str], weights: Mapping[str, Weight]) -> None:
        """Make cross-attention keys and values from `source`, ready for use: output name → name of its weight."""
        shape = self._store("head_shape", np.array([0, -1, HEADS, HEAD_SIZE], np.int64))
        for output, name in projections.items():
            is_key = output.endswith("key")
            # attention multiplies keys and queries by the fourth root each; the queries' is still in the decoder
            weight = weights[name].scaled(HEAD_SIZE**-0.25) if is_key else weights[name]
            flat, split = output + ".flat", output + ".split"
            self._multiply(source, weight, flat)
            self._nodes.append(helper.make_node("Reshape", [flat, shape], [split]))
            order = [0, 2, 3, 1] if is_key else [0, 2, 1, 3]
            self._nodes.append(helper.make_node("Transpose", [split], [output], perm=order))

    def model(self, name: str, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]) -> ModelProto:
        """What was taken, as a model that holds just the tensors it uses."""
        known = {output for node in self._nodes for output in node.output} | {value.name for value in inputs} | {""}
        for value in (value for node in self._nodes for value in node.input):
            if value not in known and value not in self._tensors:
                self._tensors[value] = self._constants[value]
        graph = helper.make_graph(self._nodes, name, inputs, outputs, list(self._tensors.values()))
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR)

    def _store(self, name: str, value: NDArray[Any]) -> str:
        if name not in self._tensors:
            self._tensors[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def _store_weight(self, weight: Weight) -> tuple[str, str, str]:
        """Names of its steps, scale and zero point."""
        return (
            self._store(weight.name + ".q", weight.steps),
            self._store(weight.name + ".scale", weight.scale),
            self._store(weight.name + ".zero", np.array([weight.zero], np.int8)),
        )

    def _quantise(self, value: str) -> list[str]:
        """Names of a value's steps, scale and zero point; each value is quantised once however often it is used."""
        if value not in self._quantised:
            names = [value + suffix for suffix in (".uint8", ".uint8_scale", ".uint8_zero")]
            self._nodes.append(helper.make_node("DynamicQuantizeLinear", [value], names))
            self._quantised[value] = names
        return self._quantised[value]

    def _multiply(self, value: str, weight: Weight, output: str) -> None:
        steps, scale, zero = self._store_weight(weight)
        own_steps, own_scale, own_zero = self._quantise(value)
        inputs = [own_steps, steps, own_scale, scale, own_zero, zero]
        self._nodes.append(helper.make_node("MatMulIntegerToFloat", inputs, [output], domain=MICROSOFT))

    def _look_up(self, tokens: str, weight: Weight, output: str) -> None:
        """Rows of the embedding: columns of its transpose, which the output layer stores anyway."""
        steps, _, zero = self._store_weight(weight.transposed())
        scale = self._store(weight.name + ".scalar_scale", weight.scale.reshape(()))
        scalar_zero = self._store(weight.name + ".scalar_zero", array(self._tensors[zero]).reshape(()))
        columns, real = output + ".columns", output + ".real"
        self._nodes += [
            helper.make_node("Gather", [steps, tokens], [columns], axis=1),
            helper.make_node("DequantizeLinear", [columns, scale, scalar_zero], [real]),
            helper.make_node("Transpose", [real], [output], perm=[1, 2, 0]),
        ]
