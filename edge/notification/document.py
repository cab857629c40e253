"""A notification as JSON: `config/schemas/risk-notification-1.0.json` is its schema."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.domain import Record
from edge.domain.notification import (
    LegalBasis,
    NotificationContent,
    NotificationState,
    ReceiverAnswer,
)

SCHEMA_VERSION = "1.0"
# Stands on everything that an authority or a worker reads.
EMERGENCY = "112"


class Frame(Record, frozen=True, kw_only=True):
    """What stands around the content: which notification, how far it is. Times are ISO 8601."""

    id: str
    revision: int
    state: NotificationState
    created_at: str
    released_at: str = ""
    access: str = ""  # the door code, once released and only then
    replaces: int | None = None  # the released revision that this one stands in the place of


def document(
    content: NotificationContent,
    frame: Frame,
    basis: LegalBasis,
    answer: ReceiverAnswer | None = None,
) -> dict[str, Any]:
    """The whole notification; a draft never has `access`, whatever the frame holds."""
    told: dict[str, Any] = msgspec.to_builtins(content)
    site = told.pop("site")
    # The answer's own code is for the desk: what is said of it is the sentence.
    seen = [{k: v for k, v in one.items() if k != "finding"} for one in told["observations"]]
    is_out = frame.state in (
        NotificationState.RELEASED,
        NotificationState.SENT,
        NotificationState.CONFIRMED,
    )
    return {
        "schema_version": SCHEMA_VERSION,
        "notification_id": frame.id,
        "revision": frame.revision,
        "replaces": frame.replaces,
        "status": frame.state.value,
        "emergency": EMERGENCY,
        "created_at": frame.created_at,
        "released_at": frame.released_at or None,
        "legal_basis": {"code": basis.code, "title": basis.title["fi"]},
        "site": site | {"access": frame.access if is_out and frame.access else None},
        **{key: value for key, value in told.items() if key != "basis"},
        "observations": seen,
        "acknowledgement": None if answer is None else msgspec.to_builtins(answer),
    }
