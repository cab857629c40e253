"""Every manifest says what a reader has to know of a model, or why it cannot."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.models.scripts import MODELS

CURRENT: dict[str, dict[str, str]] = json.loads((MODELS / "current.json").read_bytes())
TOLD = frozenset(
    {
        "schema", "id", "version", "created", "git_commit", "intended_use", "not_for", "files",
        "onnx", "features", "feature_hash", "calibration", "thresholds", "abstain", "conformal",
        "metrics", "training_data", "drift_reference", "rollback_to", "signing_key_id",
    }
)  # fmt: skip


@pytest.mark.parametrize("model", CURRENT)
def test_nothing_is_left_out_without_a_reason(model: str) -> None:
    """What is null has its reason beside it; trained features have their quantiles."""
    file = MODELS / model / CURRENT[model]["version"] / "manifest.json"
    found: dict[str, Any] = json.loads(file.read_bytes())
    assert set(found) >= TOLD
    bare = {key for key in TOLD if found[key] is None and not found.get(f"{key}_why")}
    assert bare <= {"rollback_to"}  # the first version of a model has none before it
    real = [one for one in found["training_data"] if one["kind"] == "real"]
    assert all(len(one["sha256"]) == 64 and one["attribution"] for one in real)
    if real:
        for feature in found["features"]:
            assert feature["q01"] <= feature["q50"] <= feature["q99"]
