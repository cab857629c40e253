"""Scores the challenger of daily-change, gradient boosting with interactions, by the same protocol.

    python models/daily_challenger.py --data DIR

Needs LightGBM (requirements/train.txt), which nothing else does. Writes its figures, and no model,
to models/daily-change/challenger.json, which the card takes up.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

MODELS = Path(__file__).resolve().parent
sys.path[:0] = [str(MODELS), str(MODELS.parent)]

import daily_protocol as protocol_  # noqa: E402 - the script's own folder comes first
import daily_results  # noqa: E402
import lightgbm  # type: ignore[import-not-found]  # noqa: E402
import numpy as np  # noqa: E402
from daily_data import read  # noqa: E402
from daily_fit import Bools, Floats  # noqa: E402

FIGURES = MODELS / "daily-change" / "challenger.json"

# As the protocol says it in words.
PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 5,
    "learning_rate": 0.04,
    "min_child_samples": 20,
    "reg_lambda": 10.0,
    "colsample_bytree": 0.3,
    "subsample": 0.8,
    "subsample_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
    "seed": 0,
}
ROUNDS = 120


def fit(rows: Floats, labels: Bools) -> Callable[[Floats], Floats]:
    data = lightgbm.Dataset(rows, labels.astype(float))
    booster = lightgbm.train(PARAMETERS, data, ROUNDS)

    def logits(matrix: Floats) -> Floats:
        return np.asarray(booster.predict(matrix, raw_score=True), dtype=np.float64)

    return logits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True, help="directory in the TIHM format")
    days, _ = read(parser.parse_args().data)
    protocol = protocol_.read()
    found = protocol_.as_scored(days, protocol_.homes_out(days, protocol, fit))
    forward = protocol_.forward(days, protocol, fit)
    homes_out = daily_results.measured(found, intervals=True)
    figures = {
        "what": f"LightGBM {lightgbm.__version__}",
        "protocol_sha256": protocol.sha256,
        "homes_out": homes_out,
        "forward": daily_results.measured(
            protocol_.as_scored([day for day, _ in forward], [score for _, score in forward])
        ),
    }
    FIGURES.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{FIGURES}: area {homes_out['auc']}")


if __name__ == "__main__":
    main()
