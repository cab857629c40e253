"""Observations and records as rows, and back.

An alert and an assessment are kept whole as JSON beside the columns that are
searched: a field added to the record needs no migration, and an older row is
read with the field's default. What has no inner structure is plain columns.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from edge.domain import (
    Alert,
    Instant,
    Observation,
    Quality,
    RiskAssessment,
    Scalar,
    Task,
)
from edge.store.multirow import MultiRow
from edge.store.names import Names

_OBSERVATIONS = MultiRow("observation", width=16)
_LATEST = MultiRow(
    "latest (device, kind, observation)",
    width=3,
    conflict="ON CONFLICT (device, kind) DO UPDATE SET observation = excluded.observation",
)

OBSERVATION_COLUMNS = (
    "seq, device, kind, value, is_bool, quality, at_boot, at_boottime_ms, at_wall_ms, "
    "at_offset_min, at_sync, device_time, device_seq, room, person, device_offset_s"
)

_alert_decoder = msgspec.json.Decoder(Alert)
_assessment_decoder = msgspec.json.Decoder(RiskAssessment)


def insert_observations(
    connection: sqlite3.Connection, names: Names, observations: Sequence[Observation], first: int
) -> None:
    """Store the observations under the numbers from `first` on; none overwrites another.

    SQLite has no NaN: one is stored as no value, with the quality that says so.
    """
    devices, kinds = names.devices, names.kinds
    flat: list[Any] = []
    latest: dict[tuple[int, int], int] = {}
    at: Instant | None = None
    moment: tuple[int | str, ...] = ()
    for seq, o in enumerate(observations, first):
        if o.at is not at:  # one frame's observations share their Instant
            at, moment = o.at, names.moment(o.at)
        device, kind = devices[o.device], kinds[o.kind, o.unit, o.code]
        value, quality, is_bool = o.value, o.quality, 0
        if type(value) is bool:
            value, is_bool = int(value), 1
        elif type(value) is float and math.isnan(value):
            value = None
            quality = Quality.NOT_A_NUMBER if quality is Quality.OK else quality
        flat += (seq, device, kind, value, is_bool, quality._value_)
        flat += moment
        flat += (o.device_time, o.device_seq, names.room(o.room), names.person(o.person))
        flat.append(o.device_offset_s)
        latest[device, kind] = seq
    _OBSERVATIONS.insert(connection, flat)
    _LATEST.insert(connection, [n for key, seq in latest.items() for n in (*key, seq)])


def observation(names: Names, row: Sequence[Any]) -> tuple[int, Observation]:
    """Read a row of OBSERVATION_COLUMNS: its number and what was observed."""
    seq, device, kind_key, value, is_bool, quality, *rest = row
    kind, unit, code = names.kinds.back[kind_key]
    device_time, device_seq, room, person, offset_s = rest[5:]
    return seq, Observation(
        device=names.devices.back[device],
        kind=kind,
        value=_scalar(value, is_bool),
        unit=unit,
        code=code,
        at=names.instant(*rest[:5]),
        quality=Quality(quality),
        device_time=device_time,
        device_seq=device_seq,
        room=None if room is None else names.rooms.back[room],
        person=None if person is None else names.persons.back[person],
        device_offset_s=offset_s,
    )


def _scalar(value: Scalar, is_bool: int) -> Scalar:
    return bool(value) if is_bool else value


def to_json(record: Alert | RiskAssessment | Task) -> str:
    return msgspec.json.encode(record).decode("utf-8")


def alert(body: str) -> Alert:
    return _alert_decoder.decode(body)


def assessment(body: str) -> RiskAssessment:
    return _assessment_decoder.decode(body)
