"""`kotivahti device add` and `import`: enrol one device, or a home's at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge import config as settings
from edge.cli.call import call, load, told
from edge.cli.common import (
    EXIT_STATE,
    EXIT_USAGE,
    config_option,
    fail,
    json_option,
    lang_option,
    refuse,
)
from edge.cli.common import print_json as show_json
from edge.cli.device_key import KeyFile, key_of, key_options, read_key
from edge.cli.device_listen import identified
from edge.cli.device_stream import Listening
from edge.cli.device_words import role as role_words
from edge.cli.device_words import room as room_words
from edge.cli.device_words import say
from edge.config import Config
from edge.domain import ALARM_ROLES, Role
from edge.locale.refusing import listed
from edge.settings import parse_toml

# How long a device that is being enrolled may take to be heard: the button of a sleeping sensor
# is pressed within that.
LOOK_S = 60.0


@click.command(short_help="Enrol a device, or change it.")
@click.argument("ident", metavar="ID")
@click.option("--driver", help="Without it: the one that reads best what is heard of it.")
@click.option("--role", help="Without it: the one that fits, when only one does.")
@click.option("--address", help="Radio address, or the serial number of a device on a line.")
@click.option("--room", help="Short name of the room, such as living-room.")
@click.option("--person", help="Whose it is, pseudonymous.")
@click.option("--label", help="Words for people.")
@click.option("--silent-after", type=int, metavar="S", help="Seconds until it is 'not heard'.")
@key_options
@config_option
@json_option
@lang_option
def add(
    ident: str,
    driver: str | None,
    role: str | None,
    address: str | None,
    room: str | None,
    person: str | None,
    label: str | None,
    silent_after: int | None,
    key_file: KeyFile,
    key_prompt: bool,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Enrol device ID, or change it: what is not said of a known device stays.

    It is in force at once. Another driver, address or key under a known ID means
    another device: what the driver remembered of the former is forgotten.

    \b
    Examples:
      kotivahti device add help-button --address 54:48:E6:8F:80:A5 \\
          --driver bthome --role help_button --room bedroom --key-prompt
      kotivahti device add climate-1 --address C4:4B:56:48:01:03
      kotivahti device add climate-1 --room kitchen
    """
    config = load(config_path)
    given = {
        "driver": driver,
        "role": role,
        "address": address,
        "room": room,
        "person": person,
        "label": label,
        "silent_after_s": silent_after,
    }
    row = {"id": ident} | {name: value for name, value in given.items() if value is not None}
    key = read_key(key_file, key_prompt)
    if driver is None or role is None:
        known = {one["id"] for one in call(config, "device_list")}
        if ident not in known:
            row |= _found_out(config, row, key, lang)
    found = call(config, "device_enrol", {"devices": [{"row": row, "key": key}], "merge": True})
    if found["faults"]:
        for fault in found["faults"]:
            fault["key"] = fault["key"].removeprefix("device[0].")
    tell_enrolled(found, lang, as_json=as_json)


def _found_out(config: Config, row: dict[str, Any], key: str | None, lang: str) -> dict[str, Any]:
    """Driver and role of a new device, from what is heard of it now."""
    from edge.drivers import DRIVERS  # noqa: PLC0415 - for this command alone

    known = DRIVERS.get(row.get("driver", ""))
    if known is not None and len(known.roles) == 1:
        return {"role": min(known.roles)}
    address = row.get("address")
    if address is None:
        refuse("no_address", EXIT_USAGE)
    if address.startswith("/"):
        refuse("address_is_port", EXIT_USAGE, port=address)
    click.echo(say(lang, "change.looking", address=address), err=True)
    wanted = row.get("role") is None
    args = {"target": address, "seconds": LOOK_S, "key": key, "until_role": wanted}
    found = identified(Listening(config, "device_identify", args, lang), lang)
    if not found.get("heard"):
        fail(say(lang, "hint.not_heard") + "\n--driver, --role", EXIT_STATE)
    if known is None and found["driver"] is None:
        fail(f"--driver: {say(lang, 'hint.no_driver')}", EXIT_STATE)
    if known is not None and found["driver"] != known.id:
        refuse("no_role", EXIT_USAGE, driver=known.id, there=listed(sorted(known.roles)))
    role = row.get("role") or found["suggested_role"]
    if role is None:
        refuse("no_role", EXIT_USAGE, driver=found["driver"], there=listed(found["roles"]))
    click.echo(
        say(lang, "change.found", driver=found["driver"], role=role_words(lang, role)), err=True
    )
    return {"driver": found["driver"], "role": role}


@click.command("import", short_help="Enrol the devices of a TOML file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Check everything and change nothing.")
@config_option
@json_option
@lang_option
def import_devices(file: Path, dry_run: bool, config_path: Path, as_json: bool, lang: str) -> None:
    """Enrol the devices of a TOML file, all or none; says every fault of it.

    The file has [[device]] tables as in the settings. One file can serve many homes:
    a table with gateway = "gw-0001" is for that gateway alone.

    \b
    Examples:
      kotivahti device import devices.toml --dry-run
      kotivahti device import devices.toml
    """
    config = load(config_path)
    with told():
        data = parse_toml(settings.read(file), str(file))
    faults = [
        {"key": name, "wrong": "is not known", "mend": "a file of devices has [[device]] alone"}
        for name in data
        if name != "device"
    ]
    tables = data.get("device", [])
    if not isinstance(tables, list) or not tables:
        faults.append(
            {
                "key": "device",
                "wrong": "is missing",
                "mend": "write each device as a [[device]] table",
            }
        )
        tables = []
    devices, others = _own(tables, config.gateway.id, file, faults)
    if not devices and not faults:
        refuse("no_device_rows", EXIT_USAGE, file=str(file), gateway=config.gateway.id)
    args = {"devices": [d for _, d in devices], "dry_run": dry_run or bool(faults)}
    found = call(config, "device_enrol", args) if devices else {"faults": [], "devices": []}
    numbers = [number for number, _ in devices]
    found["faults"] = faults + [_in_file(fault, numbers) for fault in found["faults"]]
    found |= {"other_gateways": others, "dry_run": dry_run, "file": str(file)}
    tell_enrolled(found, lang, as_json=as_json)


def _own(
    tables: list[Any], gateway: str, file: Path, faults: list[dict[str, str]]
) -> tuple[list[tuple[int, dict[str, Any]]], int]:
    """The tables of this gateway with their numbers and keys, and how many are of others."""
    devices = []
    others = 0
    for number, table in enumerate(tables):
        row = dict(table) if isinstance(table, dict) else {}
        if row.pop("gateway", gateway) != gateway:
            others += 1
            continue
        key = None
        path = row.pop("key_file", None)
        if path is not None:
            key, wrong = key_of(file.parent / str(path))
            if wrong:
                wrong, _, mend = wrong.partition("; ")
                faults.append({"key": f"device[{number}].key_file", "wrong": wrong, "mend": mend})
        devices.append((number, {"row": row, "key": key}))
    return devices, others


def _in_file(fault: dict[str, str], numbers: list[int]) -> dict[str, str]:
    """The fault with the number that its table has in the file."""
    head, _, rest = fault["key"].partition("]")
    if not head.startswith("device["):
        return fault
    return fault | {"key": f"device[{numbers[int(head[7:])]}]{rest}"}


def tell_enrolled(found: dict[str, Any], lang: str, *, as_json: bool) -> None:
    """The result, or every fault and out with 2."""
    faults = found["faults"]
    if as_json:
        show_json(found)
    for fault in () if as_json else faults:
        where = f"{found['file']}: " if "file" in found else ""
        click.echo(f"{where}{fault['key']}: {fault['wrong']}; {fault['mend']}", err=True)
    if faults:
        raise SystemExit(EXIT_USAGE)
    if as_json:
        return
    for row in found["devices"]:
        where = f", {room_words(lang, row['room'])}" if row["room"] else ""
        what = f"{role_words(lang, row['role'])}{where} ({row['driver']} {row['address']})"
        click.echo(f"{row['id']}: {say(lang, 'change.' + row['change'])}: {what}")
        if row["needs_line"]:
            key = "change.broker" if row["needs_line"] == "ingest" else "change.line"
            words = say(lang, key, device=row["id"], table=row["needs_line"])
            click.echo(f"! {words}", err=True)
        if row.get("stranger"):  # a gateway that was not restarted says nothing of it
            words = say(lang, "change.stranger", device=row["id"], person=row["person"])
            click.echo(f"! {words}", err=True)
        if row["driver"] == "bthome" and not row["keyed"] and Role(row["role"]) in ALARM_ROLES:
            click.echo(f"! {say(lang, 'change.no_key', device=row['id'])}", err=True)
    if found.get("other_gateways"):
        click.echo(say(lang, "change.other_gateway", count=found["other_gateways"]))
    if found.get("dry_run"):
        click.echo(say(lang, "change.would"))
