"""Text messages of one home: the modem that the settings name, and what people ask of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from edge.app.house import House
from edge.app.requests.asked import text_of
from edge.app.view import wall_text
from edge.control.protocol import Peer
from edge.control.server import Handler, Stream
from edge.errors import (
    ControlError,
    MisaskedError,
    NotNowError,
    UpstreamRejectedError,
    UpstreamUnavailableError,
)
from edge.events import Fault, FaultKind
from edge.locale import LANGUAGES, render
from edge.locale.refusing import worded
from edge.transports.lines.modem_port import ModemPort
from edge.transports.trouble import Trouble
from edge.uplink.sms.modem import Modem
from edge.uplink.sms.pin import PinFile

PATH = "sms"
LOOP = "pager"
# Beside the database, where nothing but the gateway writes: that a PIN has been tried.
PIN_MARK = "pager.pin-tried"


def modem_of(
    house: House, *, on_fault: Callable[[Fault], None], beat: Callable[[str], None]
) -> Modem | None:
    """The modem of the settings; None where none is named."""
    settings = house.config.pager
    if settings is None:
        return None

    def turns() -> None:
        beat(LOOP)

    trouble = Trouble(FaultKind.PATH, PATH, on_fault)
    pin_file = None if settings.pin_file is None else Path(settings.pin_file)
    return Modem(
        ModemPort(settings.port, settings.baud, house.clock, turns),
        PinFile(pin_file, Path(house.config.store.path).with_name(PIN_MARK)),
        house.clock,
        centre=settings.smsc,
        gone=trouble.still_gone,
        back=trouble.back,
        beat=turns,
    )


def status_of(modem: Modem) -> dict[str, Any]:
    """For `kotivahti status` and `kotivahti pager status`: no number and no text."""
    return {
        "up": not modem.trouble,
        "detail": modem.trouble,
        "checked": _moment(modem.checked_ms),
        "last_sent": _moment(modem.sent_ms),
        "standing": None if modem.standing is None else msgspec.to_builtins(modem.standing),
        **msgspec.to_builtins(modem.counts),
    }


def _moment(wall_ms: int | None) -> str | None:
    return None if wall_ms is None else wall_text(wall_ms)


class Paging:
    """The commands about text messages; `modem` is set by a running gateway that has one."""

    def __init__(self, house: House) -> None:
        self.modem: Modem | None = None
        self._house = house

    def handlers(self) -> Mapping[str, Handler]:
        return {"pager_status": self.status}

    def streams(self) -> Mapping[str, Stream]:
        # The network's word takes longer than an answer over the control socket may.
        return {"pager_test": self.test}

    async def status(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """How the path stands; only a running gateway knows."""
        configured = self._house.config.pager is not None
        live = None if self.modem is None else status_of(self.modem)
        return {"configured": configured, "running": live is not None, "pager": live}

    async def test(self, args: dict[str, Any], _: Peer) -> AsyncGenerator[dict[str, Any], None]:
        """Send a fixed sentence to a number; one row when the network has taken it."""
        number = text_of(args, "number")
        lang = args.get("lang")
        if lang not in LANGUAGES:
            raise MisaskedError(f"lang: '{lang}'; known: {', '.join(LANGUAGES)}")
        if self.modem is None:
            raise worded(NotNowError, "no_modem")
        try:
            await self.modem.send(number.replace(" ", ""), render(lang, "pager.test", {}))
        except UpstreamRejectedError as error:
            raise worded(ControlError, "sms_refused", why=str(error)) from error
        except UpstreamUnavailableError as error:
            raise worded(NotNowError, "sms_not_sent", why=str(error)) from error
        yield {"taken": True}
