"""Builds models/daily-change from the data it is trained on; the same data give the same bytes.

    python models/build_daily_change.py --data DIR [--out DIR]

DIR is in the TIHM format (models/daily_data.py). No row of it enters what is written: tables of
scores, quantiles over all homes, and figures. Needs numpy and onnx, which no gateway has.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MODELS = Path(__file__).resolve().parent
sys.path[:0] = [str(MODELS), str(MODELS.parent)]

import additive  # noqa: E402 - the script's own folder comes first
import daily_card  # noqa: E402
import daily_fit  # noqa: E402
import daily_manifest  # noqa: E402
import daily_pictures  # noqa: E402
import daily_protocol as protocol_  # noqa: E402
import daily_results  # noqa: E402
from daily_data import TABLES, BadDataError, HomeDay, read  # noqa: E402
from daily_rows import fingerprint  # noqa: E402

from edge.risk.daily.table import DAILY_CHANGE, FEATURES, daily_hash  # noqa: E402

CHALLENGER = MODELS / DAILY_CHANGE / "challenger.json"

# So many drawn rows show a wrong table nearly everywhere, and are run in milliseconds.
GOLDEN_ROWS = 12
GOLDEN_DIGITS = 6


def build(out: Path, data: Path) -> Path:
    """Write <out>/daily-change/<version>/ and its line in <out>/current.json."""
    days, people = read(data)
    protocol = protocol_.read()
    logits = protocol_.homes_out(days, protocol, protocol.additive(1))
    known = [(x, d.positive) for d, x in zip(days, logits, strict=True) if x is not None]
    calibration = protocol_.platt([x for x, _ in known], [y for _, y in known])
    model = protocol_.shipped(days, protocol, calibration)
    index = [None if x is None else 100 * protocol_.share(calibration.of(x)) for x in logits]
    figures = daily_results.results(days, people, logits, protocol)
    figures["challenger"] = _challenger(protocol.sha256)
    figures["data_sha256"] = fingerprint(data, TABLES)
    weights = _mean_weights(days, model)
    files = {
        "model.onnx": additive.model(_tables(model), model.intercept, _properties(protocol)),
        "golden.json": _json({"rows": golden(model)}),
        "reliability.svg": daily_pictures.reliability(figures["reliability"]).encode(),
        "budget.svg": daily_pictures.budget(
            daily_results.budget_curve(protocol_.as_scored(days, logits)),
            daily_results.budget_curve(
                protocol_.as_scored(days, [float(d.count) if d.count else None for d in days])
            ),
            daily_results.budget_curve(
                protocol_.as_scored(days, [float(d.past_labels) for d in days])
            ),
        ).encode(),
        "contributions.svg": daily_pictures.contributions(weights).encode(),
    }
    manifest = daily_manifest.manifest(days, index, protocol, calibration, model, figures)
    files["MODEL_CARD.md"] = daily_card.card(protocol, figures, manifest, weights).encode()
    manifest["files"] = {
        name: {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
        for name, raw in files.items()
    }
    folder = out / DAILY_CHANGE / protocol.told["version"]
    folder.mkdir(parents=True, exist_ok=True)
    files["manifest.json"] = _json(manifest)
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    _point_to(out / "current.json", protocol.told["version"], files["manifest.json"])
    return Path(folder)


def _challenger(protocol_sha256: str) -> dict[str, Any]:
    """The challenger's figures; they must be of this very protocol."""
    told: dict[str, Any] = json.loads(CHALLENGER.read_bytes())
    if told["protocol_sha256"] != protocol_sha256:
        message = f"{CHALLENGER}: is of another protocol; run models/daily_challenger.py"
        raise ValueError(message)
    return told


def _tables(model: daily_fit.Additive) -> list[additive.Table]:
    return [
        additive.Table(cuts=table.cuts, scores=table.scores, unknown=table.unknown)
        for table in model.tables
    ]


def _properties(protocol: protocol_.Protocol) -> dict[str, str]:
    return {
        "model_id": DAILY_CHANGE,
        "version": protocol.told["version"],
        "feature_names": ",".join(feature.name for feature in FEATURES),
        "feature_hash": daily_hash(),
        "training_kind": "real",
        "licence": protocol.told["licence"],
        "card_url": "MODEL_CARD.md",
    }


def golden(model: daily_fit.Additive) -> list[dict[str, Any]]:
    """Rows that no home ever had: nothing known, and values drawn around the tables' cuts."""
    rows: list[tuple[str, list[float | None]]] = [("all_unknown", [None] * len(FEATURES))]
    draw = daily_fit.Draw(1)
    for number in range(GOLDEN_ROWS):
        row: list[float | None] = []
        for table, drawn in zip(model.tables, draw.numbers(len(FEATURES)), strict=True):
            place = int(drawn) % (len(table.cuts) + 2)
            # A value on a cut, where comparing otherwise would show; below all; not known.
            below = (table.cuts[0] if table.cuts else 1.0) - 0.5
            row.append(
                None
                if place > len(table.cuts)
                else (below if place == 0 else table.cuts[place - 1])
            )
        rows.append((f"drawn_{number + 1}", _within(row)))
    return [_golden(name, row, model) for name, row in rows]


def _within(row: Sequence[float | None]) -> list[float | None]:
    """A value that its feature cannot have is not known, as the gateway's process has it."""
    return [
        None if value is None or not feature.least <= value <= feature.most else value
        for feature, value in zip(FEATURES, row, strict=True)
    ]


def _golden(name: str, row: Sequence[float | None], model: daily_fit.Additive) -> dict[str, Any]:
    contributions = [table.of(value) for table, value in zip(model.tables, row, strict=True)]
    logit = math.fsum(contributions) + model.intercept
    return {
        "name": name,
        "features": list(row),
        "contributions": [round(value, GOLDEN_DIGITS) for value in contributions],
        "logit": round(logit, GOLDEN_DIGITS),
        "index": round(100 * protocol_.share(logit), GOLDEN_DIGITS),
    }


def _mean_weights(days: Sequence[HomeDay], model: daily_fit.Additive) -> list[tuple[str, float]]:
    """Each feature's mean absolute contribution over the scored days, heaviest first."""
    scored = [day for day in days if day.row is not None]
    found = []
    for feature, table in zip(FEATURES, model.tables, strict=True):
        values = [table.of(protocol_.value_of(day, feature.name)) for day in scored]
        mean = math.fsum(values) / len(values)
        found.append((feature.name, math.fsum(abs(v - mean) for v in values) / len(values)))
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _point_to(current: Path, version: str, manifest: bytes) -> None:
    listed = json.loads(current.read_bytes()) if current.exists() else {}
    digest = hashlib.sha256(manifest).hexdigest()
    listed[DAILY_CHANGE] = {"version": version, "manifest_sha256": digest}
    beside = current.with_suffix(".new")
    beside.write_text(json.dumps(listed, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    beside.replace(current)


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True, help="directory in the TIHM format")
    parser.add_argument("--out", type=Path, default=MODELS, help="the models folder to write to")
    given = parser.parse_args()
    try:
        folder = build(given.out, given.data)
    except BadDataError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    print(f"{folder}  model.onnx {digest}")
    print("Sign its manifest with: python models/sign.py --key FILE")


if __name__ == "__main__":
    main()
