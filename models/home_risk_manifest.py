"""The manifest of home-risk: what a gateway checks and obeys, and what people look up."""

from __future__ import annotations

import hashlib
from typing import Any

import additive
import weights as w
from cohort import AUC_CEILING, AUC_FLOOR, AUC_REFUSED, COMMON_FRAILTY, SEED
from home_risk_card import Findings
from manifest_self import SELF

from edge.risk.features import FEATURES, HOME_RISK, feature_hash

# The file is 6 kB; thirty times as much is not this model.
MODEL_MAX_BYTES = 200_000

INTENDED_USE = (
    "Ranks homes by fire risk (that a fire starts; that it harms somebody) and by risk of falling, "
    "and says which answers weigh most, for the attention of home-care and rescue professionals "
    "planning visits. Home-safety observation and service planning. It never sets a level."
)
NOT_FOR = (
    "Not a medical device. No probability of fire, death or a fall; not validated on outcomes. "
    "Never sets, lowers or delays a level or an alert. Not a ground for granting, cutting or "
    "pricing a service. Not for comparing persons."
)
ABSTAIN = (
    "never: a feature that is not known weighs as the worst it could be, and the index is told "
    "with its floor, all that is not known taken as in order"
)
NO_ROLLBACK = (
    "home-risk/1.0.0 has other features than this release extracts, and would be refused; the "
    "release before carries it"
)


def manifest(weights: w.Weights, found: Findings, files: dict[str, bytes]) -> dict[str, Any]:
    """`files` without the manifest itself."""
    shares = {feature["name"]: feature["share"] for feature in weights["feature"]}
    return {
        "schema": 1,
        "id": HOME_RISK,
        "version": weights["version"],
        "created": weights["created"],
        **SELF,
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
        "indices": [
            {
                "name": name,
                "intercept": w.intercept(w.scores(weights, name, weights["shrink"])),
                "product_of": list(parts),
            }
            for name, parts in w.INDICES.items()
        ],
        "features": [
            {
                "name": feature.name,
                "unit": feature.unit,
                "dtype": "f32",
                "min": 0.0,
                "max": float(feature.worst),
                "monotone": 1,
                "indices": list(feature.indices),
                "assumed_shares": shares[feature.name],
                "reason_code": f"{HOME_RISK}:{feature.name}",
            }
            for feature in FEATURES
        ],
        "feature_hash": feature_hash(),
        "calibration": {"method": "none", "why": "no outcomes to calibrate on"},
        "thresholds": [],
        "conformal": None,
        "conformal_why": "no outcomes to hold a share of",
        "metrics": _metrics(found),
        "abstain": {"when": ABSTAIN},
        "drift_reference": {
            "psi_bins": "assumed_shares of each feature",
            "why": "nobody has counted homes; an assumption, so drift from it is no fault",
        },
        "training_data": [
            *(
                {"name": name, "kind": "literature", "source": one["cite"], "licence": "facts"}
                for name, one in sorted(weights["sources"].items())
            ),
            {
                "name": "cohort",
                "kind": "synthetic",
                "source": f"models/cohort.py, seed {SEED}; nothing was trained on it",
                "licence": weights["licence"],
            },
        ],
        "licence": weights["licence"],
        "rollback_to": None,
        "rollback_why": NO_ROLLBACK,
    }


def _metrics(found: Findings) -> list[dict[str, Any]]:
    verdict = found.verdict
    return [
        {
            "dataset": f"SYNTHETIC cohort, common frailty {COMMON_FRAILTY}, seed {SEED}",
            "index": "fall",
            "n": verdict.persons,
            "positives": verdict.fallen,
            "value": {"auc": round(verdict.auc, 3), "slope": round(verdict.slope, 2)},
            "ci95": {"auc": [round(end, 3) for end in verdict.auc_ci95]},
            "baseline": {"whole_points": {"auc": round(verdict.auc_points, 3)}},
            "accepted": {"auc": [AUC_FLOOR, AUC_CEILING], "refused_above": AUC_REFUSED},
        },
        *(
            {
                "dataset": f"SYNTHETIC homes and a formula with interactions, seed {SEED}",
                "index": name,
                "n": verdict.persons,
                "value": {"spearman": round(alike, 2)},
            }
            for name, alike in found.order.items()
        ),
    ]
