"""Records as rows for people and scripts: names and times in words, no keys, no addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from edge.app.reasons import reason_words
from edge.app.times import Times
from edge.domain import Alert, Checklist, Device, Instant, Level, Observation, RiskAssessment
from edge.home.state import Home
from edge.risk.features import INDICES
from edge.risk.home_risk import FLOOR
from edge.store.outbox import OutboxCount


def instant_text(at: Instant) -> str:
    """ISO 8601 with the home's offset, to the millisecond."""
    zone = timezone(timedelta(minutes=at.offset_min)) if at.offset_min else UTC
    moment = datetime.fromtimestamp(at.wall_ms // 1000, zone)
    text = moment.replace(microsecond=at.wall_ms % 1000 * 1000).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def wall_text(wall_ms: int) -> str:
    """A wall time, UTC ms, to the minute: ISO 8601."""
    return f"{datetime.fromtimestamp(wall_ms // 1000, UTC):%Y-%m-%dT%H:%MZ}"


def moment_text(wall_ms: int, zone: str) -> str:
    """A planned moment in the home's time zone, to the minute: summer time counts as it will."""
    return datetime.fromtimestamp(wall_ms // 1000, ZoneInfo(zone)).isoformat(timespec="minutes")


def observation_row(seen: Observation, times: Times | None = None) -> dict[str, Any]:
    """`times`: of what was stored; what is just heard has the time of now."""
    row: dict[str, Any] = {
        "at": instant_text(seen.at) if times is None else times.text(seen.at),
        "device": seen.device,
        "kind": seen.kind,
        "value": seen.value,
        "unit": seen.unit,
        "quality": seen.quality.value,
    }
    if seen.room is not None:
        row["room"] = seen.room
    return row


def alert_row(
    alert: Alert,
    steps_ms: dict[str, int],
    times: Times,
    lists: Mapping[str, Checklist] | None = None,
) -> dict[str, Any]:
    """`words`: of reasons that no catalogue has, by language, where `lists` have them."""
    words = reason_words(lists or {}, alert.params)
    return {
        "id": alert.id,
        "rev": alert.rev,
        "code": alert.code,
        "subject": alert.subject,
        "priority": alert.priority.value,
        "state": alert.state.value,
        "raised": times.raised(alert),
        "changed": times.text(alert.changed),
        "room": alert.room,
        "repeats": alert.repeats,
        "escalation": alert.escalation,
        "flags": list(alert.flags),
        "params": dict(alert.params),
        "by": None if alert.actor is None else alert.actor.account,
        "outcome": alert.outcome,
        "steps_ms": steps_ms,
    } | ({"words": words} if any(words.values()) else {})


def assessment_row(assessment: RiskAssessment, times: Times) -> dict[str, Any]:
    return {
        "id": assessment.id,
        "hazard": assessment.hazard.value,
        "level": assessment.level.value,
        "at": times.text(assessment.at),
        "reasons": [
            {"code": r.code, "weight": round(r.weight, 3), "source": r.source}
            for r in assessment.reasons
        ],
        "share_unknown": round(assessment.share_unknown, 3),
        "points": dict(assessment.points),
        "open_critical": list(assessment.open_critical),
        "index": None if assessment.index is None else round(assessment.index, 1),
        "indices": {
            name: {
                "value": round(value, 1),
                "floor": round(assessment.outputs.get(name + FLOOR, value), 1),
            }
            for name, value in assessment.outputs.items()
            if name in INDICES.get(assessment.hazard, ())
        },
        "checklist": assessment.checklist,
        "model": assessment.model,
        "abstained": assessment.abstained,
        "day": assessment.day,
        "entry": assessment.entry,
    }


def shown_indices(assessments: Iterable[RiskAssessment]) -> dict[str, float]:
    """By hazard, the index that ranks; none for a home of which too little is known to rank it."""
    return {
        a.hazard.value: round(a.index, 1)
        for a in assessments
        if a.index is not None and a.level is not Level.GREY
    }


def device_row(device: Device, home: Home, now: Instant, times: Times) -> dict[str, Any]:
    state = home.devices.get(device.id)
    heard = None if state is None else state.last_heard
    ago_s = None
    if heard is not None:
        ago_s = times.ago_ms(heard, now) // 1000
    return {
        "id": device.id,
        "driver": device.driver,
        "role": device.role.value,
        "room": device.room,
        "label": device.label,
        "keyed": device.key is not None,
        "heard_s_ago": ago_s,
        "battery": None if state is None else state.battery,
        "identity": [] if state is None else list(state.identity),
    }


def owed_row(count: OutboxCount, times: Times) -> dict[str, Any]:
    return {
        "class": count.cls.value,
        "priority": None if count.priority is None else count.priority.value,
        "count": count.rows,
        "bytes": count.bytes,
        "oldest": times.text(count.oldest),
    }
