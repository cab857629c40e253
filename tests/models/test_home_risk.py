"""The home-risk model as shipped: rebuilt bit for bit, and true to its sources."""

from __future__ import annotations

import copy
import importlib.util
import itertools
import json
import math
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort  # type: ignore[import-untyped]
import pytest

from edge.risk.features import FIRE
from edge.risk.onnx_scan import scan

MODELS = Path(__file__).resolve().parents[2] / "models"
FOLDER = MODELS / "home-risk" / "1.0.0"
STANDARD_OPS = {
    "Add", "Cast", "Gather", "GreaterOrEqual", "IsNaN", "Mul", "ReduceSum", "Sigmoid",
    "Unsqueeze", "Where",
}  # fmt: skip


def _script(name: str) -> ModuleType:
    """A script of models/, which is no package."""
    if str(MODELS) not in sys.path:
        sys.path.insert(0, str(MODELS))
    spec = importlib.util.spec_from_file_location(name, MODELS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


weights = _script("weights")
builder = _script("build_home_risk")
WEIGHTS: dict[str, Any] = weights.read(builder.WEIGHTS)


def run(model: bytes, rows: list[list[float]]) -> dict[str, np.ndarray[Any, Any]]:
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    found = session.run(names, {"features": np.array(rows, dtype=np.float32)})
    return dict(zip(names, found, strict=True))


def shipped(rows: list[list[float]]) -> dict[str, np.ndarray[Any, Any]]:
    return run((FOLDER / "model.onnx").read_bytes(), rows)


def test_a_rebuild_gives_the_same_bytes(tmp_path: Path) -> None:
    """Building from the weights file gives every committed file, bit for bit."""
    folder = builder.build(tmp_path)
    built = {p.name: p.read_bytes() for p in folder.iterdir()}
    shipped = {p.name: p.read_bytes() for p in FOLDER.iterdir()}
    del shipped["manifest.sig"]  # made of the manifest by a key that is not here
    assert built == shipped
    pointers = [json.loads((d / "current.json").read_bytes()) for d in (tmp_path, MODELS)]
    assert pointers[0]["home-risk"] == pointers[1]["home-risk"]


@pytest.mark.timeout(60)
def test_the_command_builds_the_same_bytes(tmp_path: Path) -> None:
    """The script as a person runs it, in a process of its own, from another folder."""
    command = [sys.executable, str(MODELS / "build_home_risk.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, cwd=tmp_path, capture_output=True, timeout=50)
    built = tmp_path / "home-risk" / "1.0.0" / "model.onnx"
    assert built.read_bytes() == (FOLDER / "model.onnx").read_bytes()


@pytest.fixture(scope="module")
def unshrunk(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The same graph with the weights as published."""
    published = copy.deepcopy(WEIGHTS) | {"shrink": 1.0}
    folder: Path = builder.build(tmp_path_factory.mktemp("unshrunk"), published)
    return (folder / "model.onnx").read_bytes()


def ratios(model: bytes) -> dict[tuple[str, str], float]:
    """The odds ratio of each level against the best, as the graph itself computes it."""
    found = {}
    for i, feature in enumerate(FIRE):
        rows = [[0.0] * len(FIRE) for _ in feature.levels]
        for level, row in enumerate(rows):
            row[i] = float(level)
        logit = run(model, rows)["logit"]
        for level, name in enumerate(feature.levels):
            found[feature.name, name] = math.exp(float(logit[level] - logit[0]))
    return found


SOURCED = [
    (feature["name"], level["level"], level["value"])
    for feature in WEIGHTS["feature"]
    for level in feature["levels"]
    if "source" in level
]


@pytest.mark.parametrize("feature,level,value", SOURCED)
def test_each_source_is_reproduced_before_shrinking(
    unshrunk: bytes, feature: str, level: str, value: float
) -> None:
    """Before shrinking the graph gives each published ratio within 5 %."""
    assert ratios(unshrunk)[feature, level] == pytest.approx(value, rel=0.05)


@pytest.mark.parametrize("feature,level,value", SOURCED)
def test_each_source_is_shrunk_as_the_card_says(feature: str, level: str, value: float) -> None:
    """The shipped graph gives each ratio to the power of the shrinking factor."""
    model = (FOLDER / "model.onnx").read_bytes()
    assert ratios(model)[feature, level] == pytest.approx(value**0.45, rel=1e-4)


def test_the_sources_are_the_published_ones() -> None:
    """The values of the abstracts, written down a second time: a slip in the file shows here."""
    found = {(feature, level): value for feature, level, value in SOURCED}
    assert found == {
        ("smoking", "outside"): 1.5,  # Ballard 1992
        ("smoking", "inside"): 3.6,
        ("smoking", "bed"): 6.6,
        ("alcohol", "daily"): 7.5,  # Runyan 1992
        ("smoke_alarm", "none"): 3.4,
        ("escape", "maybe"): 2.5,  # Warda 1999
        ("escape", "unable"): 4.01,  # Marshall 1998
        ("night", "other_frail"): pytest.approx(1 / 0.49, rel=0.01),
        ("night", "alone"): pytest.approx(1 / 0.49, rel=0.01),
    }
    for feature in WEIGHTS["feature"]:
        for level in feature["levels"]:
            assert "source" not in level or level["low"] <= level["value"] <= level["high"]


def test_no_more_hazard_ever_ranks_lower() -> None:
    """Over all known homes: one level up in any feature never lowers the index."""
    levels = [range(len(feature.levels)) for feature in FIRE]
    rows = [list(map(float, row)) for row in itertools.product(*levels)]
    session = ort.InferenceSession(FOLDER / "model.onnx", providers=["CPUExecutionProvider"])
    index = {
        tuple(row): float(session.run(["index"], {"features": np.array([row], np.float32)})[0][0])
        for row in rows
    }
    for row, value in index.items():
        for i, feature in enumerate(FIRE):
            if row[i] < feature.worst:
                worse = (*row[:i], row[i] + 1.0, *row[i + 1 :])
                assert index[worse] >= value
    assert min(index.values()) > 0.0
    assert max(index.values()) < 100.0


def test_not_known_is_never_below_the_average_home_nor_the_mildest_hazard() -> None:
    """The unknown bin weighs at least the mean over the assumed shares, and the first hazard."""
    for i, feature in enumerate(WEIGHTS["feature"]):
        levels = [*map(float, range(len(feature["levels"]))), math.nan]
        rows = [[0.0] * i + [level] + [0.0] * (len(FIRE) - 1 - i) for level in levels]
        *known, unknown = shipped(rows)["contributions"][:, i].astype(float)
        mean = sum(x["share"] * v for x, v in zip(feature["levels"], known, strict=True))
        assert unknown >= mean
        assert unknown >= known[1]


def test_the_model_says_what_it_had_to_do_without() -> None:
    """`missing` is 1 where the feature was NaN, and nowhere else."""
    row = [0.0, math.nan, 1.0, math.nan, 0.0]
    assert shipped([row])["missing"].tolist() == [[0.0, 1.0, 0.0, 1.0, 0.0]]


def test_the_average_home_is_at_fifty() -> None:
    """The intercept is minus the sum of the averages, so that 50 means average."""
    scores = weights.scores(WEIGHTS, WEIGHTS["shrink"])
    assert weights.intercept(scores) == pytest.approx(-sum(s.mean for s in scores), abs=1e-6)
    assert weights.index(0.0) == 50.0


def test_golden_vectors_cover_and_hold() -> None:
    """Best, worst, all unknown, each level alone: contributions add up to logit and index."""
    golden = json.loads((FOLDER / "golden.json").read_bytes())["rows"]
    manifest = json.loads((FOLDER / "manifest.json").read_bytes())
    names = {row["name"] for row in golden}
    assert {"best", "worst", "all_unknown", "smoking_bed", "night_unknown"} <= names
    assert len(golden) == 3 + sum(len(feature.levels) for feature in FIRE)
    rows = [[math.nan if v is None else v for v in row["features"]] for row in golden]
    found = shipped(rows)
    for i, row in enumerate(golden):
        assert found["index"][i] == pytest.approx(row["index"], abs=1e-4)
        assert found["contributions"][i].tolist() == pytest.approx(row["contributions"], abs=1e-4)
        added = sum(row["contributions"]) + manifest["intercept"]
        assert added == pytest.approx(row["logit"], abs=1e-4)
        assert row["index"] == pytest.approx(100 / (1 + math.exp(-row["logit"])), abs=1e-4)


def test_only_standard_operators_of_opset_15() -> None:
    """No custom domain, no function, nothing outside the file; the edge's own look agrees."""
    raw = (FOLDER / "model.onnx").read_bytes()
    model = onnx.load_model_from_string(raw)
    onnx.checker.check_model(model, full_check=True)
    assert {node.op_type for node in model.graph.node} == STANDARD_OPS
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 15)]
    facts = scan(raw)
    assert (facts.ir_version, facts.opset, facts.refused) == (8, 15, "")


def test_the_card_says_what_the_model_is_not() -> None:
    """The card carries both tables and the sentences that keep the index in its place."""
    card = (FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "not validated on outcomes" in card
    assert "never sets a level" in card
    assert "before shrinking" in card
    assert "after shrinking" in card
    assert "7.50 | 4.4-12.7" in card


def test_shares_that_do_not_add_up_are_refused() -> None:
    """A weights file whose shares are not a whole is no weights file."""
    broken = copy.deepcopy(WEIGHTS)
    broken["feature"][0]["levels"][0]["share"] = 0.5
    with pytest.raises(ValueError, match="smoking: the shares add up"):
        weights.scores(broken, 0.45)


def test_weights_for_other_features_are_refused(tmp_path: Path) -> None:
    """A model is built for the features that the gateway extracts, or not at all."""
    broken = copy.deepcopy(WEIGHTS)
    del broken["feature"][0]
    with pytest.raises(ValueError, match="edge/risk/features"):
        builder.build(tmp_path, broken)
