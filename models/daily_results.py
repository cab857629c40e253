"""What the card and the manifest of daily-change say it does: every figure is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import daily_protocol as protocol_
import daily_scores as scores
from daily_data import HomeDay
from daily_protocol import Protocol
from daily_scores import Scored

# Figures are told to the fourth digit; what lies behind it is chance.
DIGITS = 4


def results(
    days: Sequence[HomeDay],
    people: dict[str, tuple[str, str]],
    logits: Sequence[float | None],
    protocol: Protocol,
) -> dict[str, Any]:
    """Leave-homes-out, forward, baselines, subgroups, calibration; `logits` by `homes_out`."""
    out = protocol_.as_scored(days, logits)
    probabilities = protocol_.as_scored(days, protocol_.cross_calibrated(days, logits, protocol))
    history = protocol_.as_scored(days, [float(day.past_labels) for day in days])
    count = protocol_.as_scored(days, [float(day.count) if day.count else None for day in days])
    forward = protocol_.forward(days, protocol, protocol.additive(protocol.settings.seeds))
    weeks = [day for day, _ in forward]
    return {
        "homes": len({day.home for day in days}),
        "days": len(days),
        "positives": sum(day.positive for day in days),
        "homes_with_positives": len({day.home for day in days if day.positive}),
        "silent_days": sum(day.abstained == "silent" for day in days),
        "short_baseline_days": sum(day.abstained == "short_baseline" for day in days),
        "positives_missed_by_abstaining": sum(d.positive and d.row is None for d in days),
        "homes_out": measured(out, intervals=True),
        "homes_out_within": _within(out),
        "homes_out_label_history": measured(history, intervals=True),
        "homes_out_event_count": measured(count, intervals=True),
        "calibration_error": _told(scores.calibration_error(probabilities)),
        "reliability": [
            [_told(mean), _told(seen), n] for mean, seen, n in scores.reliability(probabilities)
        ],
        "forward": measured([_one(d, x) for d, x in forward], intervals=True),
        "forward_label_history": measured([_one(d, float(d.past_labels)) for d in weeks]),
        "forward_event_count": measured(
            [_one(d, float(d.count) if d.count else None) for d in weeks]
        ),
        "subgroups": _subgroups(out, people),
    }


def measured(days: Sequence[Scored], *, intervals: bool = False) -> dict[str, Any]:
    """Area and what is caught on each budget, thresholds fitted on the days themselves."""
    found: dict[str, Any] = {
        "days": len(days),
        "positives": sum(day.positive for day in days),
        "auc": _told(scores.auc(days)),
        "caught": {str(b): _told(scores.caught_on(b)(days)) for b in scores.BUDGETS},
    }
    if intervals:
        found["auc_ci95"] = _pair(scores.interval(days))
        found["caught_ci95"] = {
            str(b): _pair(scores.interval(days, scores.caught_on(b))) for b in scores.BUDGETS
        }
    return found


def budget_curve(days: Sequence[Scored]) -> list[tuple[float, float]]:
    """What is caught at budgets from nothing to three alerts per home-week."""
    budgets = [i / 20 for i in range(61)]
    return [(b, scores.caught_on(b)(days) or 0.0) for b in budgets]


def _subgroups(days: Sequence[Scored], people: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """Each sex and age band: thresholds are those fitted on all homes."""
    limits = {b: scores.threshold(days, b) for b in scores.BUDGETS}
    groups: dict[str, list[Scored]] = {}
    for day in days:
        age, sex = people.get(day.home, ("not known", "not known"))
        groups.setdefault(f"sex: {sex}", []).append(day)
        groups.setdefault(f"age: {age}", []).append(day)
    return [
        {
            "group": name,
            "homes": len({day.home for day in part}),
            "days": len(part),
            "positives": sum(day.positive for day in part),
            "auc": _told(scores.auc(part)),
            "auc_ci95": _pair(scores.interval(part)),
            "caught": {str(b): _told(scores.caught(part, limits[b])) for b in scores.BUDGETS},
            "alerts_per_home_week": {
                str(b): _told(scores.alert_rate(part, limits[b])) for b in scores.BUDGETS
            },
        }
        for name, part in sorted(groups.items())
    ]


def _within(days: Sequence[Scored]) -> dict[str, Any] | None:
    found = scores.within_homes(days)
    return {"mean_auc": _told(found[0]), "homes": found[1]} if found else None


def _one(day: HomeDay, score: float | None) -> Scored:
    return Scored(home=day.home, positive=day.positive, score=score)


def _told(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def _pair(found: tuple[float, float] | None) -> list[float] | None:
    return [round(value, DIGITS) for value in found] if found else None
