"""Checks and runs as rows for a terminal."""

from __future__ import annotations

from typing import Any

from edge.commissioning import course
from edge.commissioning.record import ORDER, Check, Run

Row = dict[str, Any]


def check_row(check: Check) -> Row:
    """A check as the terminal gets it, the last row of a stream."""
    return {
        "step": "check",
        "name": check.name,
        "subject": check.subject,
        "verdict": check.verdict.value,
        "why": check.why,
        "text": check.text,
        "by": check.by,
        "measures": {m.name: m.value for m in check.measures},
        "units": {m.name: m.unit for m in check.measures},
    }


def run_row(run: Run) -> Row:
    """A run with all its steps, done or not."""
    following = course.next_step(run)
    return {
        "id": run.id,
        "by": run.by,
        "reason": run.reason.value,
        "ended": run.ended is not None,
        "verdict": course.verdict(run).value,
        "next": None if following is None else following.value,
        "steps": [
            {
                "name": name.value,
                "verdict": None if (v := run.step(name).verdict) is None else v.value,
                "begun": run.step(name).begun is not None,
                "hands_on_s": round(run.step(name).hands_on_ms / 1000, 1),
                "checks": [check_row(c) for c in run.step(name).checks],
            }
            for name in ORDER
        ],
    }
