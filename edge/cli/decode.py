"""`kotivahti decode`: one frame of a device, as the gateway would read it."""

from __future__ import annotations

import re

import click

from edge.cli.common import EXIT_USAGE, fail, print_json
from edge.clock import SystemClock
from edge.domain import Observation
from edge.drivers import DRIVERS
from edge.drivers.inspect import decode_payload
from edge.errors import DecodeError

_MAC = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")


def _bytes(ctx: click.Context, param: click.Parameter, value: str | None) -> bytes | None:  # noqa: ARG001
    if value is None:
        return None
    digits = re.sub(r"[\s:_-]", "", value)
    wrong = re.search(r"[^0-9A-Fa-f]", digits)
    if wrong is not None:
        text = f"digit {wrong.start() + 1} is {wrong.group()!r}; write hexadecimal digits"
        raise click.BadParameter(text)
    if len(digits) % 2:
        text = f"{len(digits)} hexadecimal digits; a byte has two"
        raise click.BadParameter(text)
    return bytes.fromhex(digits)


def _mac(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001
    if value is None:
        return None
    mac = value.upper().replace("-", ":")
    if re.fullmatch(r"[0-9A-F]{12}", mac):
        mac = ":".join(re.findall("..", mac))
    if _MAC.fullmatch(mac) is None:
        text = f"{value!r} is not a MAC; write it as 54:48:E6:8F:80:A5"
        raise click.BadParameter(text)
    return mac


def _row(seen: Observation) -> dict[str, object]:
    row: dict[str, object] = {
        "kind": seen.kind,
        "value": seen.value,
        "unit": seen.unit,
        "code": seen.code,
        "quality": seen.quality.value,
    }
    if seen.device_time is not None:
        row["device_time"] = seen.device_time
    if seen.device_seq is not None:
        row["device_seq"] = seen.device_seq
    return row


@click.command()
@click.argument("driver", metavar="ID", type=click.Choice(list(DRIVERS)))
@click.argument("payload", metavar="HEX", callback=_bytes)
@click.option("--mac", callback=_mac, help="The sender's address, needed to decrypt.")
@click.option("--key", callback=_bytes, help="The device's bind key, 32 hexadecimal digits.")
@click.option("--json", "as_json", is_flag=True, help="As always: the output is JSON anyway.")
def decode(
    driver: str,
    payload: bytes,
    mac: str | None,
    key: bytes | None,
    *,
    as_json: bool,  # noqa: ARG001 - every command takes it
) -> None:
    """Decode HEX with driver ID; prints a JSON array of observations.

    HEX is, by the driver:

    \b
      manufacturer data without the company id: (ruuvitag), (ibeacon)
      service data without the UUID: (bthome), (eddystone)
      one frame of the line: (appliance), (nonin), (bci), (and_ua767)
      the value of a characteristic: 2A35 (blood_pressure), 2A37 (heart_rate),
        2A1C (health_thermometer), 2A5E (pulse_oximeter), 2A9D (weight_scale),
        2A18 (glucose), 2AA7 (cgm), 2B21 (insulin)
      one byte of a line's word: (contact)
      a module's answer from address to CRC: (modbus_inputs)
      the message's JSON text: (dispenser_cloud), (shelly_smoke)

    Refused bytes exit with 2 and say which byte and why.

    \b
    Examples:
      kotivahti decode weight_scale 02A456E507070401063B
      kotivahti decode ruuvitag 0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F
      kotivahti decode bthome 41a47266c95f730011223378237214 \\
          --mac 54:48:E6:8F:80:A5 --key 231d39c1d7cc1ab1aee224cd096db932
    """
    at = SystemClock("UTC").now()
    try:
        seen = decode_payload(driver, payload, mac, key, at)
    except DecodeError as error:
        fail(f"refused ({error.reason}): {error}", EXIT_USAGE)
    print_json([_row(one) for one in seen])
