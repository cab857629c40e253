"""The home-risk model as shipped: rebuilt bit for bit, and true to its sources."""

from __future__ import annotations

import copy
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort  # type: ignore[import-untyped]
import pytest

from edge.risk.features import FEATURES
from edge.risk.onnx_scan import scan
from tests.models.scripts import MODELS, script

weights = script("weights")
builder = script("build_home_risk")

FOLDER = MODELS / "home-risk" / "2.0.0"
SHIPPED = (FOLDER / "model.onnx").read_bytes()
WEIGHTS: dict[str, Any] = weights.read(builder.WEIGHTS)
SHRINK = 0.45
INDICES = ("fire_start", "fire_harm", "fall")
PLACES = {feature.name: i for i, feature in enumerate(FEATURES)}
BEST = [0.0] * len(FEATURES)
WORST = [float(feature.worst) for feature in FEATURES]
STANDARD_OPS = {
    "Add", "Cast", "Gather", "GreaterOrEqual", "IsNaN", "Mul", "ReduceSum", "Sigmoid",
    "Transpose", "Unsqueeze", "Where",
}  # fmt: skip


def run(model: bytes, rows: list[list[float]]) -> dict[str, np.ndarray[Any, Any]]:
    """index[N,K], contributions[N,K,F], logit[N,K], missing[N,F]."""
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    found = session.run(names, {"features": np.array(rows, dtype=np.float32)})
    return dict(zip(names, found, strict=True))


def with_one(feature: str, level: float, base: list[float] = BEST) -> list[float]:
    row = list(base)
    row[PLACES[feature]] = level
    return row


@pytest.fixture(scope="module")
def unshrunk() -> bytes:
    """The same graph with the weights as published."""
    found: bytes = builder.graph(WEIGHTS, 1.0)
    return found


@pytest.mark.timeout(60)
def test_the_command_builds_the_same_bytes(tmp_path: Path) -> None:
    """The script as a person runs it, from another folder: every committed file, bit for bit."""
    command = [sys.executable, str(MODELS / "build_home_risk.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, cwd=tmp_path, capture_output=True, timeout=50)
    folder = tmp_path / "home-risk" / "2.0.0"
    built = {p.name: p.read_bytes() for p in folder.iterdir()}
    shipped = {p.name: p.read_bytes() for p in FOLDER.iterdir()}
    del shipped["manifest.sig"]  # made of the manifest by a key that is not here
    assert built == shipped
    pointers = [json.loads((d / "current.json").read_bytes()) for d in (tmp_path, MODELS)]
    assert pointers[0]["home-risk"] == pointers[1]["home-risk"]


# What a source compares, as a difference of log odds of the indices of the graph.
COMPARISONS = {
    "hurt_in_a_fire": {"fire_harm": 1.0},
    "hurt_once_it_burns": {"fire_harm": 1.0, "fire_start": -1.0},
    "falling": {"fall": 1.0},
}


def ratio(model: bytes, feature: str, level: str, compares: str) -> float:
    """The ratio of a level against the best one, as the graph itself computes it."""
    place = next(f.levels.index(level) for f in FEATURES if f.name == feature)
    best, worse = run(model, [BEST, with_one(feature, float(place))])["logit"].astype(float)
    parts = COMPARISONS[compares]
    return math.exp(sum(f * (worse - best)[INDICES.index(name)] for name, f in parts.items()))


SOURCED = [
    (feature["name"], row["level"], row["source"], row["value"])
    for feature in WEIGHTS["feature"]
    for part in weights.PARTS
    for row in feature.get(part, [])
    if "source" in row
]


@pytest.mark.parametrize("feature,level,source,value", SOURCED)
def test_each_source_is_reproduced_before_shrinking(
    unshrunk: bytes, feature: str, level: str, source: str, value: float
) -> None:
    """Before shrinking the graph gives each published ratio within 5 %, where the study compares.

    And as shipped that ratio to the power of the shrinking factor.
    """
    compares = WEIGHTS["sources"][source]["compares"]
    assert ratio(unshrunk, feature, level, compares) == pytest.approx(value, rel=0.05)
    shrunk = ratio(SHIPPED, feature, level, compares)
    assert shrunk == pytest.approx(value**SHRINK, rel=1e-4)


def test_the_sources_are_the_published_ones() -> None:
    """The values of the abstracts, written down a second time: a slip in the file shows here."""
    found = {(feature, level): value for feature, level, _, value in SOURCED}
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
        ("falls", "once"): 2.8,  # Deandrea 2010
        ("falls", "repeated"): 3.5,
        ("gait", "unsteady"): 2.1,
        ("walking_aid", "fits"): 2.2,
        ("dizziness", "yes"): 1.8,
        ("neurological", "yes"): 2.7,
        ("memory", "marked"): 1.4,
        ("help_needed", "yes"): 1.5,
        ("fear", "yes"): 1.55,
        ("sight", "not_checked"): 1.35,
        ("feet", "trouble"): 1.4,
        ("mood", "low"): 1.6,
        ("medicines", "from_8"): 1.75,  # Seppala 2018
        ("fall_medicines", "one"): 1.57,
        ("fall_medicines", "several"): 2.02,
        ("night_toilet", "twice"): 1.20,  # Pesonen 2020
        ("night_toilet", "often"): 1.28,  # Vaughan 2010
        **{
            (name, level): pytest.approx(1.016**4, rel=0.01)  # Home FAST, four hazards
            for name, level in (
                ("floors", "hazard"),
                ("lighting", "lacking"),
                ("bathroom", "lacking"),
                ("thresholds", "fault"),
                ("climbing", "yes"),
                ("yard", "lacking"),
            )
        },
    }
    for feature in WEIGHTS["feature"]:
        for part in weights.PARTS:
            for row in feature.get(part, []):
                assert "low" not in row or row["low"] <= row["value"] <= row["high"]
                assert "source" in row or row["fit"] in {"interpolated", "assumed", "points"}


def test_harm_is_ignition_times_detection_times_escape() -> None:
    """The odds of harm over the best home's are the product of its three parts, in any home."""
    draw = np.random.Generator(np.random.PCG64(1))
    rows = [[float(draw.integers(0, f.worst + 1)) for f in FEATURES] for _ in range(300)]
    found = run(SHIPPED, [BEST, *rows])["logit"].astype(float)
    parts = {}
    for part in ("ignition", "detection", "escape"):
        odds = [
            [math.log(r) * SHRINK for r in weights.published(feature, part)]
            for feature in WEIGHTS["feature"]
        ]
        parts[part] = [
            math.exp(sum(odds[i][int(level)] for i, level in enumerate(row))) for row in rows
        ]
    for i in range(len(rows)):
        start, harm, _ = np.exp(found[i + 1] - found[0])
        assert start == pytest.approx(parts["ignition"][i], rel=1e-4)
        product = parts["ignition"][i] * parts["detection"][i] * parts["escape"][i]
        assert harm == pytest.approx(product, rel=1e-4)


def _bases() -> list[list[float]]:
    """Homes from which a sweep starts: best, worst, nothing known, and a hundred between."""
    draw = np.random.Generator(np.random.PCG64(2))
    between = [
        [
            math.nan if draw.random() < 0.1 else float(draw.integers(0, f.worst + 1))
            for f in FEATURES
        ]
        for _ in range(100)
    ]
    return [BEST, WORST, [math.nan] * len(FEATURES), *between]


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f.name)
def test_a_hazard_more_never_lowers_and_not_knowing_never_helps(feature: Any) -> None:
    """A sweep of one feature over a hundred homes: level by level up, and unknown at the top.

    Where it bears on an index it moves it, and where it does not, it never does.
    """
    levels = [*map(float, range(feature.worst + 1)), math.nan]
    for base in _bases():
        # One at a time: in a batch the last digit depends on the place.
        told = [run_one(with_one(feature.name, level, base)) for level in levels]
        for k, name in enumerate(INDICES):
            logits = [logit[k] for logit in told]
            assert logits == sorted(logits)
            assert (logits[-1] > logits[0]) is (name in feature.indices)


_SESSION = ort.InferenceSession(SHIPPED, providers=["CPUExecutionProvider"])


def run_one(row: list[float]) -> list[float]:
    found = _SESSION.run(["logit"], {"features": np.array([row], dtype=np.float32)})
    told: list[float] = found[0][0].tolist()
    return told


def test_a_home_of_which_nothing_is_known_ranks_as_the_worst() -> None:
    """Whoever says nothing gains nothing over whoever says the worst."""
    found = run(SHIPPED, [WORST, [math.nan] * len(FEATURES)])
    assert found["index"][0].tolist() == found["index"][1].tolist()
    assert found["missing"].sum(axis=1).tolist() == [0, len(FEATURES)]


def test_escape_is_an_input_of_its_own() -> None:
    """Able, maybe, unable: each ranks a home's harm higher, and its fire's start not at all."""
    told = run(SHIPPED, [with_one("escape", level) for level in (0, 1, 2)])["index"]
    assert told[0, 1] < told[1, 1] < told[2, 1]
    assert told[:, 0].tolist() == [told[0, 0]] * 3


def test_the_average_home_is_at_fifty() -> None:
    """The intercept is minus the sum of the averages, so that 50 means average."""
    for index in INDICES:
        scores = weights.scores(WEIGHTS, index, SHRINK)
        assert weights.intercept(scores) == pytest.approx(-sum(s.mean for s in scores), abs=1e-6)
    assert weights.index(0.0) == 50.0


def test_golden_vectors_cover_and_hold() -> None:
    """Every place of every table is in a row; contributions add up to logit and index."""
    golden = json.loads((FOLDER / "golden.json").read_bytes())["rows"]
    manifest = json.loads((FOLDER / "manifest.json").read_bytes())
    intercepts = {one["name"]: one["intercept"] for one in manifest["indices"]}
    assert tuple(intercepts) == INDICES
    names = {row["name"] for row in golden}
    assert {"best", "worst", "all_unknown", "every_level_1", "smoker_alone", "fallen"} <= names
    for i, feature in enumerate(FEATURES):
        places = {row["features"][i] for row in golden}
        assert places == {None, *map(float, range(feature.worst + 1))}
    rows = [[math.nan if v is None else v for v in row["features"]] for row in golden]
    found = run(SHIPPED, rows)
    for i, row in enumerate(golden):
        for k, (name, intercept) in enumerate(intercepts.items()):
            told = row["indices"][name]
            assert found["index"][i, k] == pytest.approx(told["index"], abs=1e-4)
            wanted = pytest.approx(told["contributions"], abs=1e-4)
            assert found["contributions"][i, k].tolist() == wanted
            assert sum(told["contributions"]) + intercept == pytest.approx(told["logit"], abs=1e-4)
            share = 100 / (1 + math.exp(-told["logit"]))
            assert told["index"] == pytest.approx(share, abs=1e-4)


def test_only_standard_operators_of_opset_15() -> None:
    """No custom domain, no function, nothing outside the file; the edge's own look agrees."""
    model = onnx.load_model_from_string(SHIPPED)
    onnx.checker.check_model(model, full_check=True)
    assert {node.op_type for node in model.graph.node} == STANDARD_OPS
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 15)]
    facts = scan(SHIPPED)
    assert (facts.ir_version, facts.opset, facts.refused) == (8, 15, "")


def test_the_card_says_what_the_model_is_not() -> None:
    """The card carries both tables and the sentences that keep the indices in their place."""
    card = " ".join((FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8").split())
    for said in (
        "not validated on outcomes",
        "never set a level",
        "before shrinking",
        "after shrinking",
        "7.50 | 4.4-12.7",
        "no medical device",
        "Checked on a SYNTHETIC cohort",
    ):
        assert said in card


def test_every_picture_of_made_up_homes_says_so() -> None:
    """SYNTHETIC stands in the picture itself: it may be shown without its card."""
    for name in ("reliability.svg", "rank_stability.svg"):
        assert "SYNTHETIC" in (FOLDER / name).read_text(encoding="utf-8")
    for name in ("contributions.svg", "sensitivity.svg"):
        assert (FOLDER / name).read_text(encoding="utf-8").startswith("<svg")


def _broken(feature: str, **changes: Any) -> dict[str, Any]:
    broken = copy.deepcopy(WEIGHTS)
    next(one for one in broken["feature"] if one["name"] == feature).update(changes)
    return broken


def test_weights_that_make_no_sense_are_refused() -> None:
    """Shares that are no whole, a level that is not named, a worse level that weighs less."""
    with pytest.raises(ValueError, match="smoking: the shares add up"):
        weights.scores(_broken("smoking", share=[0.5, 0.08, 0.05, 0.02]), "fire_harm", SHRINK)
    rows = next(f for f in WEIGHTS["feature"] if f["name"] == "smoking")["ignition"]
    with pytest.raises(ValueError, match="does not name the levels"):
        weights.scores(_broken("smoking", ignition=rows[:2]), "fire_harm", SHRINK)
    less = [rows[0], rows[1], rows[2] | {"value": 1.1, "low": 1.0}]
    with pytest.raises(ValueError, match="a worse level weighs less"):
        weights.scores(_broken("smoking", ignition=less), "fire_harm", SHRINK)


def test_weights_for_other_features_are_refused() -> None:
    """A model is built for the features that the gateway extracts, or not at all."""
    broken = copy.deepcopy(WEIGHTS)
    del broken["feature"][0]
    with pytest.raises(ValueError, match="edge/risk/features"):
        builder.graph(broken, SHRINK)
