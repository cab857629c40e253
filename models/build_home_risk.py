"""Builds models/home-risk from its weights file; the same weights give the same bytes.

    python models/build_home_risk.py [--out DIR]

Needs the `onnx` package, which no gateway has. There is no training: the weights are published
odds ratios (models/home-risk/weights.toml), and a SYNTHETIC cohort refuses those that together
claim to see further than any follow-up study did. Refused: exit code 1, and nothing is written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

MODELS = Path(__file__).resolve().parent
sys.path[:0] = [str(MODELS), str(MODELS.parent)]

import additive  # noqa: E402 - the script's own folder comes first
import cohort  # noqa: E402
import home_risk_card  # noqa: E402
import home_risk_manifest  # noqa: E402
import home_risk_pictures as pictures  # noqa: E402
import stability  # noqa: E402
import weights as w  # noqa: E402

from edge.risk import home_risk  # noqa: E402
from edge.risk.features import FEATURES, HOME_RISK, feature_hash  # noqa: E402

WEIGHTS = MODELS / "home-risk" / "weights.toml"
FALL_LIST = MODELS.parent / "config" / "checklists" / "fall.toml"

# Golden vectors carry what a float32 can hold.
GOLDEN_DIGITS = 6

# Homes that are in order but for these levels.
GOLDEN_HOMES = {
    "smoker_alone": {"smoking": 3, "smoke_alarm": 2, "escape": 2, "night": 2},
    "fallen": {"falls": 2, "gait": 1, "walking_aid": 1, "medicines": 2},
}


def build(out: Path, weights: w.Weights | None = None) -> Path:
    """Write <out>/home-risk/<version>/ and <out>/current.json; returns the version's folder.

    Raises cohort.Refused, before anything is written.
    """
    weights = weights or w.read(WEIGHTS)
    found = looked_at(weights)
    files = {
        "model.onnx": graph(weights, weights["shrink"]),
        "golden.json": _golden(weights),
        "MODEL_CARD.md": home_risk_card.card(weights, found).encode(),
        "reliability.svg": pictures.reliability(found.verdict.reliability).encode(),
        "contributions.svg": pictures.contributions(_heaviest(weights)).encode(),
        "sensitivity.svg": pictures.sensitivity(found.effects).encode(),
        "rank_stability.svg": pictures.rank_stability(found.stability).encode(),
    }
    folder = out / HOME_RISK / weights["version"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    manifest = _json(home_risk_manifest.manifest(weights, found, files))
    (folder / "manifest.json").write_bytes(manifest)
    _point_to(out / "current.json", weights["version"], manifest)
    return Path(folder)


def looked_at(weights: w.Weights) -> home_risk_card.Findings:
    """What the SYNTHETIC cohort says of the weights; raises cohort.Refused."""
    shrink = weights["shrink"]
    made = cohort.cohort(weights, shrink)
    published = cohort.cohort(weights, 1.0)
    told = cohort.logits(published.levels, w.scores(weights, "fall", 1.0))
    return home_risk_card.Findings(
        verdict=cohort.judge(weights, shrink, list_points(weights), made),
        unshrunk=cohort.auc(told, published.fallen),
        order=cohort.fire_order(weights, shrink, made.levels),
        stability=stability.stability(weights, shrink),
        effects=stability.effects(weights, shrink),
    )


def graph(weights: w.Weights, shrink: float) -> bytes:
    """The ONNX file; raises ValueError for weights that the gateway has no features for."""
    by_index = {name: w.scores(weights, name, shrink) for name in w.INDICES}
    _agree_with_extractor(by_index)
    return additive.indices(
        [_tables(scores) for scores in by_index.values()],
        [w.intercept(scores) for scores in by_index.values()],
        _properties(weights),
    )


def list_points(weights: w.Weights) -> list[list[int]]:
    """The points that the fall list gives each feature's levels; 0 for what it does not ask."""
    listed = tomllib.loads(FALL_LIST.read_text(encoding="utf-8"))
    points = {
        item["id"]: {answer["code"]: answer["points"] for answer in item["answers"]}
        for item in listed["item"]
    }
    found = []
    for feature in weights["feature"]:
        of_level = [0] * len(feature["levels"])
        for item, codes in home_risk.ITEMS[feature["name"]].items():
            for code, level in codes.items() if item in points else ():
                of_level[level] = max(of_level[level], points[item][code])
        found.append(of_level)
    return found


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


def _agree_with_extractor(by_index: dict[str, tuple[w.Score, ...]]) -> None:
    first = next(iter(by_index.values()))
    told = [
        (score.name, score.levels, tuple(n for n, s in by_index.items() if s[i].bears))
        for i, score in enumerate(first)
    ]
    extracted = [(feature.name, feature.levels, feature.indices) for feature in FEATURES]
    differ = [pair for pair in zip(told, extracted, strict=False) if pair[0] != pair[1]]
    if differ or len(told) != len(extracted):
        message = f"weights.toml and edge/risk/features.py differ: {differ[:1]}"
        raise ValueError(message)


def _properties(weights: w.Weights) -> dict[str, str]:
    return {
        "model_id": weights["id"],
        "version": weights["version"],
        "indices": ",".join(w.INDICES),
        "feature_names": ",".join(feature["name"] for feature in weights["feature"]),
        "feature_hash": feature_hash(),
        "training_kind": "literature",
        "licence": weights["licence"],
        "card_url": "MODEL_CARD.md",
    }


def _heaviest(weights: w.Weights) -> list[tuple[str, str, float]]:
    """The most that each feature adds to the indices that rank, the heaviest first."""
    found = [
        (name, score.name, score.log_odds[-1])
        for name in ("fire_harm", "fall")
        for score in w.scores(weights, name, weights["shrink"])
        if score.bears
    ]
    return sorted(found, key=lambda one: (one[0] != "fire_harm", -one[2], one[1]))


def golden_rows(weights: w.Weights) -> list[tuple[str, list[float | None]]]:
    """Few rows, since a gateway runs them before every answer; each place of each table is in one.

    best, all_unknown, every feature at its level 1, at level 2 and so on (or its worst), and what
    people look up: a smoker who is alone and cannot get out, and one who has fallen.
    """
    features = weights["feature"]
    worst = [len(feature["levels"]) - 1 for feature in features]
    rows: list[tuple[str, list[float | None]]] = [
        ("best", [0.0] * len(features)),
        ("worst", [float(most) for most in worst]),
        ("all_unknown", [None] * len(features)),
    ]
    rows += [
        (f"every_level_{level}", [float(min(level, most)) for most in worst])
        for level in range(1, max(worst))
    ]
    for name, told in GOLDEN_HOMES.items():
        row: list[float | None] = [float(told.get(feature["name"], 0)) for feature in features]
        rows.append((name, row))
    return rows


def _golden(weights: w.Weights) -> bytes:
    """One row a line: people compare them."""
    by_index = {name: w.scores(weights, name, weights["shrink"]) for name in w.INDICES}
    lines = []
    for name, features in golden_rows(weights):
        told = {index: _wanted(scores, features) for index, scores in by_index.items()}
        row = {"name": name, "features": features, "indices": told}
        lines.append(json.dumps(row, sort_keys=True, separators=(",", ":")))
    return ('{"rows":[\n' + ",\n".join(lines) + "\n]}\n").encode()


def _wanted(scores: tuple[w.Score, ...], features: list[float | None]) -> dict[str, Any]:
    contributions = [score.of(value) for score, value in zip(scores, features, strict=True)]
    logit = sum(contributions) + w.intercept(scores)
    return {
        "contributions": [round(value, GOLDEN_DIGITS) for value in contributions],
        "logit": round(logit, GOLDEN_DIGITS),
        "index": round(w.index(logit), GOLDEN_DIGITS),
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
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the weights file")
    given = parser.parse_args()
    try:
        folder = build(given.out, w.read(given.weights))
    except cohort.Refused as error:
        print(f"{given.weights}: refused: {error}", file=sys.stderr)
        sys.exit(1)
    except (OSError, ValueError) as error:
        print(f"{given.weights}: {error}", file=sys.stderr)
        sys.exit(2)
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    print(f"{folder}  model.onnx {digest}")


if __name__ == "__main__":
    main()
