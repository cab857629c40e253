"""`kotivahti desk account`, `login` and `logout`: who named persons are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from desk import accounts, person, rights, sessions
from desk.common import (
    EPILOG,
    EXIT_USAGE,
    config_option,
    desk_of,
    json_option,
    lang_option,
    operator,
    password_option,
    print_json,
    read_password,
    refuse,
    say,
    utf8,
)
from desk.rights import ROLES
from edge.clock import SystemClock
from edge.domain import Scalar

_IDLE_MIN = sessions.IDLE_MS // 60_000
_WHOLE_H = sessions.WHOLE_MS // 3_600_000
_HOW_LONG = f"{_IDLE_MIN} min idle, {_WHOLE_H} h in all"


@click.group(epilog=EPILOG)
def account() -> None:
    """Personal accounts. Who may write to the desk's database may make them.

    \b
    Examples:
      kotivahti desk account add anna --role nurse
      kotivahti desk account password anna
      kotivahti desk account end anna
    """


@account.command("add", epilog=EPILOG)
@click.argument("name", callback=utf8)
@click.option("--role", required=True, type=click.Choice(tuple(ROLES)), help="What they are.")
@password_option
@config_option
@json_option
@lang_option
def account_add(
    name: str, role: str, password_file: Path | None, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Make an account for one named person."""
    with desk_of(config_path) as (config, connection):
        password = read_password(password_file, confirm=True)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        accounts.add(connection, name, role, password, by=operator(), at_ms=now_ms)
    _say(as_json, {"name": name, "role": role}, lang, "account_made", name=name, role=role)


@account.command("list", epilog=EPILOG)
@config_option
@json_option
@lang_option
def account_list(config_path: Path, lang: str, *, as_json: bool) -> None:
    """Every account, its role, and whether it has ended."""
    with desk_of(config_path) as (_, connection):
        rows = accounts.listed(connection)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        role = rights.said(str(row["role"]), lang)
        ended = "" if row["ended_ms"] is None else "  " + say(lang, "account_ended_mark")
        click.echo(f"{row['name']}  {role}{ended}")


@account.command("password", epilog=EPILOG)
@click.argument("name", callback=utf8)
@password_option
@click.option(
    "--new-password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the new password from this file; otherwise from the terminal.",
)
@config_option
@json_option
@lang_option
def account_password(
    name: str,
    password_file: Path | None,
    new_password_file: Path | None,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Change your password: the one you have, then the new one. Every log-in of yours ends."""
    with desk_of(config_path) as (config, connection):
        clock = SystemClock(config.desk.zone)
        old = read_password(password_file)
        now_ms = clock.now().wall_ms
        actor = accounts.authenticate(connection, name, old, at_ms=now_ms)
        new = read_password(new_password_file, confirm=True, new=True)
        now_ms = clock.now().wall_ms
        accounts.change_password(connection, actor.account, new, by=actor.account, at_ms=now_ms)
    _say(as_json, {"name": name}, lang, "password_changed", name=name)


@account.command("reset", epilog=EPILOG)
@click.argument("name", callback=utf8)
@password_option
@config_option
@json_option
@lang_option
def account_reset(
    name: str, password_file: Path | None, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Give NAME, who forgot theirs, a new password, and end a lock-out. Who did it is kept."""
    with desk_of(config_path) as (config, connection):
        password = read_password(password_file, confirm=True)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        accounts.change_password(connection, name, password, by=operator(), at_ms=now_ms)
    _say(as_json, {"name": name}, lang, "password_reset", name=name)


@account.command("role", epilog=EPILOG)
@click.argument("name", callback=utf8)
@click.argument("role", type=click.Choice(tuple(ROLES)))
@config_option
@json_option
@lang_option
def account_role(name: str, role: str, config_path: Path, lang: str, *, as_json: bool) -> None:
    """Give NAME another role from now on. What was decided keeps the role of its day."""
    with desk_of(config_path) as (config, connection):
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        accounts.change_role(connection, name, role, by=operator(), at_ms=now_ms)
    _say(as_json, {"name": name, "role": role}, lang, "account_role", name=name, role=role)


@account.command("end", epilog=EPILOG)
@click.argument("name", callback=utf8)
@config_option
@json_option
@lang_option
def account_end(name: str, config_path: Path, lang: str, *, as_json: bool) -> None:
    """Let nobody log in as NAME any more. The name stays taken, and stands where it decided."""
    with desk_of(config_path) as (config, connection):
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        accounts.end(connection, name, by=operator(), at_ms=now_ms)
    _say(as_json, {"name": name, "ended_ms": now_ms}, lang, "account_ended", name=name)


@click.command(epilog=EPILOG, help=f"Log in as ACCOUNT on this machine: {_HOW_LONG}.")
@click.option(
    "--as", "name", required=True, metavar="ACCOUNT", callback=utf8, help="Your own account."
)
@password_option
@config_option
@json_option
@lang_option
def login(
    name: str, password_file: Path | None, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Prove once who you are; later commands of this user need no password."""
    with desk_of(config_path) as (config, connection):
        clock = SystemClock(config.desk.zone)
        password = read_password(password_file)
        actor = accounts.authenticate(connection, name, password, at_ms=clock.now().wall_ms)
        before = person.leave()
        if before is not None:
            sessions.end(connection, before)
        path = person.keep(sessions.begin(connection, actor, clock.now().wall_ms))
    told = {"account": actor.account, "role": actor.role, "file": str(path)}
    _say(
        as_json, told, lang, "logged_in",
        name=actor.account, role=actor.role, idle=_IDLE_MIN, whole=_WHOLE_H,
    )  # fmt: skip


@click.command(epilog=EPILOG)
@config_option
@json_option
@lang_option
def logout(config_path: Path, lang: str, *, as_json: bool) -> None:
    """End the log-in of this user on this machine."""
    with desk_of(config_path) as (_, connection):
        token = person.leave()
        if token is None:
            refuse("nobody_logged_in", EXIT_USAGE)
        sessions.end(connection, token)
    _say(as_json, {"logged_in": False}, lang, "logged_out")


def _say(
    as_json: bool, told: Mapping[str, object], lang: str, key: str, /, **params: Scalar
) -> None:
    if as_json:
        print_json(told)
        return
    click.echo(say(lang, key, **params))
