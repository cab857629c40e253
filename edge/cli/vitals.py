"""`kotivahti vitals`: limits of readings that a nurse sets, and NEWS2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load
from edge.cli.common import print_json
from edge.cli.household_words import by_option, say, usual, word
from edge.kinds import VITAL_KINDS
from edge.locale import number
from edge.risk.news2 import CONSCIOUSNESS, OXYGEN, PARAMETERS, RESPIRATION, STATES

KINDS = click.Choice(sorted(VITAL_KINDS))
person_option = click.option("--person", required=True, metavar="ID", help="Whose readings.")


@click.group()
def vitals() -> None:
    """Readings against limits that a nurse has set for one person, and NEWS2. Off by default.

    On only with [rules] vitals = true in the settings and a nurse's decision. Intended
    purpose: home-safety observation, service planning and operational alerts. It is not
    for diagnosis or treatment, and no alarm for a life in danger.

    \b
    Examples:
      kotivahti decision add vitals --basis "care plan 2026-11-02" \\
          --decided-by nurse.one --role nurse --review-by 2027-05-01
      kotivahti vitals limits set pulse_rate --person r-1 --low 50 --high 110 \\
          --set-by nurse.one --role nurse --valid-until 2027-05-01
      kotivahti vitals news2 --person r-1 --respiration 16 --air --consciousness alert
    """


@vitals.group()
def limits() -> None:
    """Limits for one person and kind: set by a named nurse, until a day.

    \b
    Examples:
      kotivahti vitals limits show
      kotivahti vitals limits off pulse_rate --person r-1 --by nurse.one
    """


@limits.command("set", short_help="Set a limit.")
@click.argument("kind", type=KINDS)
@person_option
@click.option("--low", type=float, help="Below it is told; the limit itself is within.")
@click.option("--high", type=float, help="Above it is told; the limit itself is within.")
@click.option("--priority", type=click.Choice(["normal", "high"]), default="normal")
@click.option(
    "--confirm-min",
    type=click.IntRange(0, 36 * 60),
    default=15,
    show_default=True,
    help="A second reading beyond it within so many minutes confirms; 0: the first one counts.",
)
@click.option("--spo2-scale-2", is_flag=True, help="NEWS2 reads this person by SpO2 scale 2.")
@click.option("--set-by", required=True, metavar="ACCOUNT", help="The nurse who sets it.")
@click.option("--role", required=True, help="nurse or physician.")
@click.option("--valid-until", required=True, metavar="DATE", help="The last day it holds.")
@click.option("--by", help="Who records it, when that is somebody else.")
@usual
def set_limit(
    kind: str,
    person: str,
    low: float | None,
    high: float | None,
    priority: str,
    confirm_min: int,
    spo2_scale_2: bool,
    set_by: str,
    role: str,
    valid_until: str,
    by: str | None,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Set the limits of KIND for one person; those of before end, and stay in the history.

    \b
    Examples:
      kotivahti vitals limits set pulse_rate --person r-1 --low 50 --high 110 --priority high \\
          --set-by nurse.one --role nurse --valid-until 2027-05-01
      kotivahti vitals limits set oxygen_saturation --person r-1 --low 88 --spo2-scale-2 \\
          --set-by doctor.one --role physician --valid-until 2027-05-01
    """
    args = {
        "kind": kind,
        "person": person,
        "low": low,
        "high": high,
        "priority": priority,
        "confirm_s": confirm_min * 60,
        "scale_2": spo2_scale_2,
        "set_by": set_by,
        "role": role,
        "valid_until": valid_until,
        "by": by,
    }
    _told(call(load(config_path), "vital_limit_set", args), lang, as_json=as_json)


@limits.command(short_help="The limits, and what lies beyond one.")
@click.option("--history", is_flag=True, help="All that ever were, and who ended them.")
@usual
def show(history: bool, config_path: Path, as_json: bool, lang: str) -> None:
    """The limits in force with who set them; a reading beyond one is shown here alone.

    \b
    Examples:
      kotivahti vitals limits show --lang fi
      kotivahti vitals limits show --history --json
    """
    found = call(load(config_path), "vital_limits", {"history": history})
    _told(found, lang, as_json=as_json)


@limits.command(short_help="Take a limit back.")
@click.argument("kind", type=KINDS)
@person_option
@by_option
@usual
def off(kind: str, person: str, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Take the limits of KIND back: nothing is told of it from now on.

    \b
    Examples:
      kotivahti vitals limits off pulse_rate --person r-1 --by nurse.one
    """
    args = {"kind": kind, "person": person, "by": by}
    _told(call(load(config_path), "vital_limit_off", args), lang, as_json=as_json)


@vitals.command(short_help="NEWS2 of the newest readings.")
@person_option
@click.option("--respiration", type=click.IntRange(0, 100), help="Breaths counted in a minute.")
@click.option("--oxygen/--air", default=None, help="Whether oxygen is given.")
@click.option("--consciousness", type=click.Choice(STATES), help="As it is now.")
@usual
def news2(
    person: str,
    respiration: int | None,
    oxygen: bool | None,
    consciousness: str | None,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """NEWS2 (Royal College of Physicians, 2017) of one person, as published.

    Readings of the last day, of which none lies more than 15 minutes before the newest,
    and what you see there yourself. With fewer than all seven it is partial_news2, has
    no total, and says what is missing. It is stored nowhere and sent to nobody.

    \b
    Examples:
      kotivahti vitals news2 --person r-1 --respiration 16 --air --consciousness alert
      kotivahti vitals news2 --person r-1 --json | jq '.missing'
    """
    args = {
        "person": person,
        RESPIRATION: respiration,
        OXYGEN: oxygen,
        CONSCIOUSNESS: consciousness,
    }
    found = call(load(config_path), "vital_news2", args)
    if as_json:
        print_json(found)
        return
    total = say(lang, "vitals.no_total") if found["total"] is None else str(found["total"])
    click.echo(f"{found['name']}: {total}")
    for name in PARAMETERS:
        points = found["points"].get(name)
        told = say(lang, "vitals.missing") if points is None else f"{points} p"
        value = found["values"].get(name)
        shown = "" if value is None else f" ({_value(lang, value)})"
        click.echo(f"  {word(lang, 'news2', name)}{shown}: {told}")
    if found["scale"] == _SECOND_SCALE:
        click.echo(say(lang, "vitals.scale_2", by=found["scale_set_by"]))
    click.echo(say(lang, "vitals.acknowledged"))
    click.echo(say(lang, "vitals.purpose"))


_SECOND_SCALE = 2


def _value(lang: str, value: float | bool | str) -> str:
    if isinstance(value, bool):
        return word(lang, "news2", "oxygen" if value else "air")
    return word(lang, "news2", value) if isinstance(value, str) else _number(lang, value)


def _number(lang: str, value: float) -> str:
    return number(lang, value).removesuffix(".0").removesuffix(",0")


def _told(found: dict[str, Any], lang: str, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for switch in ("setting", "decided"):
        if not found[switch]:
            click.echo(f"! {say(lang, f'vitals.{switch}_off')}", err=True)
    for row in found["limits"]:
        click.echo(_limit(row, lang))
    if not found["limits"]:
        click.echo(say(lang, "vitals.none"))
    for row in found.get("history", ()):
        ended = row["ended_by"]
        over = "" if ended is None else f"; {say(lang, 'vitals.ended', by=ended)}"
        click.echo(f"  {row['set'][:16].replace('T', ' ')} {_limit(row, lang)}{over}")
    click.echo(say(lang, "vitals.purpose"))


def _limit(row: dict[str, Any], lang: str) -> str:
    low, high = ("-" if row[k] is None else _number(lang, row[k]) for k in ("low", "high"))
    text = say(
        lang,
        "vitals.limit",
        person=row["person"],
        kind=word(lang, "kind", row["kind"]),
        low=low,
        high=high,
        unit=row["unit"],
        state=say(lang, f"vitals.{row['state']}"),
        priority=word(lang, "priority", row["priority"]),
        set_by=row["set_by"],
        role=row["role"],
        until=row["valid_until"],
    )
    beyond = row.get("beyond")
    if beyond is None:
        return text
    key = "vitals.confirmed" if beyond["confirmed"] else "vitals.unconfirmed"
    return f"{text}\n  {say(lang, key, value=_number(lang, beyond['value']), at=beyond['at'])}"
