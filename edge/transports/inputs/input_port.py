"""What the contact transport asks of a port with input lines, and how a line is named."""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from edge.errors import TransportError
from edge.transports.inputs.contact_level import Sample

GPIO = "gpio:"
_GPIO_LINE = re.compile(r"gpio:(?P<port>/[^:]+):(?P<line>[A-Za-z0-9_.-]+)")
# A by-path name holds colons of its own: the line is what stands behind the last one.
_MODEM_LINE = re.compile(r"(?P<port>/.+):(?P<line>cts|dsr|dcd|ri)")


class LineName(NamedTuple):
    """A line of the settings file, taken apart."""

    port: str  # the device file
    line: str  # cts, dsr, dcd, ri; or a GPIO line's number or name
    gpio: bool


class InputPort(Protocol):
    """An open port. Its methods are called from one thread, `close` when that one has ended."""

    def samples(self, wait_s: float) -> list[Sample]:
        """Wait for at most `wait_s`, then say how the lines stand, and how they stood meanwhile.

        Oldest first, at least one. Raises OSError when the port is gone.
        """
        ...

    def close(self) -> None: ...


def line_name(text: str) -> LineName:
    """Take a line's name apart; raises TransportError with an example."""
    for pattern, gpio in ((_GPIO_LINE, True), (_MODEM_LINE, False)):
        found = pattern.fullmatch(text)
        if found is not None:
            return LineName(found["port"], found["line"], gpio)
    example = "/dev/serial/by-id/...:cts or gpio:/dev/gpiochip0:17"
    raise TransportError(f"{text!r} is not a line; write {example}")
