"""`kotivahti stay`: who is elsewhere, and who is home again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load
from edge.cli.common import print_json
from edge.cli.household_words import by_option, listed, minute, moment_ms, say, usual, word

person_option = click.option("--person", metavar="ID", help="One resident; without it everybody.")


@click.group()
def stay() -> None:
    """Where the residents are: away, in hospital, in respite care, home again.

    What is theirs is not followed meanwhile: doses, meals, what they wear. When every
    resident is elsewhere, movement and doors are not either. Smoke, carbon monoxide,
    heat, gas, water, the cooker and the buttons always are.

    \b
    Examples:
      kotivahti stay begin hospital --person r-1 --by nurse.one
      kotivahti stay end --person r-1 --by nurse.one
      kotivahti stay list
    """


@stay.command(short_help="Tell that somebody is elsewhere.")
@click.argument("kind", type=click.Choice(["away", "hospital", "respite"]))
@person_option
@click.option("--from", "begins", metavar="WHEN", help="Without it: now.")
@click.option("--until", metavar="WHEN", help="A day or a moment; it then ends aloud by itself.")
@by_option
@usual
def begin(
    kind: str,
    person: str | None,
    begins: str | None,
    until: str | None,
    by: str,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Tell that a resident, or everybody, is away, in hospital or in respite care.

    WHEN is a day (2026-11-24) or a moment (2026-11-24T18:00), in the home's time.

    \b
    Examples:
      kotivahti stay begin hospital --person r-1 --by nurse.one
      kotivahti stay begin away --until 2026-11-24 --by relative.one
    """
    config = load(config_path)
    args = {
        "kind": kind,
        "person": person,
        "from_ms": moment_ms("--from", begins, config.gateway.zone),
        "until_ms": moment_ms("--until", until, config.gateway.zone, end=True),
        "by": by,
    }
    found = call(config, "stay_begin", args)
    if as_json:
        print_json(found)
        return
    click.echo(_said(found, lang))
    click.echo(say(lang, "stay.paused_home" if found["paused"] else "stay.paused_own"))
    if found["devices"]:
        click.echo(say(lang, "stay.devices", devices=listed(found["devices"])))
    if found["nobodys"]:
        click.echo(f"! {say(lang, 'stay.nobodys', devices=listed(found['nobodys']))}", err=True)


@stay.command(short_help="Tell that somebody is home again.")
@person_option
@by_option
@usual
def end(person: str | None, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Tell that a resident, or everybody, is home again; all is followed again.

    After hospital or respite care an alert for the next visit asks for an assessment.

    \b
    Examples:
      kotivahti stay end --person r-1 --by nurse.one
    """
    found = call(load(config_path), "stay_end", {"person": person, "by": by})
    if as_json:
        print_json(found)
        return
    click.echo(_said(found, lang))
    click.echo(_followed(found, lang))
    if found["assessment_due"]:
        click.echo(say(lang, "stay.assess"))


@stay.command("list", short_help="Who is elsewhere, and who was.")
@usual
def list_stays(config_path: Path, as_json: bool, lang: str) -> None:
    """Where each resident is said to be, and the last stays that were told.

    \b
    Examples:
      kotivahti stay list
      kotivahti stay list --json | jq .paused
    """
    found = call(load(config_path), "stay_list")
    if as_json:
        print_json(found)
        return
    click.echo(_followed(found, lang))
    for row in found["stays"]:
        click.echo(f"  {_said(row, lang)}")
    if found["history"]:
        click.echo(say(lang, "stay.history"))
    for row in found["history"]:
        click.echo(f"  {_said(row, lang)}, {row['by']}")


def _followed(found: dict[str, Any], lang: str) -> str:
    """What is followed now: all, all but what is of those who are elsewhere, or alarms alone."""
    if found["paused"]:
        return say(lang, "stay.paused_home")
    if found.get("elsewhere"):  # not of a gateway that was not restarted
        return say(lang, "stay.followed_but", persons=listed(found["elsewhere"]))
    return say(lang, "stay.followed")


def _said(row: dict[str, Any], lang: str) -> str:
    who = row["person"] or say(lang, "everybody")
    since = say(lang, "stay.since", moment=minute(row["from"]))
    until = "" if row["until"] is None else f", {say(lang, 'until', moment=minute(row['until']))}"
    return f"{who}: {word(lang, 'stay', row['stay'])}, {since}{until}"
