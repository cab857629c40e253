"""What modem and network refuse with: names of codes, and whose fault it is.

3GPP TS 27.005 §3.2.5 (CMS), TS 24.011 annex E-2 (CMS up to 127), TS 27.007 §9.2 (CME).
"""

from __future__ import annotations

import re

_CMS = {
    1: "unassigned number",
    8: "operator determined barring",
    10: "call barred",
    17: "network failure",
    21: "short message transfer rejected",
    22: "congestion",
    27: "destination out of service",
    28: "unidentified subscriber",
    29: "facility rejected",
    30: "unknown subscriber",
    38: "network out of order",
    41: "temporary failure",
    42: "congestion",
    47: "resources unavailable",
    50: "requested facility not subscribed",
    69: "requested facility not implemented",
    81: "invalid reference",
    95: "semantically incorrect message",
    96: "invalid mandatory information",
    97: "message type not implemented",
    98: "message not compatible with state",
    99: "information element not implemented",
    111: "protocol error",
    127: "interworking",
    300: "the modem failed",
    301: "service reserved",
    302: "operation not allowed",
    303: "operation not supported",
    304: "invalid PDU parameter",
    305: "invalid text parameter",
    310: "no SIM card",
    311: "SIM card asks for its PIN",
    313: "SIM card failed",
    314: "SIM card busy",
    315: "wrong SIM card",
    316: "SIM card asks for its PUK",
    320: "memory failure",
    321: "invalid memory index",
    322: "memory full",
    330: "service centre's number unknown",
    331: "no network service",
    332: "network timeout",
    500: "unknown error",
}
_CME = {
    3: "operation not allowed",
    4: "operation not supported",
    10: "no SIM card",
    11: "SIM card asks for its PIN",
    12: "SIM card asks for its PUK",
    13: "SIM card failed",
    14: "SIM card busy",
    15: "wrong SIM card",
    16: "incorrect password",
    20: "memory full",
    30: "no network service",
    31: "network timeout",
    32: "emergency calls only",
    100: "unknown error",
}
# These say that this number or this text will be refused again. All else may pass later.
_FOR_GOOD = frozenset({1, 10, 21, 28, 29, 30, 50, 69, 95, 96, 97, 99, 304, 305})
_ERROR = re.compile(r"\+(CM[SE]) ERROR:\s*(\d{1,4})")
_NAMES = {"CMS": _CMS, "CME": _CME}


def is_final(line: str) -> bool:
    """Whether a line ends the answer to a command (V.250 §5.7.1, TS 27.005 §3.2.5)."""
    return line in ("OK", "ERROR") or line.startswith(("+CMS ERROR:", "+CME ERROR:"))


def named(line: str) -> str:
    """The error of a final line: "CMS 331, no network service" of "+CMS ERROR: 331"."""
    found = _ERROR.match(line)
    if found is None:
        return "ERROR"
    kind, number = found[1], int(found[2])
    return f"{kind} {number}, {_NAMES[kind].get(number, 'no name')}"


def is_for_good(line: str) -> bool:
    """Whether the network refuses this message for good."""
    found = _ERROR.match(line)
    return found is not None and found[1] == "CMS" and int(found[2]) in _FOR_GOOD
