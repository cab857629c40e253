"""Seals alerts and readings: words from the catalogues, purposes from the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edge.app.conditions import Condition
from edge.app.customer.switches import Switches
from edge.app.reasons import reason_words
from edge.config import Config
from edge.domain import SERVICE, Alert, Checklist, Device, Instant, Observation, OutboxEntry, Sent
from edge.home.state import Home
from edge.locale import titles
from edge.uplink import envelope
from edge.uplink.envelope import Origin, Sharing


class EnvelopeSealer:
    """Implements `keeper.Sealer` with CloudEvents envelopes."""

    def __init__(
        self,
        config: Config,
        store_id: str,
        devices: Mapping[str, Device] | None = None,
        sending: Switches | None = None,
    ) -> None:
        """`devices` is read at every sealing; without it nobody is told how they are.

        `sending` is asked at every sealing; without it nothing is switched off.
        """
        self.lists: Mapping[str, Checklist] = {}  # whose words an alert's reasons have
        self._sending = Switches() if sending is None else sending
        self._devices: Mapping[str, Device] = {} if devices is None else devices
        self.origin = Origin(
            gateway=config.gateway.id,
            store_id=store_id,
            site=config.gateway.site,
            customer=config.gateway.customer,
        )
        self._sharing = Sharing.of((row.purpose, row.kinds) for row in config.share)

    def alert(self, alert: Alert, *, entry_id: str, sequence: int, at: Instant) -> OutboxEntry:
        reasons = reason_words(self.lists, alert.params)
        words = titles(alert.code, alert.params | {"room": alert.room}, reasons)
        return envelope.alert(self.origin, alert, words, id=entry_id, sequence=sequence, at=at)

    def observations(
        self,
        rows: Sequence[Observation],
        *,
        first: int,
        entry_id: str,
        sequence: int,
        at: Instant,
    ) -> OutboxEntry | None:
        if not self._sharing.kinds or not self._sending.allows(SERVICE, Sent.READINGS):
            return None
        return envelope.observations(
            self.origin,
            rows,
            self._sharing,
            first_seq=first,
            id=entry_id,
            sequence=sequence,
            at=at,
        )

    def device(
        self, condition: Condition, home: Home, *, entry_id: str, sequence: int, at: Instant
    ) -> OutboxEntry | None:
        device = self._devices.get(condition.device)
        if device is None:
            return None
        state = home.devices[condition.device]
        return envelope.device_status(
            self.origin,
            device,
            state=condition.state,
            reasons=condition.reasons,
            since=at,
            battery_pct=state.battery,
            last_seen=state.last_heard,
            id=entry_id,
            sequence=sequence,
            at=at,
        )
