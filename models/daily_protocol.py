"""Runs the protocol of daily-change: fits, scores that no model saw, calibration, thresholds.

models/daily-change/protocol.toml says how; nothing here chooses anything.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import daily_fit
import daily_scores as scores
import numpy as np
from daily_data import HomeDay
from daily_fit import Additive, Bools, Floats

from edge.risk.daily.table import FEATURES, VITALS

PROTOCOL = Path(__file__).resolve().parent / "daily-change" / "protocol.toml"

# Newton's method on two numbers is done after a few steps; more would be a fault in the data.
PLATT_STEPS = 50
# A step that changes less than what is kept of the two numbers.
STEP_MIN = 1e-9

Fit = Callable[[Floats, Bools], Callable[[Floats], Floats]]
"""(rows, labels) -> the logit of any rows."""


@dataclass(frozen=True)
class Platt:
    """Calibrated logit = a x logit + b."""

    a: float
    b: float

    def of(self, logit: float) -> float:
        return self.a * logit + self.b


@dataclass(frozen=True)
class Protocol:
    told: dict[str, Any]
    sha256: str

    @property
    def settings(self) -> daily_fit.Settings:
        fit = self.told["fit"]
        names = daily_fit.Settings.__dataclass_fields__
        return daily_fit.Settings(**{name: fit[name] for name in names})

    def additive(self, seeds: int) -> Fit:
        """Our own fit, averaged over so many seeds."""
        changed = {**self.settings.__dict__, "seeds": seeds}
        settings = daily_fit.Settings(**changed)
        weights = self.weights()
        return lambda rows, labels: daily_fit.fit(rows, labels, settings, weights).logits

    def weights(self) -> list[float]:
        weak = float(self.told["fit"]["weak_weight"])
        return [weak if is_weak(feature.name) else 1.0 for feature in FEATURES]


def is_weak(name: str) -> bool:
    """Vital signs, and what is compared with the person's own weeks."""
    return name in VITALS or name == "vitals.count" or name.endswith(".z")


def read(path: Path = PROTOCOL) -> Protocol:
    raw = path.read_bytes()
    return Protocol(told=tomllib.loads(raw.decode()), sha256=hashlib.sha256(raw).hexdigest())


def matrix(days: Sequence[HomeDay]) -> Floats:
    """The features of days that have a row; NaN where one is not known."""
    rows = [[value_of(day, feature.name) for feature in FEATURES] for day in days]
    return np.array(rows, dtype=np.float64).reshape(len(days), len(FEATURES))


def value_of(day: HomeDay, name: str) -> float:
    value = day.row[name] if day.row is not None else None
    return math.nan if value is None else value


def homes_out(days: Sequence[HomeDay], protocol: Protocol, fit: Fit) -> list[float | None]:
    """The mean logit of each day by models that saw no day of its home; None: abstained."""
    told = protocol.told["homes_out"]
    sums = [0.0] * len(days)
    for partition in told["partitions"]:
        fold = folds(days, told["folds"], partition)
        for number in range(told["folds"]):
            train = [d for d in days if d.row is not None and fold[d.home] != number]
            test = [i for i, d in enumerate(days) if d.row is not None and fold[d.home] == number]
            if not test:
                continue
            model = fit(matrix(train), np.array([d.positive for d in train]))
            for i, logit in zip(test, model(matrix([days[i] for i in test])), strict=True):
                sums[i] += float(logit)
    count = len(told["partitions"])
    return [
        None if day.row is None else total / count for day, total in zip(days, sums, strict=True)
    ]


def folds(days: Sequence[HomeDay], count: int, partition: int) -> dict[str, int]:
    """Each home's fold: the homes with most labels are dealt out first, in a drawn order."""
    labels: dict[str, int] = defaultdict(int)
    for day in days:
        labels[day.home] += day.positive

    def place(home: str) -> tuple[int, str]:
        return -labels[home], hashlib.sha256(f"{partition}:{home}".encode()).hexdigest()

    return {home: i % count for i, home in enumerate(sorted(labels, key=place))}


def platt(logits: Sequence[float], labels: Sequence[bool]) -> Platt:
    """Fit by Newton's method with the targets of Platt (1999), which keep off 0 and 1."""
    positives = sum(labels)
    high, low = (positives + 1) / (positives + 2), 1 / (len(labels) - positives + 2)
    targets = [high if label else low for label in labels]
    a, b, loss = 1.0, 0.0, _loss(1.0, 0.0, logits, targets)
    for _ in range(PLATT_STEPS):
        shares = [share(a * x + b) for x in logits]
        slopes = [p - target for p, target in zip(shares, targets, strict=True)]
        curves = [p * (1 - p) for p in shares]
        ga = math.fsum(s * x for s, x in zip(slopes, logits, strict=True))
        gb = math.fsum(slopes)
        haa = math.fsum(c * x * x for c, x in zip(curves, logits, strict=True))
        hab = math.fsum(c * x for c, x in zip(curves, logits, strict=True))
        hbb = math.fsum(curves)
        whole = haa * hbb - hab * hab
        step_a, step_b = (hbb * ga - hab * gb) / whole, (haa * gb - hab * ga) / whole
        part = 1.0
        # A whole step may overshoot where scores part the labels well (Lin, Lin and Weng 2007).
        while _loss(a - part * step_a, b - part * step_b, logits, targets) > loss:
            part /= 2
            if part < STEP_MIN:
                return _rounded(a, b)
        a, b = a - part * step_a, b - part * step_b
        loss = _loss(a, b, logits, targets)
        if abs(step_a) + abs(step_b) < STEP_MIN:
            break
    return _rounded(a, b)


def _loss(a: float, b: float, logits: Sequence[float], targets: Sequence[float]) -> float:
    """The negative log likelihood, without an overflow."""
    told = [a * x + b for x in logits]
    return math.fsum(
        math.log1p(math.exp(-abs(t))) + max(t, 0.0) - t * target
        for t, target in zip(told, targets, strict=True)
    )


def _rounded(a: float, b: float) -> Platt:
    # Rounded, so that the last digit of an exponential on another machine changes nothing.
    return Platt(a=round(a, 6), b=round(b, 6))


def cross_calibrated(
    days: Sequence[HomeDay], logits: Sequence[float | None], protocol: Protocol
) -> list[float | None]:
    """Each day's probability, calibrated on the homes of the other folds alone."""
    told = protocol.told["homes_out"]
    fold = folds(days, told["folds"], told["partitions"][0])
    found: list[float | None] = [None] * len(days)
    for number in range(told["folds"]):
        others = [
            (x, d.positive)
            for d, x in zip(days, logits, strict=True)
            if x is not None and fold[d.home] != number
        ]
        fitted = platt([x for x, _ in others], [y for _, y in others])
        for i, (day, logit) in enumerate(zip(days, logits, strict=True)):
            if logit is not None and fold[day.home] == number:
                found[i] = share(fitted.of(logit))
    return found


def forward(
    days: Sequence[HomeDay], protocol: Protocol, fit: Fit
) -> list[tuple[HomeDay, float | None]]:
    """The days of the last weeks, each scored by a model of the days before its week."""
    told = protocol.told["forward"]
    last = date.fromisoformat(told["last_day"])
    found: list[tuple[HomeDay, float | None]] = []
    for week in range(told["weeks"], 0, -1):
        first = last - timedelta(days=7 * week - 1)
        train = [d for d in days if d.row is not None and d.day < first]
        test = [d for d in days if first <= d.day < first + timedelta(days=7)]
        model = fit(matrix(train), np.array([d.positive for d in train]))
        scored = [d for d in test if d.row is not None]
        logits = dict(zip(map(id, scored), model(matrix(scored)), strict=True))
        found += [(d, float(logits[id(d)]) if d.row is not None else None) for d in test]
    return found


def shipped(days: Sequence[HomeDay], protocol: Protocol, calibration: Platt) -> Additive:
    """The model of all homes, with the calibration in its tables."""
    train = [d for d in days if d.row is not None]
    labels = np.array([d.positive for d in train])
    fitted = daily_fit.fit(matrix(train), labels, protocol.settings, protocol.weights())
    return calibrated(fitted, calibration)


def calibrated(model: Additive, platt_: Platt) -> Additive:
    """The same sum, times a plus b, in float32 as the file holds it."""
    tables = tuple(
        daily_fit.Table(
            cuts=table.cuts,
            scores=tuple(f32(platt_.a * score) for score in table.scores),
            unknown=f32(platt_.a * table.unknown),
        )
        for table in model.tables
    )
    return Additive(tables=tables, intercept=f32(platt_.of(model.intercept)))


def as_scored(days: Sequence[HomeDay], found: Sequence[float | None]) -> list[scores.Scored]:
    return [
        scores.Scored(home=day.home, positive=day.positive, score=score)
        for day, score in zip(days, found, strict=True)
    ]


def share(logit: float) -> float:
    return math.exp(min(logit, 0.0)) / (1 + math.exp(-abs(logit)))


def f32(value: float) -> float:
    return float(np.float32(value))
