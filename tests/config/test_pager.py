"""The table [pager]: what fits, what cannot work, and the mend."""

from __future__ import annotations

import pytest

from edge import config
from edge.app.inputs import input_ports
from edge.config import Pager
from edge.errors import ConfigError

PORT = "/dev/serial/by-id/usb-HUAWEI_Mobile-if02-port0"
HEAD = (
    '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
)
MODULE = f'[[modbus]]\ndevice = "m"\nport = "{PORT}"\nunit = 1\ninputs = {{ 0 = "smoke" }}\n'


def pager(more: str = "", port: str = PORT) -> str:
    return f'{HEAD}[pager]\nport = "{port}"\n{more}'


def test_a_modem_is_named_by_its_port() -> None:
    """All but the port may be left out; without the table there is no modem."""
    loaded = config.parse(pager('pin_file = "/etc/kotivahti/sim.pin"\nsmsc = "+358447983500"'), "f")
    assert loaded.pager == Pager(port=PORT, pin_file="/etc/kotivahti/sim.pin", smsc="+358447983500")
    assert config.parse(HEAD, "f").pager is None


def test_no_probe_looks_for_an_instrument_on_the_modems_port() -> None:
    """A probe locks a port for half a minute, and may write to it."""
    assert input_ports(config.parse(pager(), "f")) == (PORT,)


@pytest.mark.parametrize(
    "text, key",
    [
        (pager('smsc = "0447983500"'), "pager.smsc"),
        (pager('pin = "1234"'), "pager.pin"),
        (pager(port="ttyUSB0"), "pager.port"),
        (f"{pager()}[[serial]]\ndevice = 'r'\nport = '{PORT}'\n", "pager.port"),
        (f"{pager()}[[serial]]\ndevice = 'r'\nport = ['/dev/x', '{PORT}']\n", "pager.port"),
        (f"{pager()}[[contact]]\ndevice = 'c'\nline = '{PORT}:cts'\n", "pager.port"),
        (pager() + MODULE, "pager.port"),
    ],
)
def test_what_cannot_work_is_said_with_its_key(text: str, key: str) -> None:
    """A number without its country, a PIN in the settings, a port that somebody else has."""
    with pytest.raises(ConfigError) as caught:
        config.parse(text, "f")
    assert [fault.key for fault in caught.value.faults] == [key]
