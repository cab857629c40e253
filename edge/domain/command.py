"""What an operator may ask of a gateway from afar: nothing that lowers, mutes or controls."""

from __future__ import annotations

from enum import StrEnum


class CommandName(StrEnum):
    PING = "ping"  # does it hear us?
    STATUS = "status"  # counts and states of the box, never a reading
    PROFILE_SEND = "profile_send"  # send the sealed profile now
    TEST_ALERT = "test_alert"  # prove the way of an alert now, and say the times


# What may be asked while the gateway does not know the time: a command whose age cannot be told
# must do no more than answer.
WITHOUT_CLOCK = frozenset({CommandName.PING, CommandName.STATUS})
