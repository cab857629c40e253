"""`kotivahti desk life withdraw`, `export`, `erase` and `close`: what becomes of what was told."""

from __future__ import annotations

import json
from pathlib import Path

import click

from desk.common import (
    EPILOG,
    EXIT_REFUSED,
    EXIT_USAGE,
    config_option,
    json_option,
    lang_option,
    owner_only,
    print_json,
    refuse,
    utf8,
)
from desk.life import closing, record, rounds
from desk.life.options import form_names, id_argument, theme_names, working
from desk.life.words import say
from desk.person import Person, person_options, why_option


@click.command(epilog=EPILOG)
@click.argument("key", type=click.IntRange(min=1), metavar="ROUND")
@click.option("--why", required=True, callback=utf8, help="What was wrong with it.")
@person_options
@config_option
@json_option
@lang_option
def withdraw(
    key: int, why: str, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Take back ROUND, written down wrongly: its numbers go, and who took it back is kept.

    \b
    Example:
      kotivahti desk life withdraw 4 --why "another customer's answers" --as anna
    """
    with working(config_path, person, named=True) as at:
        customer = rounds.withdraw(at.connection, key, why, at.actor, at.at_ms)
    if as_json:
        print_json({"customer": customer, "round": key})
        return
    click.echo(f"{customer}: {say('withdrawn', lang)}: {key}")


@click.command(epilog=EPILOG)
@id_argument
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@why_option
@person_options
@config_option
@json_option
@lang_option
def export(
    id_: str, file: Path, why: str, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Write all that stands here of CUSTOMER's life to FILE (.json): what a customer gets who asks.

    \b
    Example:
      kotivahti desk life export c-0188 c-0188-life.json --why "asked on 3 March" --as anna
    """
    with working(config_path, person, id_, named=True) as at:
        at.look("life exported", [id_], why=why)
        found = record.of(at.connection, id_, at.today, at.config.desk.zone)
    found["names"] = {"themes": theme_names(lang), "forms": form_names(lang)}
    write_new(file, json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    if as_json:
        print_json({"customer": id_, "file": str(file)})
        return
    click.echo(f"{id_}: {file}")


@click.command(epilog=EPILOG)
@id_argument
@person_options
@config_option
@json_option
@lang_option
def erase(id_: str, person: Person, config_path: Path, lang: str, *, as_json: bool) -> None:
    """Erase every round of CUSTOMER, who asked for it. Plan and segment stay: client record.

    A request that a claimed home sends does the same by itself.
    """
    with working(config_path, person, id_, named=True) as at:
        count = rounds.erase(at.connection, id_, at.actor, at.at_ms)
    if as_json:
        print_json({"customer": id_, "erased": count})
        return
    click.echo(f"{id_}: {say('erased', lang)}: {count}")


@click.command(epilog=EPILOG)
@id_argument
@click.option("--why", required=True, callback=utf8, help="Why, in a line.")
@person_options
@config_option
@json_option
@lang_option
def close(
    id_: str, why: str, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """The service to CUSTOMER has ended: nothing told until now is due any more, and all is kept.

    Open items are dropped with the reason, the case manager ends. What is told later begins anew.

    \b
    Example:
      kotivahti desk life close c-0188 --why "muutti hoivakotiin" --as anna
    """
    with working(config_path, person, id_, named=True) as at:
        count = closing.close(at.connection, id_, why, at.actor, at.at_ms)
    if as_json:
        print_json({"customer": id_, "items_dropped": count})
        return
    click.echo(f"{id_}: {say('closed', lang)}")


def write_new(file: Path, text: str) -> None:
    """A new file, readable by its owner alone: it says how somebody's life is."""
    try:
        with open(file, "x", encoding="utf-8", opener=owner_only) as out:
            out.write(text)
    except FileExistsError:
        refuse("there_already", EXIT_USAGE, file=str(file))
    except OSError as error:
        refuse("unwritable", EXIT_REFUSED, file=str(file), why=error.strerror)
