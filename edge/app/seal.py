"""Seals alerts and readings: words from the catalogues, purposes from the settings."""

from __future__ import annotations

from collections.abc import Sequence

from edge.config import Config
from edge.domain import Alert, Instant, Observation, OutboxEntry
from edge.locale import titles
from edge.uplink import envelope
from edge.uplink.envelope import Origin, Sharing


class EnvelopeSealer:
    """Implements `keeper.Sealer` with CloudEvents envelopes."""

    def __init__(self, config: Config, store_id: str) -> None:
        self.origin = Origin(
            gateway=config.gateway.id,
            store_id=store_id,
            site=config.gateway.site,
            customer=config.gateway.customer,
        )
        self._sharing = Sharing.of((row.purpose, row.kinds) for row in config.share)

    def alert(self, alert: Alert, *, entry_id: str, sequence: int, at: Instant) -> OutboxEntry:
        words = titles(alert.code, alert.params | {"room": alert.room})
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
        if not self._sharing.kinds:
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
