"""Draws the figures of a made-up quarter: `python -m tests.support.figures docs/images`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from desk.kpi import periods, results, withheld
from desk.kpi.figures import WEEK_S, Facts
from desk.kpi.periods import Period
from desk.kpi.picture import draw
from edge.resources import resource

QUARTER = "2026-Q3"
# By area: homes, and what happens in each of them in a month.
HOMES = {"imatra": 62, "joutseno": 3, "lauritsala": 85, "ylamaa": 4}
WEEKS = 4.3
IMPORTED = {"nps": (31.0, "customer survey"), "emergency_visits": (11.0, "county register")}


def happened(part: Period) -> Mapping[str, Facts]:
    """Made up; no home of it stands anywhere."""
    months = len(part.months())
    return {area: _area(area, homes, months) for area, homes in HOMES.items()}


def _area(area: str, homes: int, months: int) -> Facts:
    busy = 1.2 if area == "lauritsala" else 1.0
    weeks = homes * WEEKS * months
    return Facts(
        homes=homes,
        home_s=weeks * WEEK_S,
        offline_s=weeks * WEEK_S * 0.015 * busy,
        assessments=round(0.18 * homes * busy) * months,
        open_critical=round(0.2 * homes),
        close_days={"building_owner": tuple(2.0 + day % 6 for day in range(homes // 6 * months))},
        drafts=round(0.09 * homes) * months,
        released=round(0.08 * homes) * months,
        alerts=round(0.44 * homes * WEEKS) * months,
        interrupts=round(0.145 * homes * WEEKS * busy) * months,
        useful=round(0.3 * homes) * months,
        not_useful=round(0.11 * homes) * months,
        worn=tuple(0.6 + 0.3 * (home % 7) / 6 for home in range(homes)),
    )


def main(folder: Path) -> None:
    period = periods.parse(QUARTER)
    if period is None:
        raise ValueError(QUARTER)
    rows = withheld.table(period, happened)
    table = results.load(Path(str(resource("config/key-results.example.toml"))))
    outcome = results.reached(table, rows, IMPORTED)
    labels = {one.id: one.label.en for one in table.key_result}
    picture = draw(QUARTER, rows, outcome, labels, "en")
    (folder / "figures-made-up.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
