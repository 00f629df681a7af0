"""The 8-bit weights of a published graph, and how they are found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, numpy_helper

from tray.core.failures import ModelError

ROUNDING = 1e-3
"""How far a zero point may lie from a whole number, in steps of the scale."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A matrix of 8-bit numbers that stand for real ones: real = scale × (steps − zero)."""

    name: str
    """Under which its numbers are stored."""
    steps: NDArray[np.int8]
    scale: NDArray[np.float32]
    """Shape (1,)."""
    zero: int

    def transposed(self) -> Weight:
        """The same weight with its axes swapped."""
        return replace(self, steps=self.steps.T)

    def scaled(self, factor: float) -> Weight:
        """The weight times a factor; not a single step changes."""
        return replace(self, scale=self.scale * np.float32(factor))

    def real(self) -> NDArray[np.float32]:
        """The real numbers it stands for."""
        return (self.steps.astype(np.float32) - self.zero) * self.scale


def array(tensor: TensorProto) -> NDArray[Any]:
    """The numbers of a tensor."""
    return numpy_helper.to_array(tensor)


def find_weights(graph: GraphProto) -> tuple[dict[str, Weight], list[NodeProto]]:
    """The 8-bit weights by the name of their real value, and the nodes that are not about making them real.

    In the published files each weight passes through Cast, Mul (scale) and Add (offset) on every run.
    Raises ModelError on a weight that is used in any other way.
    """
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    user = {name: node for node in graph.node for name in node.input}
    weights: dict[str, Weight] = {}
    spent: set[str] = set()
    for tensor in tensors.values():
        if tensor.data_type == TensorProto.INT8:
            chain = _chain(tensor.name, user)
            weights[chain[-1].output[0]] = _weight(tensor, chain, tensors)
            spent.update(node.output[0] for node in chain)
    return weights, [node for node in graph.node if node.output[0] not in spent]


def constants(graphs: Iterable[GraphProto]) -> dict[str, TensorProto]:
    """Every stored tensor that is not an 8-bit weight, by name."""
    stored = (tensor for graph in graphs for tensor in graph.initializer)
    return {tensor.name: tensor for tensor in stored if tensor.data_type != TensorProto.INT8}


def _chain(name: str, user: dict[str, NodeProto]) -> list[NodeProto]:
    chain: list[NodeProto] = []
    for kind in ("Cast", "Mul", "Add"):
        node = user.get(name)
        if node is None or node.op_type != kind:
            raise ModelError(f"The weight {name} is not used as expected.")
        chain.append(node)
        name = node.output[0]
    return chain


def _weight(tensor: TensorProto, chain: list[NodeProto], tensors: dict[str, TensorProto]) -> Weight:
    _, times, plus = chain
    scale = array(tensors[times.input[1]]).astype(np.float32)
    offset = array(tensors[plus.input[1]]).astype(np.float32)
    exact = -float(offset[0]) / float(scale[0])
    if scale.size != 1 or abs(exact - round(exact)) > ROUNDING:
        raise ModelError(f"The zero point of the weight {tensor.name} is not a whole number.")
    return Weight(plus.output[0], array(tensor), scale, round(exact))
