"""What goes to whom: the classes that are told apart, one line of the log, and a switch."""

from __future__ import annotations

from enum import StrEnum

from edge.domain.base import Instant, Record

# The home-care service's own desk; every other recipient is a short name of this home's plan.
SERVICE = "service"


class Sent(StrEnum):
    """What can leave the home, as the customer's log and switches name it."""

    ALERT = "alert"
    ASSESSMENT = "assessment"
    DEVICE_STATUS = "device_status"
    READINGS = "readings"
    WORK = "work"  # open findings, tasks and what the next visit is for
    HEARTBEAT = "heartbeat"
    CLAIM = "claim"
    PROFILE = "profile"  # sealed: its receiver cannot read it
    REQUEST = "request"  # the customer's own word to the service
    MESSAGE = "message"  # a call of the gateway itself to a person, by text
    CERTIFICATE = "certificate"
    EXPORT = "export"


class Basis(StrEnum):
    """Why it may leave."""

    AGREEMENT = "agreement"  # the service that was agreed on
    PURPOSE = "purpose"  # a purpose that the home's settings name
    PLAN = "plan"  # the home's plan of who is called
    ASKED = "asked"  # somebody of the home asked for it


class Telling(Record, frozen=True, kw_only=True):
    """What a message says, in a short code, and what for where that was named."""

    what: str
    purpose: str = ""


class Disclosed(Record, frozen=True, kw_only=True):
    """One thing that leaves. With `daily` all of a day, recipient and class is one line."""

    recipient: str
    cls: Sent
    what: str  # an alert's code, kinds of readings; never a value or a name
    basis: Basis
    path: str  # mqtt, sms, file
    purpose: str = ""
    ref: str = ""  # of the message
    daily: bool = False


class TextMessage(Record, frozen=True, kw_only=True):
    """A text message about to go out at `at`; `taken`: the network has said that it has it."""

    told: Disclosed
    at: Instant
    taken: bool = False


class Disclosure(Record, frozen=True, kw_only=True):
    """A line of the log as it stands. `messages` were handed over, `received` were confirmed."""

    key: int
    recipient: str
    cls: str
    what: str
    purpose: str
    basis: str
    path: str
    ref: str
    messages: int
    received: int
    first: Instant
    last: Instant


class Switch(Record, frozen=True, kw_only=True):
    """Whether a class may go to a recipient, and who said so."""

    recipient: str
    cls: Sent
    allowed: bool
    by: str
    told: Instant
