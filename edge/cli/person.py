"""`kotivahti person`: who belongs to the home."""

from __future__ import annotations

from pathlib import Path

import click

from edge.cli.call import call, load
from edge.cli.common import print_json
from edge.cli.device_words import table
from edge.cli.household_words import advise, by_option, listed, named, say, usual, word
from edge.domain import PersonKind


@click.group()
def person() -> None:
    """Who belongs to the home, by a pseudonym: residents, relatives, workers, visitors, pets.

    \b
    Examples:
      kotivahti person add r-1 --kind resident --by installer.one
      kotivahti person add cat --kind pet --by installer.one
      kotivahti person list
    """


@person.command(short_help="Tell that somebody is of this home.")
@click.argument("ident", metavar="ID")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in PersonKind]))
@click.option("--label", help="Words for people; they stay in the home.")
@by_option
@usual
def add(
    ident: str, kind: str, label: str | None, by: str, config_path: Path, as_json: bool, lang: str
) -> None:
    """Tell that ID is of this home from now on, or tell ID anew.

    Use a pseudonym: the name stands in the customer record. Devices are given to a
    person with 'kotivahti device add DEVICE --person ID'.

    \b
    Examples:
      kotivahti person add r-2 --kind resident --label "upstairs" --by installer.one
      kotivahti person add dog --kind pet --by installer.one --json
    """
    args = {"person": ident, "kind": kind, "label": label, "by": by}
    found = call(load(config_path), "person_add", args)
    if as_json:
        print_json(found)
        return
    words = say(lang, f"person.{found['change']}", person=named(found, "person"))
    click.echo(f"{words}: {word(lang, 'person_kind', found['kind'])}")
    advise(found["advice"], lang)


@person.command("list", short_help="Everybody of this home.")
@usual
def list_persons(config_path: Path, as_json: bool, lang: str) -> None:
    """Everybody of this home, where they are, and what is theirs.

    \b
    Examples:
      kotivahti person list --lang fi
      kotivahti person list --json | jq -r '.[] | select(.kind == "resident") | .person'
    """
    rows = call(load(config_path), "person_list")
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo(say(lang, "person.none"))
        return
    head = [say(lang, f"column.{name}") for name in ("person", "kind", "stay", "devices")]
    lines = [
        [
            named(row, "person"),
            word(lang, "person_kind", row["kind"]),
            word(lang, "stay", row["stay"] or "home") if row["kind"] == "resident" else "-",
            listed(row["devices"]),
        ]
        for row in rows
    ]
    for line in table(head, lines):
        click.echo(line)


@person.command(short_help="Tell that somebody is gone.")
@click.argument("ident", metavar="ID")
@by_option
@usual
def leave(ident: str, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Tell that ID is no longer of this home; their devices stay, and are nobody's.

    For a death use 'kotivahti home end --person ID': it also ends what was theirs.

    \b
    Examples:
      kotivahti person leave worker-3 --by installer.one
    """
    found = call(load(config_path), "person_leave", {"person": ident, "by": by})
    if as_json:
        print_json(found)
        return
    click.echo(say(lang, "person.left", person=found["person"]))
    if found["devices"]:
        click.echo(say(lang, "person.nobodys", devices=listed(found["devices"])))
    advise(found["advice"], lang)
