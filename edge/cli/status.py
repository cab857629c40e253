"""`kotivahti status`, `alerts` and `watch`: what is, what was, what happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from edge.cli import status_words
from edge.cli.call import call, load, told
from edge.cli.common import EXIT_STATE, config_option, json_option, lang_option, print_json
from edge.cli.moments import moment
from edge.cli.status_words import say
from edge.control.client import follow
from edge.locale import render, titles


@click.command()
@config_option
@json_option
@lang_option
def status(config_path: Path, as_json: bool, lang: str) -> None:
    """What the gateway sees, owes and doubts right now.

    Exit code 1 when the daily test alert has not come through.

    \b
    Examples:
      kotivahti status
      kotivahti status --json | jq .outbox
    """
    found = call(load(config_path), "status")
    if as_json:
        print_json(found)
    else:
        _echo_status(found, lang)
    if found.get("proof", {}).get("state") == "late":
        raise SystemExit(EXIT_STATE)


def _echo_status(found: dict[str, Any], lang: str) -> None:
    for line in status_words.lines(found, lang):
        click.echo(line)
    click.echo(say(lang, "devices"))
    for line in status_words.devices(found["devices"], lang):
        click.echo("  " + line)
    click.echo(say(lang, "open_alerts", n=len(found["open_alerts"])))
    for alert in found["open_alerts"]:
        click.echo("  " + alert_line(alert, lang))


@click.command()
@config_option
@json_option
@lang_option
@click.option("--open", "only_open", is_flag=True, help="Only those that nobody has closed.")
def alerts(config_path: Path, as_json: bool, lang: str, only_open: bool) -> None:
    """Alerts of this home, newest first.

    \b
    Example:
      kotivahti alerts --open --lang fi
    """
    rows = call(load(config_path), "alerts", {"open": only_open})
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(alert_line(row, lang))
    if not rows:
        click.echo(render(lang, "ask.none", {}))


@click.command()
@config_option
@json_option
@lang_option
def watch(config_path: Path, as_json: bool, lang: str) -> None:
    """Observations as they are heard and alerts as they are stored, until Ctrl-C.

    \b
    Example:
      kotivahti watch --json | jq 'select(.alert)'
    """
    config = load(config_path)
    with told():
        try:
            for row in follow(Path(config.control.socket), "watch"):
                click.echo(json.dumps(row, ensure_ascii=False) if as_json else _watched(row, lang))
        except KeyboardInterrupt:
            return


def alert_line(row: dict[str, Any], lang: str) -> str:
    """One alert on one line: when, how urgent, what, who has it."""
    title = titles(row["code"], row["params"] | {"room": row["room"]}, row.get("words"))[lang]
    who = f" ({row['by']})" if row["by"] else ""
    said = ", ".join(render(lang, f"flag.{flag}", {}) for flag in row["flags"])
    flags = f" [{said}]" if said else ""
    when = moment(row["raised"], lang, 19)
    urgency = render(lang, f"priority.{row['priority']}", {})
    state = render(lang, f"state.{row['state']}", {})
    return f"{when}  {urgency}  {state}{who}  {title}{flags}  {row['id'][:13]}"


def _watched(row: dict[str, Any], lang: str) -> str:
    if "alert" in row:
        return f"{say(lang, 'watch_alert')}  {alert_line(row['alert'], lang)}"
    if "assessment" in row:
        found = row["assessment"]
        hazard, level = (render(lang, f"{one}.{found[one]}", {}) for one in ("hazard", "level"))
        return f"{say(lang, 'watch_level')}  {hazard}: {level}"
    doubt = "" if row["quality"] == "ok" else f" ({render(lang, 'flag.' + row['quality'], {})})"
    unit = "" if row["unit"] == "1" else " " + row["unit"]
    return f"{row['at'][11:23]}  {row['device']:<14} {row['kind']} = {row['value']}{unit}{doubt}"
