"""`kotivahti escalation`: who is asked about an alert, in which order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge import config as settings
from edge.cli.call import call, load, told
from edge.cli.common import EXIT_USAGE, json_option, lang_option, print_json
from edge.cli.household_words import by_option, say, usual
from edge.cli.moments import moment
from edge.domain import Scalar
from edge.escalation.plan import plan_of
from edge.locale import render
from edge.settings import parse_toml

_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def escalation() -> None:
    """Who is asked about an alert until somebody has it.

    \b
    Examples:
      kotivahti escalation check plan.toml
      kotivahti escalation set plan.toml --by installer.one
      kotivahti escalation show
    """


@escalation.command(short_help="Check a plan; says every fault.")
@_file
@json_option
@lang_option
def check(file: Path, as_json: bool, lang: str) -> None:
    """Check the plan in FILE; says every fault with its key and the mend. No gateway is needed.

    \b
    Examples:
      kotivahti escalation check plan.toml
      kotivahti escalation check plan.toml --json | jq .faults
    """
    with told():
        data = parse_toml(settings.read(file), str(file))
    plan, faults = plan_of(data, str(file))
    rows = [{"key": f.key, "wrong": f.wrong, "mend": f.mend} for f in faults]
    if plan is None:
        _refused(file, rows, as_json=as_json)
        return
    if as_json:
        print_json({"faults": []})
        return
    params: dict[str, Scalar] = {"levels": len(plan.level), "recipients": len(plan.recipients)}
    click.echo(say(lang, "escalation.good", file=str(file), **params))


@escalation.command("set", short_help="Put the plan of a TOML file in force.")
@_file
@by_option
@usual
def set_plan(file: Path, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Put the plan in FILE in force, or say every fault of it and change nothing.

    Earlier plans stay in the history.

    \b
    Examples:
      kotivahti escalation set plan.toml --by installer.one
    """
    config = load(config_path)
    with told():
        data = parse_toml(settings.read(file), str(file))
    found = call(config, "escalation_set", {"plan": data, "by": by})
    if found["faults"]:
        _refused(file, found["faults"], as_json=as_json)
    if as_json:
        print_json(found)
        return
    levels = found["plan"]["level"]
    recipients = sum(len(level["recipient"]) for level in levels)
    click.echo(say(lang, "escalation.kept", levels=len(levels), recipients=recipients))
    if not found["pager"]:
        click.echo(say(lang, "escalation.no_pager"), err=True)


@escalation.command(short_help="The plan in force, or whom it asked.")
@click.option("--alert", metavar="ID", help="Whom this gateway asked about an alert.")
@usual
def show(alert: str | None, config_path: Path, as_json: bool, lang: str) -> None:
    """The plan in force, by level, with who told it; or whom the gateway asked about one alert.

    \b
    Examples:
      kotivahti escalation show --lang fi
      kotivahti escalation show --json | jq .history
      kotivahti escalation show --alert 019cae2c-3d80-7000-8000-000000000001
    """
    config = load(config_path)
    if alert is not None:
        rows = call(config, "escalation_pages", {"alert": alert})
        if as_json:
            print_json(rows)
            return
        for row in rows:
            why = f" ({row['reason']})" if row["reason"] else ""
            level = say(lang, "escalation.level", level=row["level"])
            what = f"{level}  {row['recipient']}  {row['path']}  {row['state']}{why}"
            click.echo(f"{moment(row['at'], lang)}  {what}")
        return
    found = call(config, "escalation_show")
    if as_json:
        print_json(found)
        return
    if found["plan"] is None:
        click.echo(say(lang, "escalation.none"))
        return
    for number, level in enumerate(found["plan"]["level"], 1):
        click.echo(say(lang, "escalation.level", level=number))
        for one in level["recipient"]:
            click.echo(f"  {_recipient(one, lang)}")
    click.echo(say(lang, "escalation.all"))
    newest = found["history"][0]
    click.echo(say(lang, "escalation.told", by=newest["by"], at=moment(newest["at"], lang)))


def _recipient(row: dict[str, Any], lang: str) -> str:
    number = row.get("number") or say(lang, "escalation.desk_only")
    parts = [row["id"], render(lang, f"escalation_role.{row['role']}", {}), number]
    parts += [", ".join(row["staffed"]), say(lang, "escalation.alias", alias=row["alias"])]
    if row["address"]:
        parts.append(say(lang, "escalation.address"))
    return "  ".join(parts)


def _refused(file: Path, faults: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json({"faults": faults})
    for fault in () if as_json else faults:
        click.echo(f"{file}: {fault['key']}: {fault['wrong']}; {fault['mend']}", err=True)
    raise SystemExit(EXIT_USAGE)
