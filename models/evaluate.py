"""Scores the shipped daily-change on any directory in the TIHM format; trains nothing.

    make model-eval DATA=DIR        or: python models/evaluate.py --data DIR [--models DIR]

Prints one JSON object. The model runs as it does in a gateway: signature, hashes and golden
vectors checked, in its own process. What can be scored is scored; what cannot is named on standard
error by file and line. Exit code 2: there were rows that cannot be read, or (with nothing printed)
too many of them for any figure, or no table at all. Exit code 1: the model itself was refused.

homes, days, positives     days from a home's first to its last activity; a positive day has a label
bad_rows                   rows that cannot be read; the first are named, none is in the figures
ignored_rows               rows about places, devices or labels unknown to the model, by word
repeated_rows              rows that say once more what another said; they count once
absent_files               files without which the rest was scored
labels_elsewhere           labelled days outside of their home's days; they are no positives
abstained                  days without an index by reason; they rank lowest and never alert
auc, auc_ci95              area under the ROC curve; 1000 draws of homes with replacement
caught.shipped             share of positive days at the thresholds of the manifest, by budget
caught.budget              the same with thresholds that fit each budget on these very days
sensitivity, specificity, alerts_per_home_week     at the shipped thresholds, by budget
silent_day_alerts          alerts on days without any activity, at the lowest shipped threshold
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MODELS = Path(__file__).resolve().parent
sys.path[:0] = [str(MODELS), str(MODELS.parent)]

import daily_scores as scores  # noqa: E402 - the script's own folder comes first
from daily_data import AGITATION, BadDataError, HomeDay, Notes, read  # noqa: E402
from daily_scores import Scored  # noqa: E402

from edge.errors import ModelUnavailableError  # noqa: E402
from edge.risk.daily.extract import OUT_OF_RANGE, SILENT, outside  # noqa: E402
from edge.risk.daily.table import DAILY_CHANGE  # noqa: E402
from edge.risk.runtime import COMMAND, ModelProcess  # noqa: E402

# A batch of so many rows is half of what the model's process takes at once.
BATCH_ROWS = 400
# Four hundred rows take a second; a crowded machine a minute.
TIMEOUT_S = 60.0

DIGITS = 4
EXIT_REFUSED, EXIT_WRONG = 1, 2


def evaluate(data: Path, models: Path, notes: Notes) -> dict[str, Any]:
    """Raises BadDataError and ModelUnavailableError; `notes` take what could not be scored."""
    days, _ = read(data, notes)
    if not days:
        first = next(iter(notes.seen.values()), "give a directory in the TIHM format")
        message = f"{data}: no activity in it that the model knows; {first}"
        raise BadDataError(message)
    facts = manifest(models)
    why = reasons_why(days, facts)
    scored = [
        Scored(home=d.home, positive=d.positive, score=index)
        for d, index in zip(days, indexes(days, facts, models), strict=True)
    ]
    return {
        "model": f"{facts['id']}/{facts['version']}",
        "label": AGITATION,
        "bad_rows": sum(notes.bad.values()),
        "ignored_rows": dict(sorted(notes.unknown.items())),
        "repeated_rows": notes.repeated,
        "absent_files": notes.absent,
        "labels_elsewhere": notes.labels_elsewhere,
        "learning_days": sum(day.learning and day.row is not None for day in days),
        "abstained": dict(sorted(Counter(reason for reason in why if reason).items())),
        **measured(days, scored, facts["thresholds"]),
    }


def reasons_why(days: Sequence[HomeDay], facts: dict[str, Any]) -> list[str | None]:
    """For each day why it has no index, or None."""
    ranges = {f["name"]: (f["seen_min"], f["seen_max"]) for f in facts["features"]}
    return [
        OUT_OF_RANGE if day.row is not None and outside(day.row, ranges) else day.abstained
        for day in days
    ]


def indexes(days: Sequence[HomeDay], facts: dict[str, Any], models: Path) -> list[float | None]:
    """The index of each day, None for one without; raises ModelUnavailableError."""
    why = reasons_why(days, facts)
    told = [day for day, reason in zip(days, why, strict=True) if reason is None]
    index = iter(asyncio.run(_index(models, told)))
    return [None if reason else next(index) for reason in why]


def measured(
    days: Sequence[HomeDay], scored: Sequence[Scored], thresholds: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    limits = {str(t["budget_per_home_week"]): t["value"] for t in thresholds}
    shipped = {budget: _told(scores.caught(scored, limit)) for budget, limit in limits.items()}
    silent = [s for s, day in zip(scored, days, strict=True) if day.abstained == SILENT]
    ci95 = scores.interval(scored)
    return {
        "homes": len({day.home for day in days}),
        "days": len(days),
        "positives": sum(day.positive for day in days),
        "auc": _told(scores.auc(scored)),
        "auc_ci95": [_told(value) for value in ci95] if ci95 else None,
        "caught": {
            "shipped": shipped,
            "budget": {b: _told(scores.caught_on(float(b))(scored)) for b in limits},
        },
        "thresholds": limits,
        "sensitivity": shipped,
        "specificity": {b: _told(scores.specificity(scored, t)) for b, t in limits.items()},
        "alerts_per_home_week": {b: _told(scores.alert_rate(scored, t)) for b, t in limits.items()},
        "calibration_error": _told(
            scores.calibration_error(
                [
                    Scored(s.home, s.positive, None if s.score is None else s.score / 100)
                    for s in scored
                ]
            )
        ),
        "silent_day_alerts": sum(scores.alerts(day, min(limits.values())) for day in silent),
    }


def manifest(models: Path) -> dict[str, Any]:
    """The manifest in force; what it says is believed only after the process has checked it."""
    try:
        version = json.loads((models / "current.json").read_bytes())[DAILY_CHANGE]["version"]
        found: dict[str, Any] = json.loads(
            (models / DAILY_CHANGE / version / "manifest.json").read_bytes()
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{models}: no {DAILY_CHANGE} ({error!r}); restore models/ from the release"
        raise ModelUnavailableError("missing_file", message) from error
    return found


async def _index(models: Path, days: Sequence[HomeDay]) -> list[float]:
    process = ModelProcess(models, COMMAND, TIMEOUT_S)
    found: list[float] = []
    for at in range(0, len(days), BATCH_ROWS):
        rows = [day.row or {} for day in days[at : at + BATCH_ROWS]]
        found += [answer.index for answer in await process.assess(DAILY_CHANGE, rows)]
    return found


def _told(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="directory in the TIHM format")
    parser.add_argument("--models", type=Path, default=MODELS, help="the models folder")
    given = parser.parse_args()
    notes = Notes(strict=False)
    try:
        print(json.dumps(evaluate(given.data, given.models, notes), indent=1))
    except BadDataError as error:
        print(error, file=sys.stderr)
        sys.exit(EXIT_WRONG)
    except ModelUnavailableError as error:
        print(error, file=sys.stderr)
        sys.exit(EXIT_REFUSED)
    for line in notes.lines():
        print(line, file=sys.stderr)
    if notes.bad:
        sys.exit(EXIT_WRONG)


if __name__ == "__main__":
    main()
