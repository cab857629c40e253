"""What may go to whom, as the customer said: asked at every sealing and again at every send."""

from __future__ import annotations

from collections.abc import Iterable

from edge.domain import SERVICE, Sent, Switch

# Of the service's own desk only these are for the customer to say; why not the others, stands
# in the catalogues under sending.fixed.
SWITCHABLE = frozenset({Sent.READINGS, Sent.PROFILE, Sent.WORK})
# For whom it burns is never asked whether they want to hear of it.
NEVER_OFF = frozenset({"smoke", "carbon_monoxide", "heat", "gas"})


class Switches:
    """The switches in force; everything that nobody switched off is on."""

    def __init__(self) -> None:
        self._off: dict[tuple[str, Sent], Switch] = {}
        self._known: dict[tuple[str, Sent], Switch] = {}

    def load(self, switches: Iterable[Switch]) -> None:
        for switch in switches:
            self.put(switch)

    def put(self, switch: Switch) -> None:
        key = (switch.recipient, switch.cls)
        self._known[key] = switch
        if switch.allowed:
            self._off.pop(key, None)
        else:
            self._off[key] = switch

    def replace(self, switches: Iterable[Switch]) -> None:
        """These and no others: a change could not be stored."""
        self._off.clear()
        self._known.clear()
        self.load(switches)

    def allows(self, recipient: str, cls: Sent, what: str = "") -> bool:
        """Whether this may go to `recipient` now; `what` is an alert's code where it is one."""
        return what in NEVER_OFF or (recipient, cls) not in self._off

    def known(self) -> list[Switch]:
        """The last word on each recipient and class."""
        return [self._known[key] for key in sorted(self._known)]


def can_switch(recipient: str, cls: Sent) -> bool:
    """Whether it is the customer's to say."""
    return cls in SWITCHABLE if recipient == SERVICE else cls is Sent.MESSAGE
