"""Products in whole numbers come out as the same products in real ones would."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

from tray.core.failures import ModelError
from tray.store.moonshine.integers import HEAD_SIZE, HEADS, IntegerGraph
from tray.store.moonshine.weights import Weight, find_weights

NUMBERS = np.random.default_rng(7)
WIDTH = HEADS * HEAD_SIZE
WEIGHT = Weight("weight", NUMBERS.integers(-128, 128, (10, WIDTH)).astype(np.int8), np.array([0.01], np.float32), 3)


def real(name: str) -> object:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)


def result(model: ModelProto, feed: dict[str, NDArray[np.generic]]) -> list[NDArray[np.float32]]:
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, feed)


def test_cross_attention_keys_come_transposed_and_scaled_and_values_as_they_are() -> None:
    graph = IntegerGraph({}, {})
    weights = {"for keys": replace(WEIGHT, name="for keys"), "for values": replace(WEIGHT, name="for values")}
    graph.project_heads("sound", {"layer.key": "for keys", "layer.value": "for values"}, weights)
    model = graph.model("heads", [real("sound")], [real("layer.key"), real("layer.value")])
    sound = NUMBERS.standard_normal((1, 6, 10)).astype(np.float32)
    keys, values = result(model, {"sound": sound})
    expected = (sound @ WEIGHT.real()).reshape(1, 6, HEADS, HEAD_SIZE)
    np.testing.assert_allclose(values, expected.transpose(0, 2, 1, 3), atol=0.15)
    np.testing.assert_allclose(keys, expected.transpose(0, 2, 3, 1) * HEAD_SIZE**-0.25, atol=0.06)


def test_rows_of_the_embedding_and_the_output_layer_share_their_numbers() -> None:
    graph = IntegerGraph({"weight": WEIGHT, "tied": WEIGHT.transposed()}, {})
    graph.take(helper.make_node("Gather", ["weight", "tokens"], ["row"]))
    graph.take(helper.make_node("MatMul", ["row", "tied"], ["logits"]))
    tokens = helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, 2])
    model = graph.model("tied", [tokens], [real("row"), real("logits")])
    rows, logits = result(model, {"tokens": np.array([[4, 9]])})
    np.testing.assert_allclose(rows, WEIGHT.real()[[4, 9]][None], rtol=1e-6)
    np.testing.assert_allclose(logits, rows @ WEIGHT.real().T, atol=1)
    assert sum(np.prod(tensor.dims) == WEIGHT.steps.size for tensor in model.graph.initializer) == 1


def test_a_use_of_a_weight_that_has_no_integer_form_is_refused() -> None:
    with pytest.raises(ModelError, match="no integer form of Gemm"):
        IntegerGraph({"weight": WEIGHT}, {}).take(helper.make_node("Gemm", ["sound", "weight"], ["out"]))


@pytest.mark.parametrize(
    ("kinds", "offset", "named"),
    [
        (("Cast", "Mul", "Sub"), -0.03, "not used as expected"),
        (("Cast", "Mul", "Add"), -0.034, "not a whole number"),
    ],
)
def test_a_weight_that_cannot_be_taken_over_unchanged_is_refused(
    kinds: tuple[str, str, str], offset: float, named: str
) -> None:
    cast, times, plus = kinds
    nodes = [
        helper.make_node(cast, ["steps"], ["a"], to=TensorProto.FLOAT),
        helper.make_node(times, ["a", "scale"], ["b"]),
        helper.make_node(plus, ["b", "offset"], ["weight"]),
    ]
    tensors = [
        helper.make_tensor("steps", TensorProto.INT8, [2], [1, 2]),
        helper.make_tensor("scale", TensorProto.FLOAT, [1], [0.01]),
        helper.make_tensor("offset", TensorProto.FLOAT, [1], [offset]),
    ]
    with pytest.raises(ModelError, match=named):
        find_weights(helper.make_graph(nodes, "published", [], [real("weight")], tensors))
