"""What a replay found: one record a home, totals, and their canonical JSON.

Nothing here depends on the machine or the hour: the same recording and the
same release give the same bytes.
"""

from __future__ import annotations

import json
from datetime import date, timedelta

import msgspec

# Shares and rates; more digits would only be noise of the arithmetic.
DECIMALS = 4
DAYS_PER_WEEK = 7
_EPOCH = date(1970, 1, 1)
# Alerts about our own installation: faults, never behaviour.
FAULT_CODES = frozenset({"device_silent", "home_silent", "battery_low", "gateway_fault"})


class RaisedAlert(msgspec.Struct, frozen=True):
    """One alert as it was raised."""

    at_ms: int  # UTC
    code: str
    subject: str
    priority: str

    @property
    def is_fault(self) -> bool:
        return self.code in FAULT_CODES


class HomeResult(msgspec.Struct, frozen=True, kw_only=True):
    """One home's replay. Days are local; silence is a fault of the installation."""

    home: str
    age: str
    sex: str
    first_day: str
    last_day: str
    days: int  # first and last activation's days, both counted
    observations: int
    devices: int
    coverage: dict[str, float]  # share of each day in which activity could have been seen
    coverage_share: float
    silent_days: tuple[str, ...]
    alerts: tuple[RaisedAlert, ...]
    levels: dict[str, str]
    commits: int
    longest_gap_s: int  # between two activations
    labels: dict[str, int]

    @property
    def weeks(self) -> float:
        return self.days / DAYS_PER_WEEK

    def by_code(self) -> dict[str, int]:
        return counted([alert.code for alert in self.alerts])

    def about_resident(self) -> int:
        return sum(not alert.is_fault for alert in self.alerts)


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """A whole replay: its homes and what the recording's files got wrong."""

    homes: tuple[HomeResult, ...]
    bad_rows: dict[str, int]
    bad_rows_named: tuple[str, ...]


def counted(names: list[str]) -> dict[str, int]:
    """How often each name occurs, by name."""
    return {name: names.count(name) for name in sorted(set(names))}


def day_text(day: int) -> str:
    """A day since 1970-01-01 as YYYY-MM-DD."""
    return (_EPOCH + timedelta(days=day)).isoformat()


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over homes; rates are per home-week, shares are weighted by days."""

    homes: int
    days: int
    observations: int
    commits: int
    coverage_share: float
    silent_days: int
    alerts: dict[str, int]
    alerts_per_home_week: dict[str, float]


def totals(homes: tuple[HomeResult, ...]) -> Totals:
    days = sum(home.days for home in homes)
    alerts = counted([alert.code for home in homes for alert in home.alerts])
    covered = sum(sum(home.coverage.values()) for home in homes)
    return Totals(
        homes=len(homes),
        days=days,
        observations=sum(home.observations for home in homes),
        commits=sum(home.commits for home in homes),
        coverage_share=round(covered / days, DECIMALS) if days else 0.0,
        silent_days=sum(len(home.silent_days) for home in homes),
        alerts=alerts,
        alerts_per_home_week=per_week(alerts, days),
    )


def per_week(alerts: dict[str, int], days: int) -> dict[str, float]:
    return {code: round(n * DAYS_PER_WEEK / days, DECIMALS) for code, n in alerts.items()}


def as_json(replayed: Replayed) -> str:
    """The canonical document: sorted keys, fixed rounding, one trailing newline."""
    document = {
        "schema": 1,
        "homes": {home.home: _home(home) for home in replayed.homes},
        "totals": msgspec.to_builtins(totals(replayed.homes)),
        "bad_rows": replayed.bad_rows,
        "bad_rows_named": list(replayed.bad_rows_named),
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _home(home: HomeResult) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(home)
    del plain["home"]
    plain["alerts"] = home.by_code()
    plain["alerts_per_home_week"] = per_week(home.by_code(), home.days)
    plain["coverage"] = {day: round(share, DECIMALS) for day, share in home.coverage.items()}
    plain["coverage_share"] = round(home.coverage_share, DECIMALS)
    return plain
