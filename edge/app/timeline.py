"""How long each step of an alert took: what an installer and a demo want to see."""

from __future__ import annotations

from edge.domain import Alert, AlertState, Instant
from edge.ports import Batch

# The newest alerts only; the desk keeps the whole history.
ALERTS_MAX = 200

_STEP_OF = {
    AlertState.ACKNOWLEDGED: "acknowledged",
    AlertState.CLOSED: "closed",
    AlertState.CANCELLED: "cancelled",
}


class Timeline:
    """Milliseconds from the moment the frame was heard, by alert and step."""

    def __init__(self) -> None:
        self._steps: dict[str, dict[str, int]] = {}
        self._zero_ms: dict[str, int] = {}

    def committed(self, batch: Batch, now: Instant, *, durable: bool = True) -> None:
        """A batch is in force at `now`; not `durable`: in memory only, so nothing is stored."""
        for alert in batch.alerts:
            if alert.rev == 1:
                self._begin(alert)
                if durable:
                    self._note(alert.id, "stored", now)
            elif alert.state in _STEP_OF:
                self._note(alert.id, _STEP_OF[alert.state], now)

    def sent(self, alert: str, now: Instant) -> None:
        self._note(alert, "sent", now)

    def received(self, alert: str, now: Instant) -> None:
        self._note(alert, "received", now)

    def of(self, alert: str) -> dict[str, int]:
        """Step -> milliseconds after the evidence was heard; {} for an alert of an earlier run."""
        return dict(self._steps.get(alert, {}))

    def _begin(self, alert: Alert) -> None:
        heard = [e.at.boottime_ms for e in alert.evidence if e.at.boot == alert.raised.boot]
        self._zero_ms[alert.id] = max(heard, default=alert.raised.boottime_ms)
        self._steps[alert.id] = {}
        while len(self._steps) > ALERTS_MAX:
            oldest = next(iter(self._steps))
            del self._steps[oldest], self._zero_ms[oldest]

    def _note(self, alert: str, step: str, now: Instant) -> None:
        steps = self._steps.get(alert)
        if steps is not None and step not in steps:
            steps[step] = now.boottime_ms - self._zero_ms[alert]
