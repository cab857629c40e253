"""Builds models/home-risk from its weights file; the same weights give the same bytes.

    python models/build_home_risk.py [--out DIR]

Needs the `onnx` package, which no gateway has. There is no training: the
weights are published odds ratios (models/home-risk/weights.toml).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

MODELS = Path(__file__).resolve().parent
sys.path[:0] = [str(MODELS), str(MODELS.parent)]

import additive  # noqa: E402 - the script's own folder comes first
import home_risk_card  # noqa: E402
import weights as w  # noqa: E402

from edge.risk.features import FIRE, HOME_RISK, feature_hash  # noqa: E402

WEIGHTS = MODELS / "home-risk" / "weights.toml"

# The file is 2 kB; a hundred times as much is not this model.
MODEL_MAX_BYTES = 200_000

# Golden vectors carry what a float32 can hold.
GOLDEN_DIGITS = 6

INTENDED_USE = (
    "Ranks homes by fire risk and says which answers weigh most, for the attention of "
    "home-care and rescue professionals planning visits. Home-safety observation and "
    "service planning. It never sets a level."
)
NOT_FOR = (
    "No probability of fire or death; not validated on outcomes. Never sets, lowers or delays "
    "a level or an alert. Not a ground for granting, cutting or pricing a service. Not for "
    "comparing persons."
)


def build(out: Path, weights: dict[str, Any] | None = None) -> Path:
    """Write <out>/home-risk/<version>/ and <out>/current.json; returns the version's folder."""
    weights = weights or w.read(WEIGHTS)
    scores = w.scores(weights, weights["shrink"])
    _agree_with_extractor(scores)
    folder = out / HOME_RISK / weights["version"]
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "model.onnx": additive.model(
            _tables(scores), w.intercept(scores), _properties(weights, scores)
        ),
        "golden.json": _json(_golden(scores)),
        "MODEL_CARD.md": home_risk_card.card(weights, scores).encode(),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    manifest = _json(_manifest(weights, scores, files))
    (folder / "manifest.json").write_bytes(manifest)
    _point_to(out / "current.json", weights["version"], manifest)
    return Path(folder)


def _tables(scores: tuple[w.Score, ...]) -> list[additive.Table]:
    """A cut half way between two levels."""
    return [
        additive.Table(
            cuts=tuple(level - 0.5 for level in range(1, len(score.levels))),
            scores=score.log_odds,
            unknown=score.unknown,
        )
        for score in scores
    ]


def _agree_with_extractor(scores: tuple[w.Score, ...]) -> None:
    told = [(score.name, score.levels) for score in scores]
    extracted = [(feature.name, feature.levels) for feature in FIRE]
    if told != extracted:
        message = f"weights.toml has {told}, edge/risk/features.py has {extracted}"
        raise ValueError(message)


def _properties(weights: dict[str, Any], scores: tuple[w.Score, ...]) -> dict[str, str]:
    return {
        "model_id": weights["id"],
        "version": weights["version"],
        "feature_names": ",".join(score.name for score in scores),
        "feature_hash": feature_hash(),
        "training_kind": "literature",
        "licence": weights["licence"],
        "card_url": "MODEL_CARD.md",
    }


def golden_rows(scores: tuple[w.Score, ...]) -> list[tuple[str, list[float | None]]]:
    """Named rows: best, worst, all unknown, and each feature alone at each level and unknown."""
    best: list[float | None] = [0.0] * len(scores)
    rows: list[tuple[str, list[float | None]]] = [
        ("best", best),
        ("worst", [float(len(score.levels) - 1) for score in scores]),
        ("all_unknown", [None] * len(scores)),
    ]
    for i, score in enumerate(scores):
        for value, level in enumerate(score.levels[1:], 1):
            rows.append((f"{score.name}_{level}", [*best[:i], float(value), *best[i + 1 :]]))
        rows.append((f"{score.name}_unknown", [*best[:i], None, *best[i + 1 :]]))
    return rows


def _golden(scores: tuple[w.Score, ...]) -> dict[str, Any]:
    rows = []
    for name, features in golden_rows(scores):
        contributions = [score.of(value) for score, value in zip(scores, features, strict=True)]
        logit = sum(contributions) + w.intercept(scores)
        rows.append(
            {
                "name": name,
                "features": features,
                "contributions": [round(value, GOLDEN_DIGITS) for value in contributions],
                "logit": round(logit, GOLDEN_DIGITS),
                "index": round(w.index(logit), GOLDEN_DIGITS),
            }
        )
    return {"rows": rows}


def _manifest(
    weights: dict[str, Any], scores: tuple[w.Score, ...], files: dict[str, bytes]
) -> dict[str, Any]:
    return {
        "schema": 1,
        "id": weights["id"],
        "version": weights["version"],
        "created": weights["created"],
        "intended_use": INTENDED_USE,
        "not_for": NOT_FOR,
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in files.items()
        },
        "onnx": {
            "ir_version": additive.IR_VERSION,
            "opset": additive.OPSET,
            "inputs": [additive.INPUT],
            "outputs": list(additive.OUTPUTS),
            "max_bytes": MODEL_MAX_BYTES,
        },
        "features": [
            {
                "name": feature.name,
                "unit": feature.unit,
                "dtype": "f32",
                "min": 0.0,
                "max": float(feature.worst),
                "monotone": 1,
                "reason_code": score.reason_code,
            }
            for feature, score in zip(FIRE, scores, strict=True)
        ],
        "feature_hash": feature_hash(),
        "intercept": w.intercept(scores),
        "calibration": {"method": "none", "why": "no outcomes to calibrate on"},
        "thresholds": [],
        "metrics": [],
        "abstain": {"when": "never: an unknown feature weighs at least as the average home"},
        "training_data": [
            {"name": name, "kind": "literature", "source": source["cite"], "licence": "facts"}
            for name, source in sorted(weights["sources"].items())
        ],
        "licence": weights["licence"],
        "rollback_to": None,
    }


def _point_to(current: Path, version: str, manifest: bytes) -> None:
    listed = json.loads(current.read_bytes()) if current.exists() else {}
    digest = hashlib.sha256(manifest).hexdigest()
    listed[HOME_RISK] = {"version": version, "manifest_sha256": digest}
    beside = current.with_suffix(".new")
    beside.write_bytes(_json(listed))
    beside.replace(current)


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=MODELS, help="the models folder to write to")
    folder = build(parser.parse_args().out)
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    print(f"{folder}  model.onnx {digest}")


if __name__ == "__main__":
    main()
