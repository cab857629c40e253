"""`kotivahti desk customer`, `claim-code` and `profile`: whose boxes these are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from desk import claim_codes, customers, dwellings, looks, profiles
from desk.common import (
    EPILOG,
    EXIT_REFUSED,
    EXIT_USAGE,
    config_option,
    desk_of,
    json_option,
    lang_option,
    owner_only,
    print_json,
    refuse,
    say,
    utf8,
)
from desk.lines import plain
from desk.person import Person, person_options, utf8_or_none, why_option
from desk.rights import Right
from desk.silence import Escape
from desk.words import word
from edge.clock import SystemClock
from edge.uplink.envelope import shown_code


@click.group(epilog=EPILOG)
def customer() -> None:
    """The customers' register. Name and address stand here and in the customer's own home.

    \b
    Examples:
      kotivahti desk customer add c-0188 --name "Aino Mallikas" --address "Mallikatu 5 A 12, Espoo"
      kotivahti desk customer home c-0188 --area tapiola-2 --escape no --as anna
      kotivahti desk claim-code c-0188 --as anna
    """


@customer.command("add", epilog=EPILOG)
@click.argument("id_", metavar="ID", callback=utf8)
@click.option("--name", required=True, callback=utf8, help="The customer's name.")
@click.option("--address", required=True, callback=utf8, help="The home's address, on one line.")
@person_options
@config_option
@json_option
@lang_option
def customer_add(
    id_: str,
    name: str,
    address: str,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Enter a customer. ID is the `customer` of the gateway's settings."""
    with desk_of(config_path) as (config, connection):
        by = person.proven(config, connection, Right.REGISTER).account
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        customers.add(connection, id_, name, address, by=by, at_ms=now_ms)
    if as_json:
        print_json({"id": id_})
        return
    click.echo(f"{id_}: {word('customer_entered', lang)}: kotivahti desk claim-code {id_} --as ...")


@customer.command("change", epilog=EPILOG)
@click.argument("id_", metavar="ID", callback=utf8)
@click.option("--name", callback=utf8_or_none, help="The customer's name.")
@click.option("--address", callback=utf8_or_none, help="The home's address, on one line.")
@person_options
@config_option
@json_option
@lang_option
def customer_change(
    id_: str,
    name: str | None,
    address: str | None,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Correct name or address. A home keeps what it confirmed until it is claimed again."""
    with desk_of(config_path) as (config, connection):
        by = person.proven(config, connection, Right.REGISTER).account
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        customers.change(connection, id_, name=name, address=address, by=by, at_ms=now_ms)
    if as_json:
        print_json({"id": id_})
        return
    click.echo(f"{id_}: {word('customer_changed', lang)}")


@customer.command("list", epilog=EPILOG)
@person_options
@config_option
@json_option
@lang_option
def customer_list(person: Person, config_path: Path, lang: str, *, as_json: bool) -> None:
    """Every customer. The look is written down."""
    with desk_of(config_path) as (config, connection):
        by = person.proven(config, connection, Right.REGISTER).account
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        rows = customers.listed(connection, by=by, at_ms=now_ms)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(plain(f"{row['id']}  {row['name']}  {row['address']}"))
    if not rows:
        click.echo(f"{word('customer_none', lang)}: kotivahti desk customer add --help")


@customer.command("show", epilog=EPILOG)
@click.argument("id_", metavar="ID", callback=utf8)
@why_option
@person_options
@config_option
@json_option
@lang_option
def customer_show(
    id_: str, why: str, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """One customer, with the codes issued and the boxes claimed. The look is written down."""
    with desk_of(config_path) as (config, connection):
        by = person.proven(config, connection, Right.REGISTER).account
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        row = customers.seen(connection, id_, by=by, at_ms=now_ms, why=why)
    if as_json:
        print_json(row)
        return
    click.echo(plain(f"{row['id']}  {row['name']}"))
    click.echo(plain(f"  {row['address']}"))
    for code in row["codes"]:
        used = word("code_unused", lang)
        if code["used_ms"] is not None:
            used = f"{word('code_used_by', lang)} {code['used_by']}"
        until = f"{word('valid_until', lang)} {_when(code['expires_ms'], config.desk.zone)}"
        click.echo(plain(f"  {word('code_of', lang)} {code['issued_by']}, {used}, {until}"))
    for claim in row["claims"]:
        state = f"{word(claim['kind'], lang)}: {word(claim['state'], lang)}"
        click.echo(plain(f"  {claim['gateway']}  {state}"))
        if claim["typed_address"]:
            click.echo(plain(f"    {word('typed_there', lang)}: {claim['typed_address']}"))


@click.command("claim-code", epilog=EPILOG)
@click.argument("id_", metavar="CUSTOMER", callback=utf8)
@click.option(
    "--replaces",
    metavar="GATEWAY",
    callback=utf8_or_none,
    help="The box that uses the code takes over from this gateway.",
)
@person_options
@config_option
@json_option
@lang_option
def claim_code(
    id_: str,
    replaces: str | None,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Issue a one-time code by which an installer claims a box for CUSTOMER.

    It is shown once and valid for 14 days. Give it to the installer in person or by telephone.

    \b
    Examples:
      kotivahti desk claim-code c-0188 --as anna
      kotivahti desk claim-code c-0188 --as anna --replaces gw-0001
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.REGISTER, named=True)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        code = claim_codes.issue(connection, id_, actor, replaces=replaces, at_ms=now_ms)
        until_ms = now_ms + claim_codes.VALID_MS
    if as_json:
        print_json({"customer": id_, "code": shown_code(code), "expires_ms": until_ms})
        return
    click.echo(shown_code(code))
    until = _when(until_ms, config.desk.zone)
    click.echo(f"{id_}: {word('code_once', lang)} {until}", err=True)


@customer.command("home", epilog=EPILOG)
@click.argument("id_", metavar="ID", callback=utf8)
@click.option("--area", callback=utf8_or_none, help="What fails together, such as tapiola-2.")
@click.option(
    "--escape",
    type=click.Choice([one.value for one in Escape]),
    help="Gets out of the home alone: in 2 or 3 minutes, maybe, not without help.",
)
@person_options
@config_option
@json_option
@lang_option
def customer_home(
    id_: str,
    area: str | None,
    escape: str | None,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Tell the area of a customer's home and whether the resident gets out; or show them.

    When many homes cannot be seen, who does not get out is asked after first.

    \b
    Example:
      kotivahti desk customer home c-0188 --area tapiola-2 --escape no --as anna
    """
    telling = area is not None or escape is not None
    if area is not None and not dwellings.is_area(area):
        refuse("area_form", EXIT_USAGE)
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.REGISTER, named=telling)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        what = "home told" if telling else "home shown"
        customers.of(connection, id_)
        looks.note(connection, actor.account, what, [id_], now_ms)
        if telling:
            told_escape = None if escape is None else Escape(escape)
            dwellings.tell(connection, id_, actor, area=area, escape=told_escape, at_ms=now_ms)
        told = dwellings.of(connection, id_)
    gets_out = "untold" if told.escape is None else told.escape.value
    if as_json:
        print_json({"id": id_, "area": told.area or None, "escape": told.escape})
        return
    where = plain(told.area) or word("area_untold", lang)
    click.echo(f"{id_}  {where}  {word('escape', lang)}: {word('escape_' + gets_out, lang)}")


@click.group(epilog=EPILOG)
def profile() -> None:
    """Sealed profiles of homes. The desk cannot read them: who has the recovery code can.

    \b
    Examples:
      kotivahti desk profile list gw-0001
      kotivahti desk profile export gw-0001 /media/usb/gw-0001.profile
    """


@profile.command("list", epilog=EPILOG)
@click.argument("gateway", callback=utf8)
@person_options
@config_option
@json_option
@lang_option
def profile_list(
    gateway: str, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """The profiles of GATEWAY that are here, the newest first; at most three are kept."""
    with desk_of(config_path) as (config, connection):
        by = person.proven(config, connection, Right.REGISTER).account
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        rows = profiles.listed(connection, gateway, by=by, at_ms=now_ms)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        when = _when(row["complete_ms"], config.desk.zone)
        facts = {name: row[name] for name in ("number", "size")}
        click.echo(plain(say(lang, "profile_row", **facts, when=when, digest=row["digest"][:16])))
    if not rows:
        click.echo(say(lang, "profile_none", gateway=plain(gateway)))


@profile.command("export", epilog=EPILOG)
@click.argument("gateway", callback=utf8)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--number", type=click.IntRange(min=1), help="Which one; the newest otherwise.")
@person_options
@config_option
@json_option
@lang_option
def profile_export(
    gateway: str,
    file: Path,
    number: int | None,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Write a profile of GATEWAY to FILE, sealed as it came, for a box without a line."""
    with desk_of(config_path) as (config, connection):
        by = person.proven(config, connection, Right.REGISTER).account
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        found = profiles.exported(connection, gateway, number, by=by, at_ms=now_ms)
    if found is None:
        name = plain(gateway)
        if number is None:
            refuse("no_profile_here", EXIT_REFUSED, gateway=name)
        refuse("no_profile_number", EXIT_REFUSED, gateway=name, number=number)
    kept, sealed = found
    try:
        with open(file, "xb", opener=owner_only) as out:
            out.write(sealed)
    except FileExistsError:
        refuse("there_already", EXIT_USAGE, file=str(file))
    except OSError as error:
        refuse("unwritable", EXIT_REFUSED, file=str(file), why=error.strerror)
    if as_json:
        print_json({"gateway": gateway, "number": kept, "size": len(sealed), "file": str(file)})
        return
    name = plain(gateway)
    size = len(sealed)
    click.echo(say(lang, "profile_written", number=kept, gateway=name, size=size, file=str(file)))


def _when(at_ms: int, zone: str) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
