"""`kotivahti desk show`: one alert, explained: what it is, what it stands on, what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from desk import lists, looks, reads
from desk.common import (
    EPILOG,
    config_option,
    desk_of,
    json_option,
    lang_option,
    print_json,
    utf8,
)
from desk.decisions import find
from desk.lines import Lines, plain
from desk.person import Person, person_options, why_option
from desk.rights import INSTALLATION_CODES, Right, demand
from desk.words import title, word
from edge.clock import SystemClock
from edge.locale import catalogue, number, render

# The longest advice of a catalogue with three reasons of a list in it, and room for a translator.
ADVICE_CHARS_MAX = 600
SECOND_MS = 1_000
MINUTE_MS = 60_000


@click.command(epilog=EPILOG)
@click.argument("alert", callback=utf8)
@why_option
@person_options
@config_option
@json_option
@lang_option
def show(
    alert: str, why: str, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Explain ALERT: what it says, what it stands on, what to do, what was decided.

    \b
    Example:
      kotivahti desk show 01a1ffd9-6a76 --lang fi
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.RESIDENTS, Right.INSTALLATIONS)
        row = find(connection, alert)
        if row["code"] not in INSTALLATION_CODES:
            demand(actor.role, Right.RESIDENTS)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        looks.note(connection, actor.account, "alert shown", [row["client"]], now_ms, why=why)
        found: dict[str, Any] = reads.seen_by(actor.role, reads.alert(connection, row))
    if as_json:
        print_json(found)
        return
    click.echo(plain(title(found["title"], lang, found["code"])))
    held = found["holder"] or word("nobody", lang)
    facts = (word(found["standing"], lang), word(found["priority"], lang), held, found.get("site"))
    click.echo("  " + ", ".join(plain(str(fact)) for fact in facts if fact))
    click.echo("  " + Lines(lang, config.desk.zone).raised(found))
    params = found["params"] | {"room": found["room"]}
    more = lists.reasons(params, lang)
    for part in ("body", "action"):
        text = render(lang, f"alert.{found['code']}.{part}", params, more)
        click.echo("  " + plain(text, ADVICE_CHARS_MAX))
    if "last_room" in params:
        click.echo("  " + plain(_located(params, lang)))
    for flag in found["flags"]:
        click.echo("  ! " + plain(render(lang, f"flag.{flag}", {})))
    for fact in found.get("evidence", ()):
        click.echo("  - " + _fact(fact, lang))
    if found.get("asked"):
        asked = f"{word('asked', lang)} {', '.join(found['asked'])}"
        click.echo("  " + plain(f"{word('level', lang)} {found['level']}, {asked}"))
    for one in found["decisions"]:
        outcome = f" ({render(lang, 'outcome.' + one['outcome'], {})})" if one["outcome"] else ""
        if one["useful"] is not None:
            outcome += f", {word('useful' if one['useful'] else 'useless', lang)}"
        done = "closed_by" if one["kind"] == "closed" else one["kind"]
        told = plain(f"{one['account']} {word(done, lang)}{outcome}")
        click.echo(f"  > {told}: {word(one['state'], lang)}")


def _located(params: dict[str, Any], lang: str) -> str:
    """Where the wearer was last known to be, and how long ago."""
    age_s = params.get("last_room_age_s")
    if not isinstance(age_s, int | float):
        return render(lang, "located.unknown", {})
    said = render(lang, f"place.{params['last_room']}", {})
    where = render(lang, f"room.{params['last_room']}", {}) if said.startswith("[") else said
    where = str(params["last_room"]) if where.startswith("[") else where
    told = {**params, "last_room": where, "last_room_age_min": round(age_s / 60, 1)}
    return render(lang, "located.seen", told)


def _fact(fact: dict[str, Any], lang: str) -> str:
    """One piece of evidence; a value that stays in the home is not there to be shown."""
    kind = catalogue(lang).get(f"kind.{fact['kind']}", fact["kind"])
    told = fact.get("value")
    value = "" if told is None else f": {_value(told, lang, fact['kind'])}"
    age_ms = fact["age_ms"]
    age = f"{age_ms / SECOND_MS:.0f} s" if age_ms < MINUTE_MS else f"{age_ms // MINUTE_MS} min"
    return plain(f"{fact.get('device') or ''} {kind}{value}, {age}".strip())


def _value(told: str | float, lang: str, kind: str) -> str:
    """Yes and no, a number and a code as the language says them."""
    if isinstance(told, bool):
        return render(lang, "sure.yes" if told else "sure.no", {})
    if isinstance(told, int | float):
        return number(lang, told)
    if kind == "button":
        return render(lang, "device.reading.press", {"value": told})
    return catalogue(lang).get(f"kind_value.{told}", told)
