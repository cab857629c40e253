"""`kotivahti desk escalation`: who is asked about the alerts of a home."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from desk import looks, reads, roster
from desk.common import (
    EPILOG,
    config_option,
    desk_of,
    json_option,
    lang_option,
    print_json,
    utf8,
)
from desk.lines import plain
from desk.person import Person, person_options
from desk.rights import Right
from desk.words import word
from edge.clock import SystemClock
from edge.config import read
from edge.errors import ConfigError
from edge.escalation.plan import plan_of
from edge.settings import parse_toml


@click.group(epilog=EPILOG)
def escalation() -> None:
    """Who is asked about a home's alerts until somebody has them. The file is the gateway's.

    \b
    Examples:
      kotivahti desk escalation set gw-0001 plan.toml
      kotivahti desk escalation show gw-0001
    """


@escalation.command("set", epilog=EPILOG)
@click.argument("gateway", callback=utf8)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@person_options
@config_option
@json_option
@lang_option
def escalation_set(
    gateway: str, file: Path, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Put the plan in FILE in force for GATEWAY, or say every fault of it."""
    with desk_of(config_path) as (config, connection):
        by = person.proven(config, connection, Right.REGISTER).account
        plan, faults = plan_of(parse_toml(read(file), str(file)), str(file))
        if plan is None:
            raise ConfigError(faults)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        roster.put_in_force(connection, gateway, plan, by=by, at_ms=now_ms)
        told = roster.history(connection, gateway)
    if as_json:
        print_json({"gateway": gateway, "history": told})
        return
    click.echo(f"{plain(gateway)}: {word('plan_kept', lang)}")


@escalation.command("show", epilog=EPILOG)
@click.argument("gateway", callback=utf8)
@person_options
@config_option
@json_option
@lang_option
def escalation_show(
    gateway: str, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """The plan in force for GATEWAY, by level. The look is written down."""
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.RESIDENTS)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        of = reads.clients_of(connection, [gateway])
        looks.note(connection, actor.account, "plan shown", of, now_ms)
        plan = roster.plan_of(connection, gateway)
        told = roster.history(connection, gateway)
    if as_json:
        shown = None if plan is None else msgspec.to_builtins(plan)
        print_json({"gateway": gateway, "plan": shown, "history": told})
        return
    if plan is None:
        click.echo(f"{plain(gateway)}: {word('plan_none', lang)}")
        return
    for number, level in enumerate(plan.level, 1):
        names = ", ".join(f"{one.id} ({', '.join(one.staffed)})" for one in level.recipient)
        click.echo(plain(f"{word('level', lang)} {number}: {names}"))
