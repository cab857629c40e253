"""`kotivahti desk notify home`, `access` and `key`: the building, and how to get in."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from desk import customers, home_facts, looks
from desk.common import (
    EPILOG,
    EXIT_USAGE,
    config_option,
    desk_of,
    exits,
    json_option,
    lang_option,
    print_json,
    refuse,
    say,
    utf8,
)
from desk.lines import plain
from desk.notify_cli import notify
from desk.person import Person, person_options
from desk.rights import Right
from desk.sealing import make_key, read_key
from edge.clock import SystemClock
from edge.config import read
from edge.domain.rescue import Rescue
from edge.errors import ConfigError
from edge.notification.bounds import no_identity_code
from edge.settings import check, parse_toml

_ACCESS_BYTES_MAX = 1_024


@notify.command("home", epilog=EPILOG)
@click.argument("customer", callback=utf8)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@person_options
@config_option
@json_option
@lang_option
def notify_home(
    customer: str, file: Path | None, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Tell what a crew needs of CUSTOMER's home by a TOML FILE, or show what was told.

    The keys are those of [rescue] in the gateway's settings, at the top of the file.

    \b
    Example:
      kotivahti desk notify home c-0188 home.toml --as anna
    """
    with desk_of(config_path) as (config, connection):
        telling = file is not None
        actor = person.proven(config, connection, Right.NOTICES, named=telling)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        customers.of(connection, customer)
        looks.note(
            connection, actor.account, "rescue facts " + ("told" if telling else "shown"),
            [customer], at_ms,
        )  # fmt: skip
        if file is not None:
            told, faults = check(Rescue, parse_toml(read(file), str(file)), str(file))
            if told is None or faults:
                raise ConfigError(faults)
            for name, value in home_facts.named(told):
                no_identity_code(name, str(value))
            home_facts.tell(connection, customer, told, actor, at_ms)
        facts = home_facts.facts_of(connection, customer)
        has_access = home_facts.has_access(connection, customer)
    if as_json:
        told_ = msgspec.to_builtins(facts)
        print_json({"customer": customer, "facts": told_, "access": has_access})
        return
    for name, value in home_facts.named(facts):
        click.echo(plain(f"{name}: {value}"))
    click.echo(say(lang, "access_sealed" if has_access else "access_none"))


@notify.command("access", epilog=EPILOG)
@click.argument("customer", callback=utf8)
@person_options
@config_option
@json_option
@lang_option
def notify_access(
    customer: str, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Keep CUSTOMER's door code, read from standard input, sealed. Shown after a release alone.

    \b
    Example:
      kotivahti desk notify access c-0188 --as anna < code.txt
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES, named=True)
        key = read_key(config.notify.key_file)
        if sys.stdin.isatty():
            text = click.prompt(say(lang, "door_code"), hide_input=True)
        else:
            text = sys.stdin.read(_ACCESS_BYTES_MAX)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        customers.of(connection, customer)
        looks.note(connection, actor.account, "door code told", [customer], at_ms)
        home_facts.tell_access(connection, customer, text, key, actor, at_ms)
    if as_json:
        print_json({"customer": customer, "access": True})
        return
    click.echo(say(lang, "access_kept", customer=customer))


@notify.command("key", epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@lang_option
def notify_key(file: Path, lang: str, *, as_json: bool) -> None:  # noqa: ARG001 - of refusals
    """Make the key that seals door codes in FILE; name it in [notify] key_file, and back it up.

    \b
    Example:
      kotivahti desk notify key /etc/kotivahti/notify.key
    """
    if file.exists():
        refuse("door_key_there", EXIT_USAGE, file=str(file))
    with exits():
        make_key(file)
    if as_json:
        print_json({"file": str(file)})
        return
    click.echo(f'[notify]\nkey_file = "{file}"')
