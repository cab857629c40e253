"""`kotivahti profile`: the recovery code, and what a spare box would find in the profile."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load, told
from edge.cli.common import (
    EXIT_STATE,
    EXIT_USAGE,
    asked_lang,
    config_option,
    json_option,
    lang_option,
    print_json,
    refuse,
    sure,
)
from edge.locale import render
from edge.locale.refusing import said
from edge.profile import SEALED_MAX_BYTES, ProfileError, header_of


def say(lang: str, key: str, **params: Any) -> str:
    """The words of `profile.<key>`."""
    return render(lang, f"profile.{key}", params)


@click.group()
def profile() -> None:
    """The home's profile: what a spare box needs to be this home, sealed for a code on paper.

    \b
    Examples:
      kotivahti profile key --by anna
      kotivahti profile show
      kotivahti profile export home.profile
    """


@profile.command("key")
@click.option("--by", required=True, help="Who makes it and hands the paper over.")
@click.option("--renew", is_flag=True, help="Make another; profiles from then on need the new one.")
@config_option
@json_option
@lang_option
def key(by: str, renew: bool, config_path: Path, as_json: bool, lang: str) -> None:
    """Make the recovery code: shown once, stored nowhere.

    Write it on the paper that stays in the customer's folder. Without it nobody
    can open a profile, the service neither.

    \b
    Examples:
      kotivahti profile key --by anna
      kotivahti profile key --by anna --renew
    """
    config = load(config_path)
    if not renew and not as_json and call(config, "profile_status")["key"] is not None:
        if not sure(lang, say(lang, "renew")):
            raise click.Abort
        renew = True
    found = call(config, "profile_key_make", {"by": by, "renew": renew})
    if as_json:
        print_json(found)
        return
    click.echo(say(lang, "once"), err=True)
    click.echo(found["code"])
    click.echo(say(lang, "paper"), err=True)


@profile.command("show")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@config_option
@json_option
@lang_option
def show(file: Path | None, config_path: Path, as_json: bool, lang: str) -> None:
    """What is in the profile now and what was sent; of a FILE what anybody can read of it.

    \b
    Examples:
      kotivahti profile show
      kotivahti profile show home.profile
    """
    if file is not None:
        with told():
            header = header_of(read_profile(file))
        made = datetime.fromtimestamp(header.made_ms / 1000, UTC).isoformat(timespec="seconds")
        row = {"gateway": header.gateway, "number": header.number, "message": header.message}
        if as_json:
            print_json(row | {"made": made, "store_id": header.store_id})
            return
        click.echo(say(lang, "file", made=made, **row))
        return
    found = call(load(config_path), "profile_status")
    if as_json:
        print_json(found)
        return
    made = found["key"]
    click.echo(say(lang, "no_key") if made is None else say(lang, "key", **made))
    if found["sent"] is not None:
        current = say(lang, "current" if found["sent"]["current"] else "behind")
        sent = {name: found["sent"][name] for name in ("number", "at")}
        click.echo(say(lang, "sent", **sent) + f" ({current})")
    if found["trouble"]:
        click.echo(found["trouble"], err=True)
    for line in holds_lines(found["holds"], lang):
        click.echo("  " + line)


@profile.command("send")
@config_option
@json_option
@lang_option
def send(config_path: Path, as_json: bool, lang: str) -> None:
    """Send the profile now, without waiting for its time; needs a running gateway.

    \b
    Example:
      kotivahti profile send
    """
    found = call(load(config_path), "profile_send")
    if as_json:
        print_json(found)
        return
    click.echo(say(lang, "queued", number=found["number"]))


@profile.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
@json_option
@lang_option
def export(file: Path, config_path: Path, as_json: bool, lang: str) -> None:
    """Write the sealed profile to FILE. It says nothing to whoever has no recovery code.

    \b
    Example:
      kotivahti profile export /media/usb/home.profile
    """
    from edge.app.provisioning.resettling import replace_file  # noqa: PLC0415 - for this command alone

    sealed = base64.b64decode(call(load(config_path), "profile_seal")["sealed"])
    try:
        replace_file(file, sealed)
    except OSError as error:
        refuse("unwritable", EXIT_STATE, file=str(file), why=error.strerror or str(error))
    if as_json:
        print_json({"file": str(file), "bytes": len(sealed)})
        return
    click.echo(say(lang, "exported", file=str(file), bytes=len(sealed)))


def read_profile(file: Path) -> bytes:
    """The sealed bytes of a file; out with 2 when it cannot be read. Raises ProfileError."""
    try:
        with file.open("rb") as opened:
            sealed = opened.read(SEALED_MAX_BYTES + 1)
    except OSError as error:
        refuse("unreadable", EXIT_USAGE, file=str(file), why=error.strerror or str(error))
    try:
        header_of(sealed)
    except ProfileError as error:
        refuse("in_file", EXIT_USAGE, file=str(file), why=said(error, asked_lang()))
    return sealed


def holds_lines(holds: dict[str, Any], lang: str) -> list[str]:
    """What is in a profile, one thing a line; what there is none of is left out."""
    lines = [
        say(lang, f"holds.{name}", n=holds[name])
        for name in ("devices", "counters", "persons", "rooms", "decisions", "answers", "visits")
        if holds[name]
    ]
    whole = ("fit", "escalation", "certificate")
    lines += [say(lang, f"holds.{name}") for name in whole if holds[name]]
    return lines
