"""`kotivahti desk command` and `command-key`: ask something of a gateway, signed."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import sys
from pathlib import Path

import click
import msgspec

from desk import looks, reads
from desk.common import (
    EPILOG,
    EXIT_REFUSED,
    config_option,
    desk_of,
    exits,
    json_option,
    lang_option,
    print_json,
    utf8,
)
from desk.lines import plain
from desk.person import Person, person_options
from desk.rights import Right
from edge import log
from edge.clock import RandomIds, SystemClock
from edge.commands import Order, public_of
from edge.domain import CommandName


def _gateway_id(_: click.Context, param: click.Parameter, value: str) -> str:
    """It becomes a part of a topic."""
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{2,39}", value) is None:
        raise click.BadParameter("is no gateway's id, such as gw-0001", param=param)
    return value


@click.command(epilog=EPILOG)
@click.argument("gateway", callback=_gateway_id)
@click.argument("name", type=click.Choice([one.value for one in CommandName]))
@click.option(
    "--key-file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The signing key, readable by nobody else.",
)
@click.option(
    "--key", "key_id", required=True, callback=utf8, help="As the gateway's settings name the key."
)
@person_options
@config_option
@json_option
@lang_option
def command(
    gateway: str,
    name: str,
    key_file: Path,
    key_id: str,
    person: Person,
    config_path: Path,
    lang: str,  # noqa: ARG001 - of refusals; an answer has codes
    *,
    as_json: bool,
) -> None:
    """Ask GATEWAY to do something, signed, and wait half a minute for its answer.

    ping: is it there? status: counts and states of the box. profile_send: its sealed profile now.
    test_alert: one test alert the whole way, and the time that each step took; it asks nobody.
    Nothing here lowers or mutes an alert, and nothing controls a device.

    \b
    Example:
      kotivahti desk command gw-0001 status --key area-07 --key-file area-07.key --as anna
    """
    # MQTT costs 0.2 s that no other command needs.
    from desk.ordering import ask, read_key  # noqa: PLC0415

    with desk_of(config_path) as (config, connection):
        key = read_key(key_file)
        clock = SystemClock(config.desk.zone)
        actor = person.proven(config, connection, Right.COMMAND, named=True)
        of = reads.clients_of(connection, [gateway])
        looks.note(connection, actor.account, f"command {name}", of, clock.now().wall_ms)
        order = Order(
            command=CommandName(name),
            gateway=gateway,
            desk=config.desk.id,
            issuer=actor.account,
            key=key_id,
            nonce=secrets.token_hex(16),
        )
        log.configure(level=logging.CRITICAL)  # what goes wrong is said once, below
        found = asyncio.run(ask(config, order, key, clock=clock, ids=RandomIds()))
    data = found.reply.data
    if as_json:
        print_json(msgspec.to_builtins(data) | {"after_ms": found.after_ms})
    else:
        click.echo(f"{plain(gateway)} {name}: {plain(data.verdict)}  +{found.after_ms} ms")
        if data.reason:
            click.echo(plain(data.reason))
        for member, value in data.result.items():
            click.echo(f"  {plain(member):<20} {plain(str(value))}")
    if data.verdict != "done":
        sys.exit(EXIT_REFUSED)


@click.command("command-key", epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--key", "key_id", required=True, callback=utf8, help="A short name for the key.")
@json_option
def command_key(file: Path, key_id: str, *, as_json: bool) -> None:
    """Make a signing key in FILE, and show the lines for the settings of the gateways.

    \b
    Example:
      kotivahti desk command-key /etc/kotivahti/area-07.key --key area-07
    """
    from desk.ordering import write_key  # noqa: PLC0415 - as above

    with exits():
        public = public_of(write_key(file))
    if as_json:
        print_json({"id": key_id, "public_key": public, "file": str(file)})
        return
    names = ", ".join(f'"{one.value}"' for one in CommandName)
    click.echo("[[command_key]]")
    click.echo(f'id = "{plain(key_id)}"')
    click.echo(f'public_key = "{public}"')
    click.echo(f"commands = [{names}]")
