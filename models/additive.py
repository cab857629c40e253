"""An additive model as an ONNX graph: every feature has a table of scores, and one for NaN.

    features[N,F] -> bin of each feature by its cuts, or its own bin when it is NaN
                  -> contributions[N,F] (log odds)
                  -> logit[N] = sum + intercept -> index[N] = 100 x sigmoid
                  -> missing[N,F]: 1 where the feature was NaN

A model of several indices has one more axis, K: index[N,K], contributions[N,K,F], logit[N,K].

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
    """The serialised model of one index; the same arguments give the same bytes."""
    bins = _bins(tables)
    scores = _flat(tables, bins)
    floats = TensorProto.FLOAT
    constants = _constants(
        tables,
        bins,
        helper.make_tensor("intercept", floats, [], [intercept]),
        helper.make_tensor("scores", floats, [len(scores)], scores),
        feature_axis=1,
    )
    gather = [helper.make_node("Gather", ["scores", "place"], ["contributions"], axis=0)]
    return _made(gather, constants, [], len(tables), properties)


def indices(
    by_index: Sequence[Sequence[Table]], intercepts: Sequence[float], properties: dict[str, str]
) -> bytes:
    """The serialised model of several indices over the same features and cuts, in their order."""
    first = by_index[0]
    if any([one.cuts for one in tables] != [one.cuts for one in first] for tables in by_index):
        message = "the indices do not have the same features and cuts"
        raise ValueError(message)
    bins = _bins(first)
    count = len(by_index)
    # One row a place, one column an index.
    flat = [_flat(tables, bins) for tables in by_index]
    scores = [value for place in zip(*flat, strict=True) for value in place]
    constants = _constants(
        first,
        bins,
        helper.make_tensor("intercept", TensorProto.FLOAT, [count], intercepts),
        helper.make_tensor("scores", TensorProto.FLOAT, [len(flat[0]), count], scores),
        feature_axis=2,
    )
    gather = [
        helper.make_node("Gather", ["scores", "place"], ["gathered"], axis=0),
        helper.make_node("Transpose", ["gathered"], ["contributions"], perm=[0, 2, 1]),
    ]
    return _made(gather, constants, [count], len(first), properties)


def _made(
    gather: list[onnx.NodeProto],
    constants: list[onnx.TensorProto],
    indices_axis: list[int],
    count: int,
    properties: dict[str, str],
) -> bytes:
    floats = TensorProto.FLOAT
    graph = helper.make_graph(
        _nodes(gather),
        "additive",
        [helper.make_tensor_value_info(INPUT, floats, ["N", count])],
        [
            helper.make_tensor_value_info("index", floats, ["N", *indices_axis]),
            helper.make_tensor_value_info("contributions", floats, ["N", *indices_axis, count]),
            helper.make_tensor_value_info("logit", floats, ["N", *indices_axis]),
            helper.make_tensor_value_info("missing", floats, ["N", count]),
        ],
        constants,
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


def _bins(tables: Sequence[Table]) -> int:
    return max(len(table.scores) for table in tables) + 1


def _flat(tables: Sequence[Table], bins: int) -> list[float]:
    """`bins` scores a feature: its own, then unknown; row by row in one flat list."""
    scores: list[float] = []
    for table in tables:
        # No value comes behind the last score: what fills the row is never gathered.
        scores += [*table.scores, *[table.scores[-1]] * (bins - 1 - len(table.scores))]
        scores.append(table.unknown)
    return scores


def _constants(
    tables: Sequence[Table],
    bins: int,
    intercept: onnx.TensorProto,
    scores: onnx.TensorProto,
    *,
    feature_axis: int,
) -> list[onnx.TensorProto]:
    """In an order that never changes: a file that was built before comes out the same."""
    count = len(tables)
    cuts: list[float] = []
    for table in tables:
        cuts += [*table.cuts, *[NEVER] * (bins - 2 - len(table.cuts))]
    floats, ints = TensorProto.FLOAT, TensorProto.INT64
    return [
        helper.make_tensor("zero", floats, [], [0.0]),
        helper.make_tensor("hundred", floats, [], [100.0]),
        intercept,
        helper.make_tensor("cuts", floats, [count, bins - 2], cuts),
        scores,
        helper.make_tensor("rows", ints, [count], [i * bins for i in range(count)]),
        helper.make_tensor("unknown_bin", ints, [], [bins - 1]),
        helper.make_tensor("last_axis", ints, [1], [2]),
        helper.make_tensor("feature_axis", ints, [1], [feature_axis]),
    ]


def _nodes(gather: list[onnx.NodeProto]) -> list[onnx.NodeProto]:
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
        *gather,
        node("ReduceSum", ["contributions", "feature_axis"], ["sum"], keepdims=0),
        node("Add", ["sum", "intercept"], ["logit"]),
        node("Sigmoid", ["logit"], ["share"]),
        node("Mul", ["share", "hundred"], ["index"]),
        node("Cast", ["is_missing"], ["missing"], to=TensorProto.FLOAT),
    ]
