"""The two graphs that recognition needs, made from the two that were published."""

from __future__ import annotations

from onnx import GraphProto, ModelProto, TensorProto, ValueInfoProto, helper

from tray.store.moonshine.integers import HEAD_SIZE, HEADS, IntegerGraph
from tray.store.moonshine.surgery import branches, cross_projections, needed, transposes, without_key_scaling
from tray.store.moonshine.weights import constants, find_weights

VOCABULARY = 32_768
"""Logits of the base model."""

Shape = list[int | str]
"""Sizes of axes; a word names a size that varies."""


def build_encoder(encoder: ModelProto, decoder: ModelProto) -> ModelProto:
    """Sound (1, samples) → cross-attention keys (1, heads, size, frames) and values (1, heads, frames, size).

    The published decoder makes them from the encoder's output on its first step; here that is done once, up front.
    """
    weights, nodes = find_weights(encoder.graph)
    decoder_weights, decoder_nodes = find_weights(decoder.graph)
    graph = IntegerGraph(weights, constants([encoder.graph]))
    for node in nodes:
        graph.take(node)
    projections = cross_projections(branches(decoder_nodes)[1])
    graph.project_heads(encoder.graph.output[0].name, projections, decoder_weights)
    outputs = [_real(name, _cross_shape(name)) for name in projections]
    return graph.model("moonshine_encoder", [_real("input_values", [1, "samples"])], outputs)


def build_decoder(decoder: ModelProto) -> ModelProto:
    """New tokens (1, new), caches and cross-attention → logits (1, tokens, vocabulary) and grown caches.

    It is the published decoder's branch for later steps; an empty cache makes it do the first step as well.
    """
    weights, nodes = find_weights(decoder.graph)
    cached, _ = branches(nodes)
    wanted = [output.name for output in cached.output if ".encoder." not in output.name]
    kept = needed(nodes=list(cached.node), wanted=wanted)
    # the output layer is the embedding transposed: taken as a weight of its own, it shares the embedding's numbers
    tied = transposes(kept, weights)
    weights |= {name: weights[source].transposed() for name, source in tied.items()}
    graph = IntegerGraph(weights, constants([decoder.graph, cached]))
    for node in needed(without_key_scaling([node for node in kept if node.output[0] not in tied]), wanted):
        graph.take(node)
    outputs = [_real(name, _decoder_output_shape(name)) for name in wanted]
    return graph.model("moonshine_decoder", _decoder_inputs(decoder.graph), outputs)


def _decoder_inputs(graph: GraphProto) -> list[ValueInfoProto]:
    tokens = helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "new"])
    caches = [value.name for value in graph.input if value.name.startswith("past_key_values.")]
    return [tokens, *(_real(name, _cache_shape(name)) for name in caches)]


def _cache_shape(name: str) -> Shape:
    return [1, HEADS, "past", HEAD_SIZE] if ".decoder." in name else _cross_shape(name)


def _cross_shape(name: str) -> Shape:
    return [1, HEADS, HEAD_SIZE, "frames"] if name.endswith("key") else [1, HEADS, "frames", HEAD_SIZE]


def _decoder_output_shape(name: str) -> Shape:
    return [1, "tokens", VOCABULARY] if name == "logits" else [1, HEADS, "total", HEAD_SIZE]


def _real(name: str, shape: Shape) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
