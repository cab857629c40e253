"""The daily-change model as shipped, and how it is built: golden, signed, the same every time."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.risk.daily.table import FEATURES, daily_hash
from edge.risk.onnx_scan import scan
from edge.risk.runtime import COMMAND, ModelProcess
from edge.risk.signature import sign
from tests.models import tihm
from tests.models.scripts import MODELS, script

additive = script("additive")
builder = script("build_daily_change")
fitting = script("daily_fit")
protocol = script("daily_protocol")
reading = script("daily_data")
scores = script("daily_scores")

FOLDER = MODELS / "daily-change" / "1.0.0"
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_bytes())
GOLDEN: list[dict[str, Any]] = json.loads((FOLDER / "golden.json").read_bytes())["rows"]

pytestmark = pytest.mark.timeout(60)


def run(model: bytes, rows: list[list[float | None]]) -> dict[str, np.ndarray[Any, Any]]:
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    given = [[math.nan if value is None else value for value in row] for row in rows]
    found = session.run(names, {"features": np.array(given, dtype=np.float32)})
    return dict(zip(names, found, strict=True))


def test_the_shipped_model_is_of_the_frozen_protocol_and_these_features() -> None:
    """Figures carry the hash of the protocol in the repository; features those of the extractor."""
    sha256 = hashlib.sha256(protocol.PROTOCOL.read_bytes()).hexdigest()
    assert {metric["protocol_sha256"] for metric in MANIFEST["metrics"]} == {sha256}
    assert sha256 in (FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert MANIFEST["feature_hash"] == daily_hash()
    told = [(f["name"], f["unit"], f["min"], f["max"]) for f in MANIFEST["features"]]
    assert told == [(f.name, f.unit, f.least, f.most) for f in FEATURES]


def test_the_shipped_model_keeps_to_its_floors() -> None:
    """What the protocol set as floors before is what the manifest's figures reach."""
    (homes_out,) = (m for m in MANIFEST["metrics"] if m["split"] == "homes_out")
    floors = protocol.read().told["goals"]
    assert homes_out["value"]["auc"] >= floors["auc"][1]
    assert homes_out["value"]["caught"]["1.5"] >= floors["caught_1_5"][1]
    assert homes_out["value"]["caught"]["1.0"] >= floors["caught_1_0"][1]
    behind = homes_out["challenger"]["auc"] - homes_out["value"]["auc"]
    assert behind <= floors["behind_challenger"]


def test_thresholds_fall_as_budgets_grow() -> None:
    """0.25 is the default; a larger budget never has a higher threshold."""
    told = MANIFEST["thresholds"]
    assert [t["budget_per_home_week"] for t in told] == [0.25, 0.5, 1.0, 1.5]
    assert [t["tier"] for t in told] == ["default", *["evaluation"] * 3]
    values = [t["value"] for t in told]
    assert values == sorted(values, reverse=True)
    assert 0 < values[-1] < values[0] < 100


def test_golden_vectors_of_the_shipped_model_hold() -> None:
    """Contributions, logit and index of each golden row, out of the shipped bytes."""
    found = run((FOLDER / "model.onnx").read_bytes(), [row["features"] for row in GOLDEN])
    assert len(GOLDEN) == 13
    for i, row in enumerate(GOLDEN):
        assert found["index"][i] == pytest.approx(row["index"], abs=1e-4)
        assert found["contributions"][i].tolist() == pytest.approx(row["contributions"], abs=1e-4)
        assert found["logit"][i] == pytest.approx(row["logit"], abs=1e-4)
    assert len({row["index"] for row in GOLDEN}) > 10


def test_nothing_but_standard_operators_ships() -> None:
    """The edge's own look into the file finds nothing that it would refuse."""
    facts = scan((FOLDER / "model.onnx").read_bytes())
    assert (facts.ir_version, facts.opset, facts.refused) == (8, 15, "")


def test_the_shipped_model_answers_in_its_process() -> None:
    """Signature, hashes and golden vectors pass; a row out of order of nothing known answers."""
    process = ModelProcess(MODELS, COMMAND, 50.0)
    busy = {"moves.rapid": 200.0, "hallway.busiest_4h": 150.0, "all": 900.0}
    quiet = dict.fromkeys(busy, 5.0)
    answers = asyncio.run(process.assess("daily-change", [busy, quiet, {}]))
    assert answers[0].index > answers[1].index
    assert answers[0].model == "daily-change/1.0.0"
    assert (answers[0].alert_from, answers[0].calm_below) == (37.849, 37.849 - 3.785)
    assert set(answers[2].missing) == {feature.name for feature in FEATURES}


def test_a_fit_finds_what_is_there_and_is_the_same_every_time() -> None:
    """A cut and a place for not known, learned; the same tables twice; noise is left alone."""
    draw = np.random.default_rng(3)
    matrix = draw.normal(size=(600, 3)).astype(np.float32).astype(np.float64)
    matrix[::7, 1] = np.nan
    positive = (matrix[:, 0] > 0.5) | np.isnan(matrix[:, 1])
    settings = fitting.Settings(rounds=60, bins=15, leaf_min=20, feature_share=1.0, seeds=1)
    model = fitting.fit(matrix, positive, settings)
    assert model == fitting.fit(matrix, positive, settings)
    low, high = model.tables[0].of(-1.0), model.tables[0].of(1.5)
    assert high - low > 1.0
    assert model.tables[1].unknown - model.tables[1].of(0.0) > 1.0
    spread = [model.tables[2].of(x) for x in (-2.0, -1.0, 0.0, 1.0, 2.0)]
    assert max(spread) - min(spread) < 0.5


def test_a_rising_feature_never_scores_lower_for_more() -> None:
    """Told to rise, a table rises or stays, though the data say otherwise."""
    values = np.linspace(0, 1, 400)[:, None]
    settings = fitting.Settings(rounds=40, bins=15, leaf_min=20, feature_share=1.0, seeds=1)
    falling = fitting.fit(values, values[:, 0] < 0.5, settings)
    assert falling.tables[0].scores[0] > falling.tables[0].scores[-1]
    forced = fitting.fit(values, values[:, 0] < 0.5, settings, rising=[True])
    assert list(forced.tables[0].scores) == sorted(forced.tables[0].scores)


def test_the_graph_computes_what_the_tables_say() -> None:
    """Parity: each value on, below and above each cut, and not known, in file and tables."""
    draw = np.random.default_rng(4)
    matrix = (draw.normal(size=(500, 4)) * 10).astype(np.float32).astype(np.float64)
    matrix[::5, 2] = np.nan
    settings = fitting.Settings(rounds=50, bins=31, leaf_min=10, feature_share=0.5, seeds=2)
    fitted = fitting.fit(matrix, matrix[:, 0] + matrix[:, 1] > 4, settings)
    model = protocol.calibrated(fitted, protocol.Platt(a=1.25, b=-0.5))
    tables = [additive.Table(t.cuts, t.scores, t.unknown) for t in model.tables]
    onnx = additive.model(tables, model.intercept, {})
    assert onnx == additive.model(tables, model.intercept, {})
    edges = [
        [cut if i == column else None for i in range(4)]
        for column, table in enumerate(model.tables)
        for base in table.cuts
        for cut in (base, float(np.nextafter(np.float32(base), np.float32(-np.inf))))
    ]
    rows: list[list[float | None]] = [*edges, *matrix.tolist(), [None] * 4]
    logits = model.logits(np.array([[math.nan if v is None else v for v in r] for r in rows]))
    found = run(onnx, rows)
    assert found["logit"].tolist() == pytest.approx(logits.tolist(), abs=1e-5)
    for row, contributions in zip(rows, found["contributions"].tolist(), strict=True):
        told = [table.of(v) for table, v in zip(model.tables, row, strict=True)]
        assert contributions == pytest.approx(told, abs=1e-7)


def test_platt_calibrates() -> None:
    """Scores that are twice too sure are halved."""
    logits = [x / 10 for x in range(-40, 41) for _ in range(20)]
    labels = [i % 20 < round(20 / (1 + math.exp(-x / 2))) for i, x in enumerate(logits)]
    found = protocol.platt(logits, labels)
    assert (found.a, found.b) == (pytest.approx(0.5, abs=0.05), pytest.approx(0.0, abs=0.05))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The protocol in small: what takes a minute on 42 homes takes seconds on drawn ones."""
    full = protocol.read()
    told = {
        **full.told,
        "fit": {**full.told["fit"], "rounds": 15, "leaf_min": 5, "seeds": 1},
        "homes_out": {**full.told["homes_out"], "folds": 3, "partitions": [1]},
    }
    monkeypatch.setattr(protocol, "read", lambda: replace(full, told=told))
    monkeypatch.setattr(scores, "BOOTSTRAP_ROUNDS", 10)


@pytest.mark.usefixtures("small")
def test_the_same_data_build_the_same_bytes_that_a_gateway_takes(tmp_path: Path) -> None:
    """Twice from drawn homes, rows mixed: every file the same; signed, its process answers."""
    data = tihm.write(tmp_path / "data", homes=6)
    first = builder.build(tmp_path / "first", data)
    rows = (data / "Labels.csv").read_text().splitlines()
    (data / "Labels.csv").write_text("\n".join([rows[0], *reversed(rows[1:])]) + "\n")
    second = builder.build(tmp_path / "second", data)
    built = {p.name: p.read_bytes() for p in first.iterdir()}
    assert {p.name: p.read_bytes() for p in second.iterdir()} == built
    assert {"MODEL_CARD.md", "budget.svg", "contributions.svg", "reliability.svg"} <= set(built)
    assert not any(b"synthetic-0" in raw for raw in built.values())  # no row, no home's name
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    (first / "manifest.sig").write_bytes(sign(built["manifest.json"], "test", key))
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    (tmp_path / "signers.json").write_text(json.dumps({"test": public}))
    process = ModelProcess(tmp_path / "first", COMMAND, 50.0, tmp_path / "signers.json")
    days, _ = reading.read(data)
    restless, usual = (
        next(d.row for d in days if d.row is not None and d.positive is label)
        for label in (True, False)
    )
    answers = asyncio.run(process.assess("daily-change", [restless, usual]))
    assert answers[0].index > answers[1].index


def test_the_key_of_the_release_is_asked_for_and_no_other_signs(tmp_path: Path) -> None:
    """A new key is its owner's alone; one that the release does not name signs nothing."""
    signing = script("sign")
    models = tmp_path / "models"
    shutil.copytree(MODELS / "daily-change", models / "daily-change")
    pointer = json.loads((MODELS / "current.json").read_bytes())["daily-change"]
    (models / "current.json").write_text(json.dumps({"daily-change": pointer}))
    key, signers = tmp_path / "key.pem", tmp_path / "signers.json"
    public = signing.new_key(key)
    assert key.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        signing.new_key(key)
    signers.write_text("{}")
    with pytest.raises(ValueError, match="does not name the public key"):
        signing.sign_all(models, key, signers)
    signers.write_text(json.dumps({"new-key": public}))
    (written,) = signing.sign_all(models, key, signers)
    assert json.loads(written.read_bytes())["key"] == "new-key"
    key.chmod(0o644)
    with pytest.raises(ValueError, match="chmod 600"):
        signing.sign_all(models, key, signers)
