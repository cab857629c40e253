"""What a home says: records in, bytes out. Pure: ids, times and words are arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from edge.domain import Device, Instant, Observation, OutboxClass, OutboxEntry, Record, Telling
from edge.uplink.envelope import wire
from edge.uplink.envelope.instants import iso, iso_after
from edge.uplink.envelope.line import HEARTBEAT_EVERY_MS, gateway_source
from edge.uplink.envelope.origin import Origin, clock_part
from edge.uplink.envelope.sharing import Sharing

# One commit of the telemetry lane.
BATCH_ROWS_MAX = 500
# The raw data's own time in the home (30 days) and the week in which somebody still acts on
# a device's state. Alerts and risk have none.
OBSERVATIONS_EXPIRE_S = 30 * 86_400
DEVICE_STATUS_EXPIRES_S = 7 * 86_400
# An old heartbeat must not make a dead gateway look alive.
HEARTBEAT_EXPIRES_S = 600

_encode = msgspec.json.Encoder().encode


class Health(Record, frozen=True, kw_only=True):
    """What a heartbeat tells about the gateway itself."""

    software: str
    uptime_s: int
    last_message: int
    last_observation: int
    owed_alerts: int = 0
    owed: int = 0
    oldest_owed_s: int = 0
    devices_ok: int = 0
    devices_degraded: int = 0
    devices_lost: int = 0
    faults: tuple[str, ...] = ()
    model: tuple[tuple[str, str], ...] = ()  # (hazard, "home-risk/1.0.0")
    proof: wire.ProofPart | None = None


def observations(
    origin: Origin,
    rows: Sequence[Observation],
    sharing: Sharing,
    *,
    first_seq: int,
    id: str,  # noqa: A002 - the member's own name
    sequence: int,
    at: Instant,
    gap: bool = False,
) -> OutboxEntry | None:
    """The rows `first_seq` and on that have a purpose to leave the home; None when none has.

    The numbers of the stretch and of what was withheld let the receiver prove
    that nothing is missing.
    """
    told = tuple(
        wire.ObservationRow(
            n, iso(o.at), o.kind, o.code, o.value, o.unit, o.device, o.quality.value
        )
        for n, o in enumerate(rows, first_seq)
        if o.kind in sharing.kinds
    )
    if not told:
        return None
    envelope = wire.ObservationsEnvelope(
        specversion="1.0",
        type="fi.kotivahti.obs.v1",
        source=gateway_source(origin.gateway),
        id=id,
        time=iso(rows[-1].at),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:obs:1.0",
        subject=origin.site,
        storeid=origin.store_id,
        sequence=f"{sequence:016d}",
        expirytime=iso_after(at, OBSERVATIONS_EXPIRE_S),
        data=wire.ObservationsData(
            subject=wire.SubjectPart(client=origin.customer, site=origin.site),
            purposes=sharing.purposes,
            columns=wire.OBSERVATION_COLUMNS,
            rows=told,
            first_seq=first_seq,
            last_seq=first_seq + len(rows) - 1,
            count=len(told),
            withheld=len(rows) - len(told),
            gap=gap,
            clock=clock_part(at),
        ),
    )
    tells = Telling(
        what=" ".join(sorted({row.kind for row in told})), purpose="; ".join(sharing.purposes)
    )
    return _telemetry(OutboxClass.OBSERVATIONS, _encode(envelope), id, sequence, at, tells)


def device_status(
    origin: Origin,
    device: Device,
    *,
    state: Literal["ok", "degraded", "lost"],
    since: Instant,
    id: str,  # noqa: A002 - the member's own name
    sequence: int,
    at: Instant,
    reasons: tuple[str, ...] = (),
    battery_pct: float | None = None,
    last_seen: Instant | None = None,
) -> OutboxEntry:
    """How one device is. Neither its radio address nor its key is in it."""
    envelope = wire.DeviceStatusEnvelope(
        specversion="1.0",
        type="fi.kotivahti.devstatus.v1",
        source=gateway_source(origin.gateway),
        id=id,
        time=iso(since),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:devstatus:1.0",
        subject=device.id,
        storeid=origin.store_id,
        sequence=f"{sequence:016d}",
        expirytime=iso_after(at, DEVICE_STATUS_EXPIRES_S),
        data=wire.DeviceStatusData(
            subject=wire.SubjectPart(client=origin.customer, site=origin.site),
            device=wire.DevicePart(
                id=device.id, driver=device.driver, role=device.role.value, room=device.room
            ),
            state=state,
            since=iso(since),
            clock=clock_part(at),
            reasons=reasons,
            battery_pct=battery_pct,
            last_seen=None if last_seen is None else iso(last_seen),
        ),
    )
    return _telemetry(
        *(OutboxClass.DEVICE_STATUS, _encode(envelope), id, sequence, at),
        Telling(what=device.role.value),
    )


def _telemetry(
    cls: OutboxClass, body: bytes, id_: str, sequence: int, at: Instant, tells: Telling
) -> OutboxEntry:
    return OutboxEntry(
        sequence=sequence,
        id=id_,
        cls=cls,
        priority=None,
        body=body,
        created_ms=at.wall_ms,
        tells=tells,
    )


def heartbeat(
    origin: Origin,
    health: Health,
    *,
    id: str,  # noqa: A002 - the member's own name
    at: Instant,
) -> bytes:
    """The sign of life: not numbered and never repeated, the next one says more."""
    envelope = wire.HeartbeatEnvelope(
        specversion="1.0",
        type="fi.kotivahti.hb.v1",
        source=gateway_source(origin.gateway),
        id=id,
        time=iso(at),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:hb:1.0",
        subject=origin.site,
        storeid=origin.store_id,
        expirytime=iso_after(at, HEARTBEAT_EXPIRES_S),
        data=wire.HeartbeatData(
            subject=wire.SubjectPart(client=origin.customer, site=origin.site),
            interval_s=HEARTBEAT_EVERY_MS // 1000,
            sw=health.software,
            uptime_s=health.uptime_s,
            last_message=health.last_message,
            last_observation=health.last_observation,
            outbox=wire.OutboxPart(
                alerts=health.owed_alerts,
                unreceipted=health.owed,
                oldest_s=health.oldest_owed_s,
            ),
            devices=wire.DevicesPart(
                ok=health.devices_ok,
                degraded=health.devices_degraded,
                lost=health.devices_lost,
            ),
            clock=clock_part(at),
            faults=health.faults,
            model=dict(health.model),
            proof=health.proof,
        ),
    )
    return _encode(envelope)


def state(*, online: bool, boot: str) -> bytes:
    """Birth and last will of a gateway."""
    return _encode(wire.StateBody(online=online, boot=boot))
