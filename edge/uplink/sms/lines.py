"""Cuts what a modem sends into lines and prompts (ITU-T V.250 §5.7, 3GPP TS 27.005 §4.3)."""

from __future__ import annotations

import re

PROMPT = b">"
# The longest line is a message in hex, 374 characters; a line that is longer is none of a modem's.
LINE_MAX_BYTES = 1_024

_UNPRINTABLE = re.compile(rb"[^\x20-\x7e\r\n]")
_LINE_END = re.compile(rb"[\r\n]")


class AtLines:
    """A framer: non-empty lines without their ends; `PROMPT` where the modem waits for a PDU.

    The prompt has no line end, so it is known by being last: what follows it is our own turn.
    """

    def __init__(self) -> None:
        self.dropped_bytes = 0  # unprintable ones, and lines without an end
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        clean = _UNPRINTABLE.sub(b"", data)
        self.dropped_bytes += len(data) - len(clean)
        *lines, rest = _LINE_END.split(self._rest + clean)
        found = [line.strip() for line in lines]
        if rest == PROMPT or rest.endswith(PROMPT + b" "):
            found.append(PROMPT)
            rest = b""
        if len(rest) > LINE_MAX_BYTES:
            self.dropped_bytes += len(rest)
            rest = b""
        self._rest = rest
        self.dropped_bytes += sum(len(line) for line in found if len(line) > LINE_MAX_BYTES)
        return [line for line in found if 0 < len(line) <= LINE_MAX_BYTES]
