"""Signed commands from upstream: how one is written, and whether one may be obeyed. Pure.

A broker account is no authority: what counts is the signature of a key that the settings name
for this very command. The order of the checks is that of `verify`.
"""

from edge.commands.pace import RATE_MAX, RATE_WINDOW_MS, Pace
from edge.commands.sign import Order, public_of, sign
from edge.commands.verify import (
    FUTURE_MS,
    LIFETIME_MAX_MS,
    Command,
    CommandRefusedError,
    IssuerKey,
    Verdict,
    verify,
)
from edge.commands.wire import COMMAND_BYTES_MAX

__all__ = [
    "COMMAND_BYTES_MAX",
    "FUTURE_MS",
    "LIFETIME_MAX_MS",
    "RATE_MAX",
    "RATE_WINDOW_MS",
    "Command",
    "CommandRefusedError",
    "IssuerKey",
    "Order",
    "Pace",
    "Verdict",
    "public_of",
    "sign",
    "verify",
]
