"""The customer's own word to the service as a record: what stands in the JSON."""

from __future__ import annotations

from enum import StrEnum

from edge.uplink.envelope.wire import ClockPart, Name, OwedEnvelope, Part, SubjectPart


class RequestKind(StrEnum):
    ERASE = "erase"  # erase what the service may erase of this home
    SENDING = "sending"  # a switch of the home was told


class RequestData(Part, frozen=True, kw_only=True):
    """`sending` has a class and whether it may go to the service; `erase` has neither."""

    subject: SubjectPart
    clock: ClockPart
    kind: RequestKind
    cls: Name | None = None
    allowed: bool | None = None


class RequestEnvelope(OwedEnvelope, frozen=True, kw_only=True):
    data: RequestData
