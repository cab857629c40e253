"""The alert that proves its own way: what it is, and how another end knows it.

It takes the lane of a critical alert and is over when it is made: a receiver that knows nothing of
proofs files it among alerts that are over, and asks nobody.
"""

from __future__ import annotations

from typing import Literal

from edge.domain import Alert, AlertState, Instant, Priority
from edge.uplink.envelope.wire import AlertEnvelope

PROOF_CODE = "path_test"
SUBJECT = "gateway"
# As the alert's other flags; the message says `test: true` by it.
FLAG = "test"

# A day, and two hours for a home whose time of day moves with its start.
PROOF_LATE_MS = 26 * 3_600_000

ProofStanding = Literal["off", "waiting", "ok", "late"]


def path_test(id_: str, at: Instant, cause: str) -> Alert:
    """The alert, raised at `at`; `cause`: start, daily, asked or command."""
    return Alert(
        id=id_,
        rev=1,
        code=PROOF_CODE,
        subject=SUBJECT,
        priority=Priority.CRITICAL,
        state=AlertState.CANCELLED,
        raised=at,
        changed=at,
        params={"cause": cause},
        flags=(FLAG,),
    )


def is_proof(told: AlertEnvelope) -> bool:
    """Only both together: no other alert is put aside by a word in it."""
    return told.data.test and told.data.alert.code == PROOF_CODE
