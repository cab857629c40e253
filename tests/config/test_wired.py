"""Contacts and Modbus modules in the settings file: what fits, what cannot work, and the mend."""

from __future__ import annotations

import pytest

from edge import config
from edge.app.imports import devices_of
from edge.config.wired import port_of
from edge.drivers.inputs.contact import KIND_OF
from edge.errors import ConfigError
from edge.kinds import KINDS, SWITCHED_KINDS, URGENT_KINDS
from edge.transports.inputs.input_port import LineName, line_name

PORT = "/dev/serial/by-id/usb-FTDI_A1-if00-port0"
BY_PATH = "/dev/serial/by-path/platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.1:1.0-port0"


def home(extra: str) -> str:
    head = '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
    return head + '[mqtt]\nhost = "127.0.0.1"\ntls = false\n' + extra


def device(name: str, driver: str, role: str) -> str:
    rows = {"id": name, "driver": driver, "role": role, "address": f"plate of {name}"}
    return "[[device]]\n" + "".join(f'{key} = "{value}"\n' for key, value in rows.items())


def contact(name: str, line: str, more: str = "") -> str:
    return f'[[contact]]\ndevice = "{name}"\nline = "{line}"\n{more}\n'


def module(name: str, more: str, *, unit: int = 1, port: str = PORT) -> str:
    return f'[[modbus]]\ndevice = "{name}"\nport = "{port}"\nunit = {unit}\n{more}\n'


def faults(text: str) -> list[tuple[str, str]]:
    """Key and mend of each fault."""
    with pytest.raises(ConfigError) as caught:
        config.parse(home(text), "gateway.toml")
    return [(fault.key, fault.mend) for fault in caught.value.faults]


SMOKE = 'inputs = { 0 = "smoke" }'


def test_a_home_with_wires_is_in_order() -> None:
    """Two contacts on one adapter, one on a GPIO line, two modules on one bus."""
    loaded = config.parse(
        home(
            contact("guard", f"{PORT}:cts")
            + contact("cord", f"{PORT}:dsr", 'active = "open"\nheld_max_s = 0')
            + contact("smoke", "gpio:/dev/gpiochip0:17", 'rest_line = "gpio:/dev/gpiochip0:27"')
            + module("module-1", SMOKE + '\nregisters = { 3 = { kind = "humidity" } }', port="/x")
            + module("module-2", 'inputs = { 7 = "door" }\nopens = [7]', unit=2, port="/x")
        ),
        "f",
    )
    assert [row.debounce_ms for row in loaded.contact] == [50, 50, 50]
    assert loaded.modbus[0].registers["3"].scale == 1.0
    assert loaded.modbus[1].opens == (7,)


@pytest.mark.parametrize(
    "text, name",
    [
        (f"{PORT}:cts", LineName(PORT, "cts", gpio=False)),
        (f"{BY_PATH}:ri", LineName(BY_PATH, "ri", gpio=False)),
        ("gpio:/dev/gpiochip0:17", LineName("/dev/gpiochip0", "17", gpio=True)),
        ("gpio:/dev/gpiochip4:GPIO27", LineName("/dev/gpiochip4", "GPIO27", gpio=True)),
    ],
)
def test_a_line_is_named_by_port_and_line(text: str, name: LineName) -> None:
    """Names under by-path hold colons of their own; settings and transport agree on the port."""
    assert line_name(text) == name
    assert port_of(text) == name.port


@pytest.mark.parametrize("line", ["/dev/ttyUSB0", "/dev/ttyUSB0:rts", "cts", "gpio:17", "COM1:cts"])
def test_what_is_no_line_is_answered_with_one(line: str) -> None:
    """RTS is an output, a bare port is no line: the mend shows a line."""
    ((key, mend),) = faults(contact("guard", line))
    assert key == "contact[0].line"
    assert ":cts" in mend


@pytest.mark.parametrize(
    "text, key",
    [
        (contact("a", f"{PORT}:cts") + contact("b", f"{PORT}:cts"), "contact[1].line"),
        (contact("a", f"{PORT}:cts") + contact("a", f"{PORT}:dsr"), "contact[1].device"),
        (
            contact("a", f"{PORT}:cts", 'rest_line = "/dev/other:dsr"'),
            "contact[0].rest_line",
        ),
        (
            contact("a", f"{PORT}:cts", f'rest_line = "{PORT}:cts"'),
            "contact[0].rest_line",
        ),
        (
            contact("a", f"{PORT}:cts", f'active = "open"\nrest_line = "{PORT}:dsr"'),
            "contact[0].active",
        ),
        (contact("a", f"{PORT}:cts", "debounce_ms = 500"), "contact[0].debounce_ms"),
        (
            f'[[serial]]\ndevice = "robot"\nport = "{PORT}"\n' + contact("a", f"{PORT}:cts"),
            "contact[0].line",
        ),
        (module("m", SMOKE) + contact("a", f"{PORT}:cts"), "contact[0].line"),
        (
            f'[[serial]]\ndevice = "robot"\nport = "{PORT}"\n' + module("m", SMOKE),
            "modbus[0].port",
        ),
        (module("m", SMOKE) + module("n", SMOKE), "modbus[1].unit"),
        (module("m", SMOKE) + module("n", SMOKE + "\nbaud = 19200", unit=2), "modbus[1].baud"),
        (module("m", SMOKE) + module("m", SMOKE, unit=2), "modbus[1].device"),
        (module("m", ""), "modbus[0]"),
        (module("m", SMOKE + "\nopens = [1]"), "modbus[0].opens"),
        (module("m", 'inputs = { 8 = "smoke" }'), "modbus[0].inputs"),
        (module("m", 'inputs = { 0 = "smoke", 1 = "smoke" }'), "modbus[0].inputs.1"),
        (module("m", 'inputs = { 0 = "temperature" }'), "modbus[0].inputs.0"),
        (module("m", 'registers = { 0 = { kind = "smoke" } }'), "modbus[0].registers.0"),
        (module("m", 'registers = { 16 = { kind = "humidity" } }'), "modbus[0].registers"),
        (module("m", SMOKE, unit=0), "modbus[0].unit"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told_before_the_start(text: str, key: str) -> None:
    """Shared lines, shared ports, buses of two speeds, channels that are not there."""
    found = faults(text)
    assert [one for one, _ in found] == [key]
    assert all(mend for _, mend in found)


def test_a_misspelt_kind_is_answered_with_the_right_one() -> None:
    """`smok` and `temprature` are answered with what an input, or a register, can say."""
    text = 'inputs = { 0 = "smok" }\nregisters = { 0 = { kind = "temprature" } }'
    assert faults(module("m", text)) == [
        ("modbus[0].inputs.0", "did you mean 'smoke'?"),
        ("modbus[0].registers.0", "did you mean 'temperature'?"),
    ]


@pytest.mark.parametrize(
    "text, key",
    [
        (device("a", "contact", "smoke_alarm"), "device[0].id"),
        (device("a", "modbus_inputs", "door"), "device[0].id"),
        (device("a", "contact", "vitals") + contact("a", f"{PORT}:cts"), "device[0].role"),
        (device("a", "modbus_inputs", "door") + contact("a", f"{PORT}:cts"), "contact[0].device"),
        (contact("a", f"{PORT}:cts"), "contact[0].device"),
        (module("m", SMOKE), "modbus[0].device"),
    ],
)
def test_devices_and_their_wires_belong_together(text: str, key: str) -> None:
    """A device without a line would never be heard, a line without a device says nothing."""
    with pytest.raises(ConfigError) as caught:
        devices_of(config.parse(home(text), "f"), known=frozenset())
    assert key in [fault.key for fault in caught.value.faults]


def test_a_wired_device_keeps_the_number_on_its_plate() -> None:
    """No radio address is asked of it, and it says nothing of the radio."""
    text = device("a", "contact", "stove_guard") + contact("a", f"{PORT}:cts")
    (found,) = devices_of(config.parse(home(text), "f"), known=frozenset())
    assert (found.address, found.wired) == ("plate of a", True)
    assert found.silent_after_s == 7260


def test_what_an_input_says_is_a_kind_of_ours() -> None:
    """The tables of kinds agree with each other."""
    assert set(KINDS) >= SWITCHED_KINDS >= URGENT_KINDS
    assert set(KIND_OF.values()) <= SWITCHED_KINDS
