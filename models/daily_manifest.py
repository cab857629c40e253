"""The manifest of daily-change: what a gateway checks and obeys, and what people look up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import additive
import daily_protocol as protocol_
import daily_scores as scores
from daily_data import HomeDay
from daily_fit import Additive
from daily_protocol import Platt, Protocol
from manifest_self import SELF

from edge.risk.daily import extract
from edge.risk.daily.table import DAILY_CHANGE, FEATURES, Feature, daily_hash

# The file is about 50 kB; several times as much is not this model.
MODEL_MAX_BYTES = 200_000

# The share of labelled days that the "attention list" of the manifest is to hold.
CONFORMAL_ALPHA = 0.1

# A day after an alert, the same home may alert again once its index has come down by a tenth.
HYSTERESIS_SHARE = 0.1
MIN_GAP_H = 24

# Deciles of the training days, for watching whether a home drifts away from them.
DRIFT_CUTS = 10

# What lies far beyond these is out of range; the least and most of all would be single readings.
OOD_QUANTILES = (0.01, 0.99)

INTENDED_USE = (
    "Ranks a home's days by how much their activity is like days on which nurses noted agitation, "
    "and says which activity weighed most, for the attention of home-care professionals. "
    "Home-safety observation and service planning."
)
NOT_FOR = (
    "Not a medical device and no statement about a person's health. Never sets, lowers, delays or "
    "suppresses a level or an alert of a rule. No alarm of last resort: most days that it points "
    "at have no label, and labelled days are missed. Not a ground for granting, cutting or pricing "
    "a service. Not for comparing persons."
)
ATTRIBUTION = (
    "Palermo F., Chen Y., Capstick A., Fletcher-Lloyd N., Walsh C., Kouchaki S., True J., "
    "Balazikova O., Soreq E., Scott G., Rostill H., Nilforooshan R., Barnaghi P.: TIHM: An open "
    "dataset for remote healthcare monitoring in dementia. Scientific Data 10, 606 (2023), "
    "doi:10.1038/s41597-023-02519-y. Data: Zenodo 7622128, doi:10.5281/zenodo.7622128. "
    "Acknowledged: Surrey and Borders Partnership NHS Foundation Trust, and Howz."
)
LICENCE_CONFLICT = (
    "The authors' repository states CC BY 4.0 (License.md), BSD-3-Clause (LICENSE, 'software and "
    "dataset') and, in one version of its README, research use only. Confirm with the authors "
    "before commercial use."
)


def manifest(
    days: Sequence[HomeDay],
    index: Sequence[float | None],
    protocol: Protocol,
    calibration: Platt,
    model: Additive,
    figures: dict[str, Any],
) -> dict[str, Any]:
    """All but `files`; `index` is that of days scored by models that did not see their home."""
    scored = protocol_.as_scored(days, index)
    return {
        "schema": 1,
        "id": DAILY_CHANGE,
        "version": protocol.told["version"],
        "created": protocol.told["created"],
        **SELF,
        "intended_use": INTENDED_USE,
        "not_for": NOT_FOR,
        "onnx": {
            "ir_version": additive.IR_VERSION,
            "opset": additive.OPSET,
            "inputs": [additive.INPUT],
            "outputs": list(additive.OUTPUTS),
            "max_bytes": MODEL_MAX_BYTES,
        },
        "features": [_feature(feature, days) for feature in FEATURES],
        "feature_hash": daily_hash(),
        "intercept": model.intercept,
        "calibration": {
            "method": "platt",
            "a": calibration.a,
            "b": calibration.b,
            "fitted_on": "days scored by models that did not see their home; in the tables already",
        },
        "thresholds": [_threshold(scored, budget) for budget in scores.BUDGETS],
        "abstain": {
            "silent": "a day without an activation",
            "min_baseline_days": extract.BASELINE_MIN_DAYS,
            "learning_until_days": extract.BASELINE_SETTLED_DAYS,
            "outside_max_share": extract.OUTSIDE_MAX_SHARE,
            "outside": "beyond ood_quantile of training by as much again as lies between the two",
            "ood_quantile": list(OOD_QUANTILES),
            "max_nan_share": None,
            "max_nan_share_why": "not known has a score of its own in every table, and is learned",
        },
        "drift_reference": {"psi_bins": "every second of the deciles of each feature"},
        "conformal": _conformal(scored),
        "metrics": _metrics(figures, protocol),
        "training_data": [
            {
                "name": "TIHM 1.5, 42 of its 56 homes",
                "kind": "real",
                "source": "https://doi.org/10.5281/zenodo.7622128",
                "licence": "CC BY 4.0",
                "licence_conflict": LICENCE_CONFLICT,
                "attribution": ATTRIBUTION,
                "sha256": figures["data_sha256"],
            }
        ],
        "licence": protocol.told["licence"],
        "rollback_to": None,
    }


def _feature(feature: Feature, days: Sequence[HomeDay]) -> dict[str, Any]:
    values = [protocol_.value_of(day, feature.name) for day in days if day.row is not None]
    known = sorted(value for value in values if not math.isnan(value))
    least, most = _range(known)
    return {
        "name": feature.name,
        "unit": feature.unit,
        "dtype": "f32",
        "min": feature.least,
        "max": feature.most,
        "seen_min": max(feature.least, least),
        "seen_max": min(feature.most, most),
        "q01": _quantile(known, OOD_QUANTILES[0]),
        "q50": _quantile(known, 0.5),
        "q99": _quantile(known, OOD_QUANTILES[1]),
        "deciles": [_quantile(known, i / DRIFT_CUTS) for i in range(1, DRIFT_CUTS)],
        "missing_rate": round(1 - len(known) / len(values), 4),
        "monotone": 0,
        "reason_code": f"{DAILY_CHANGE}:{feature.reason}",
    }


def _range(known: Sequence[float]) -> tuple[float, float]:
    """From the 1st to the 99th percentile, widened by as much again on both sides.

    The least and most of all would be single readings of single people.
    """
    low, high = (_quantile(known, part) for part in OOD_QUANTILES)
    return low - (high - low), high + (high - low)


def _quantile(known: Sequence[float], part: float) -> float:
    return known[round(part * (len(known) - 1))] if known else 0.0


def _threshold(scored: Sequence[scores.Scored], budget: float) -> dict[str, Any]:
    """The index from which on a day alerts; rounded down, so that the day at the limit does."""
    limit = scores.threshold(scored, budget)
    value = 100.0 if limit is None else math.floor(limit * 1000) / 1000
    return {
        "tier": "default" if budget == scores.BUDGETS[0] else "evaluation",
        "value": value,
        "budget_per_home_week": budget,
        "hysteresis": round(value * HYSTERESIS_SHARE, 3),
        "min_gap_h": MIN_GAP_H,
    }


def _conformal(scored: Sequence[scores.Scored]) -> dict[str, float]:
    """The index that all but `alpha` of the labelled, scored days reach, and what that costs."""
    positive = sorted(day.score for day in scored if day.positive and day.score is not None)
    q = positive[math.floor(CONFORMAL_ALPHA * (len(positive) + 1))]
    rate = scores.alert_rate(scored, q)
    return {"alpha": CONFORMAL_ALPHA, "q": round(q, 3), "flags_per_home_week": round(rate, 3)}


def _metrics(figures: dict[str, Any], protocol: Protocol) -> list[dict[str, Any]]:
    """The two protocols, each beside its baselines."""
    return [_metric(figures, protocol, split) for split in ("homes_out", "forward")]


def _metric(figures: dict[str, Any], protocol: Protocol, split: str) -> dict[str, Any]:
    told = figures[split]
    return {
        "dataset": "TIHM 1.5, 42 homes",
        "protocol_sha256": protocol.sha256,
        "split": split,
        "homes": figures["homes"],
        "n": told["days"],
        "positives": told["positives"],
        "value": {"auc": told["auc"], "caught": told["caught"]},
        "ci95": {"auc": told["auc_ci95"], "caught": told["caught_ci95"]},
        "baseline": {
            name: {key: figures[f"{split}_{name}"][key] for key in ("auc", "caught")}
            for name in ("label_history", "event_count")
        },
        "challenger": {key: figures["challenger"][split][key] for key in ("auc", "caught")},
    }
