"""Questions to a graph, and cuts in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onnx import GraphProto, NodeProto

from tray.core.failures import ModelError


def needed(nodes: Sequence[NodeProto], wanted: Iterable[str]) -> list[NodeProto]:
    """The nodes on which the wanted values depend, in their order."""
    maker = {name: at for at, node in enumerate(nodes) for name in node.output}
    kept: set[int] = set()
    open_ends = list(wanted)
    while open_ends:
        at = maker.get(open_ends.pop())
        if at is not None and at not in kept:
            kept.add(at)
            open_ends.extend(nodes[at].input)
    return [nodes[at] for at in sorted(kept)]


def branches(nodes: Iterable[NodeProto]) -> tuple[GraphProto, GraphProto]:
    """The decoder's two ways: with earlier tokens in its cache, and for the first token.

    Raises ModelError if there is no such choice.
    """
    choice = next((node for node in nodes if node.op_type == "If"), None)
    if choice is None:
        raise ModelError("The decoder has no branch for its cache.")
    ways = {attribute.name: attribute.g for attribute in choice.attribute}
    return ways["then_branch"], ways["else_branch"]


def cross_projections(first: GraphProto) -> dict[str, str]:
    """For each cross-attention key and value of the first step, the weight that makes it from the encoder's output.

    Raises ModelError if one is made in another way.
    """
    maker = {name: node for node in first.node for name in node.output}
    wanted = [output.name for output in first.output if ".encoder." in output.name]
    return {name: _projection(name, maker) for name in wanted}


def _projection(name: str, maker: dict[str, NodeProto]) -> str:
    node = maker[name]
    while node.op_type in ("Transpose", "Reshape"):
        node = maker[node.input[0]]
    if node.op_type != "MatMul" or node.input[0] != "encoder_hidden_states":
        raise ModelError(f"{name} is not made from the encoder's output.")
    return node.input[1]


def transposes(nodes: Iterable[NodeProto], names: Iterable[str]) -> dict[str, str]:
    """Transposed value → its source, for the named sources."""
    sources = set(names)
    return {n.output[0]: n.input[0] for n in nodes if n.op_type == "Transpose" and n.input[0] in sources}


def without_key_scaling(nodes: Sequence[NodeProto]) -> list[NodeProto]:
    """The nodes without the transposing and scaling of cross-attention keys, which then must come ready."""
    keys = [name for node in nodes for name in node.input if name.endswith("encoder.key")]
    ready = transposes(nodes, keys)
    ready |= {n.output[0]: ready[n.input[0]] for n in nodes if n.op_type == "Mul" and n.input[0] in ready}
    return [_rewired(node, ready) for node in nodes if node.output[0] not in ready]


def _rewired(node: NodeProto, instead: dict[str, str]) -> NodeProto:
    copy = NodeProto()
    copy.CopyFrom(node)
    for at, name in enumerate(node.input):
        copy.input[at] = instead.get(name, name)
    return copy
