"""An additive model as an ONNX graph: every feature has a table of scores, and one for NaN.

    features[N,F] -> bin of each feature by its cuts, or its own bin when it is NaN
                  -> contributions[N,F] (log odds)
                  -> logit[N] = sum + intercept -> index[N] = 100 x sigmoid
                  -> missing[N,F]: 1 where the feature was NaN

Only operators of the standard domain, opset 15. No tensor lies outside the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import onnx
from onnx import TensorProto, helper

IR_VERSION = 8  # the IR version that came with opset 15
OPSET = 15
INPUT = "features"
OUTPUTS = ("index", "contributions", "logit", "missing")

# A cut that no value reaches fills up the rows of features with fewer cuts.
NEVER = 1.0e9


@dataclass(frozen=True)
class Table:
    """One feature: `scores` (log odds) below, between and above the `cuts`; `unknown` for NaN.

    A value that equals a cut lies above it. All are float32.
    """

    cuts: tuple[float, ...]
    scores: tuple[float, ...]
    unknown: float


def model(tables: Sequence[Table], intercept: float, properties: dict[str, str]) -> bytes:
    """The serialised model; the same arguments give the same bytes."""
    count = len(tables)
    bins = max(len(table.scores) for table in tables) + 1
    graph = helper.make_graph(
        _nodes(),
        "additive",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["N", count])],
        [
            helper.make_tensor_value_info("index", TensorProto.FLOAT, ["N"]),
            helper.make_tensor_value_info("contributions", TensorProto.FLOAT, ["N", count]),
            helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["N"]),
            helper.make_tensor_value_info("missing", TensorProto.FLOAT, ["N", count]),
        ],
        _constants(tables, intercept, bins),
    )
    made = helper.make_model(
        graph,
        producer_name="kotivahti",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    helper.set_model_props(made, properties)
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString(deterministic=True))


def _constants(tables: Sequence[Table], intercept: float, bins: int) -> list[onnx.TensorProto]:
    """`bins` scores a feature: its own, then unknown; row by row in one flat list."""
    count = len(tables)
    scores: list[float] = []
    cuts: list[float] = []
    for table in tables:
        # No value comes behind the last score: what fills the row is never gathered.
        scores += [*table.scores, *[table.scores[-1]] * (bins - 1 - len(table.scores))]
        scores.append(table.unknown)
        cuts += [*table.cuts, *[NEVER] * (bins - 2 - len(table.cuts))]
    floats, ints = TensorProto.FLOAT, TensorProto.INT64
    return [
        helper.make_tensor("zero", floats, [], [0.0]),
        helper.make_tensor("hundred", floats, [], [100.0]),
        helper.make_tensor("intercept", floats, [], [intercept]),
        helper.make_tensor("cuts", floats, [count, bins - 2], cuts),
        helper.make_tensor("scores", floats, [count * bins], scores),
        helper.make_tensor("rows", ints, [count], [i * bins for i in range(count)]),
        helper.make_tensor("unknown_bin", ints, [], [bins - 1]),
        helper.make_tensor("last_axis", ints, [1], [2]),
        helper.make_tensor("feature_axis", ints, [1], [1]),
    ]


def _nodes() -> list[onnx.NodeProto]:
    node = helper.make_node
    return [
        node("IsNaN", [INPUT], ["is_missing"]),
        node("Where", ["is_missing", "zero", INPUT], ["told"]),
        node("Unsqueeze", ["told", "last_axis"], ["told_column"]),
        node("GreaterOrEqual", ["told_column", "cuts"], ["reached"]),
        node("Cast", ["reached"], ["reached_int"], to=TensorProto.INT64),
        node("ReduceSum", ["reached_int", "last_axis"], ["level"], keepdims=0),
        node("Where", ["is_missing", "unknown_bin", "level"], ["bin"]),
        node("Add", ["bin", "rows"], ["place"]),
        node("Gather", ["scores", "place"], ["contributions"], axis=0),
        node("ReduceSum", ["contributions", "feature_axis"], ["sum"], keepdims=0),
        node("Add", ["sum", "intercept"], ["logit"]),
        node("Sigmoid", ["logit"], ["share"]),
        node("Mul", ["share", "hundred"], ["index"]),
        node("Cast", ["is_missing"], ["missing"], to=TensorProto.FLOAT),
    ]
