"""Which radio the gateway uses, by the name that the settings give.

The one that is asked for is imported and no other: a home on BlueZ never loads
the virtual radio, and a home without Bluetooth loads neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import TransportError

if TYPE_CHECKING:
    from edge.transports.ble.radio import Radio


def open_radio(backend: str, adapter: str | None = None) -> Radio:
    """The radio named by `[ble] backend`: "bluez", or "bumble:<transport>" of the extra `sim`.

    Raises TransportError, naming the mend, for an unknown name or a missing package.
    """
    kind, _, rest = backend.partition(":")
    if kind == "bluez" and not rest:
        from edge.transports.ble.bluez import BluezRadio  # noqa: PLC0415 (loads D-Bus)

        return BluezRadio(adapter)
    if kind == "bumble" and rest:
        try:
            from edge.transports.ble.bumble_backend import BumbleRadio  # noqa: PLC0415 (extra `sim`)
        except ImportError as error:
            text = f"[ble] backend {backend!r} needs the extra 'sim': pip install kotivahti[sim]"
            raise TransportError(text) from error
        return BumbleRadio(rest)
    text = f"[ble] backend {backend!r} is not known; write 'bluez' or 'bumble:<transport>'"
    raise TransportError(text)
