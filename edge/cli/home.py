"""`kotivahti home`: one screen of the home, its move, and its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load
from edge.cli.common import print_json
from edge.cli.device_words import role as role_words
from edge.cli.household_words import (
    advise,
    by_option,
    confirmed,
    listed,
    minute,
    named,
    say,
    usual,
    word,
)
from edge.cli.task_words import task_line
from edge.domain import Tenure
from edge.locale import render


@click.group()
def home() -> None:
    """The home as a whole.

    \b
    Examples:
      kotivahti home show
      kotivahti home tenure apartment --by anna
      kotivahti home move --by installer.one
      kotivahti home end --by coordinator.one
    """


@home.command(short_help="One screen: persons, rooms, decisions, devices.")
@usual
def show(config_path: Path, as_json: bool, lang: str) -> None:
    """One screen of the home: customer, persons, stays, decisions, devices by room.

    \b
    Examples:
      kotivahti home show --lang fi
      kotivahti home show --json | jq .persons
    """
    found = call(load(config_path), "home_show")
    if as_json:
        print_json(found)
        return
    for line in _shown(found, lang):
        click.echo(line)
    advise(found["advice"], lang)


def _shown(found: dict[str, Any], lang: str) -> list[str]:
    lines = [say(lang, "home.whose", site=found["site"], customer=found["customer"])]
    if found["ended"]:
        lines.append(say(lang, "home.ended"))
    elif found["paused"]:
        lines.append(say(lang, "stay.paused_home"))
    lines.append(render(lang, "work.tenure", {"tenure": found["tenure"]}))
    lines.append(say(lang, "home.persons"))
    for row in found["persons"]:
        lives_here = row["kind"] == "resident"
        where = f", {word(lang, 'stay', row['stay'] or 'home')}" if lives_here else ""
        kind = word(lang, "person_kind", row["kind"])
        lines.append(f"  {named(row, 'person')}: {kind}{where}")
    if not found["persons"]:
        lines.append(f"  {say(lang, 'person.none')}")
    lines.append(say(lang, "home.rooms"))
    for place in found["rooms"]:
        if place["room"] is None and not place["devices"]:
            continue
        lines.append("  " + _place(place, lang))
    lines.append(say(lang, "home.decisions"))
    for row in found["decisions"]:
        state = say(lang, f"decision.{row['state']}")
        until = f", {say(lang, 'until', moment=row['review_by'])}" if "review_by" in row else ""
        lines.append(f"  {word(lang, 'question', row['question'])}: {state}{until}")
    if found["visits"]:
        first = found["visits"][0]
        when = f"{minute(first['from'])} {first['role']}"
        lines.append(say(lang, "home.visit", visit=when, count=len(found["visits"])))
    return lines


def _place(place: dict[str, Any], lang: str) -> str:
    name = say(lang, "home.nowhere") if place["room"] is None else named(place, "room")
    if place["outer"]:
        name += f" [{say(lang, 'room.outside')}]"
    if place["room"] is not None and not place["told"]:
        name += f" ({say(lang, 'home.not_told')})"
    devices = [
        f"{one['device']} ({role_words(lang, one['role'])}"
        + (f", {one['person']})" if one["person"] else ")")
        for one in place["devices"]
    ]
    return f"{name}: {listed(devices)}"


@home.command(short_help="How the dwelling is held.")
@click.argument("held", metavar="TENURE", type=click.Choice([one.value for one in Tenure]))
@by_option
@usual
def tenure(held: str, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Tell how the dwelling is held: apartment, rented, own_house, or fallback for not known.

    It says who answers for open hazards: of smoke alarms the building's owner since 1.1.2026, in
    an own house its owner.

    \b
    Examples:
      kotivahti home tenure apartment --by anna
      kotivahti home tenure own_house --by anna --lang fi
    """
    found = call(load(config_path), "home_tenure", {"tenure": held, "by": by})
    if as_json:
        print_json(found)
        return
    click.echo(render(lang, "work.tenure", {"tenure": found["tenure"]}))
    for row in found["tasks"]:
        click.echo(task_line(row, lang))


@home.command(short_help="The resident moves to another dwelling.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@by_option
@usual
def move(yes: bool, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """The persons move to another dwelling with their devices.

    Rooms, the place of every device, the fit of the room locator and the decisions on
    location and night doors lapse. Persons, what they wear and all history stay.

    \b
    Examples:
      kotivahti home move --by installer.one
      kotivahti home move --yes --by installer.one --json
    """
    config = load(config_path)
    confirmed(lang, say(lang, "move.ask"), yes=yes)
    found = call(config, "home_move", {"by": by})
    if as_json:
        print_json(found)
        return
    click.echo(say(lang, "move.done", rooms=listed(found["rooms"])))
    anew = [say(lang, "move.plan"), say(lang, "move.devices", devices=listed(found["unplaced"]))]
    anew += [
        say(lang, "move.decision", question=word(lang, "question", name))
        for name in found["decisions"]
    ]
    if found["locator_fits"]:
        anew.append(say(lang, "move.walk"))
    anew += [say(lang, "move.claim"), say(lang, "move.checklist")]
    click.echo(say(lang, "move.anew"))
    for line in anew:
        click.echo(f"  - {line}")
    if found["settings"]:
        click.echo(f"! {say(lang, 'move.settings', devices=listed(found['settings']))}", err=True)


@home.command(short_help="The residence has ended.")
@click.option("--person", metavar="ID", help="One resident; without it everybody.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@by_option
@usual
def end(
    person: str | None, yes: bool, by: str, config_path: Path, as_json: bool, lang: str
) -> None:
    """The residence of a person, or of everybody, has ended.

    Movement, doses, meals and the silence of what they wore are no longer followed.
    Smoke, carbon monoxide, heat, gas, water and buttons are heard until the devices are
    removed. Every alert from then on is marked as not for relatives. A mistake is
    taken back with 'kotivahti stay end'.

    \b
    Examples:
      kotivahti home end --person r-1 --by coordinator.one
      kotivahti home end --yes --by coordinator.one --json
    """
    config = load(config_path)
    confirmed(lang, say(lang, "end.ask", resident=person), yes=yes)
    found = call(config, "home_end", {"person": person, "by": by})
    if as_json:
        print_json(found)
        return
    whose = "" if found["ended"] else "_one"
    click.echo(say(lang, f"end.done{whose}", resident=found["person"]))
    click.echo(say(lang, "end.heard", devices=listed(found["still_heard"])))
    click.echo(say(lang, f"end.relatives{whose}", resident=found["person"]))
    if found["open_alerts"]:
        codes = listed(sorted({row["code"] for row in found["open_alerts"]}))
        click.echo(say(lang, "end.open", alerts=codes))
    if found["ended"]:
        click.echo(say(lang, "end.next"))
