"""`kotivahti device`: what is in the air, what is enrolled, and how each device is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load
from edge.cli.common import (
    EXIT_USAGE,
    config_option,
    json_option,
    lang_option,
    print_json,
    refuse,
    sure,
)
from edge.cli.device_confirm import confirm
from edge.cli.device_enrol import add, import_devices
from edge.cli.device_listen import identify, scan
from edge.cli.device_place import move, replace, swap
from edge.cli.device_stream import Listening, print_row
from edge.cli.device_trial import pair, test
from edge.cli.device_words import (
    clear,
    counted,
    dbm,
    doubts,
    open_alerts,
    reading,
    role,
    room,
    say,
    say_ago,
    span,
    table,
)
from edge.cli.moments import moment
from edge.locale import render


@click.group()
def device() -> None:
    """See, enrol, test and remove the devices of the home.

    \b
    Examples:
      kotivahti device scan
      kotivahti device add help-button --address 54:48:E6:8F:80:A5 \\
          --driver bthome --role help_button --room bedroom --key-prompt
      kotivahti device test help-button
      kotivahti device show help-button --live
    """


_COMMANDS = (scan, identify, add, import_devices, test, pair, confirm, move, swap, replace)
for _command in _COMMANDS:
    device.add_command(_command)


@device.command("list", short_help="Every enrolled device.")
@config_option
@json_option
@lang_option
def list_devices(config_path: Path, as_json: bool, lang: str) -> None:
    """Every enrolled device, with when it was last heard.

    \b
    Examples:
      kotivahti device list --lang fi
      kotivahti device list --json | jq -r '.[] | select(.silent) | .id'
    """
    rows = call(load(config_path), "device_list")
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo(say(lang, "none"))
        return
    names = ("id", "role", "room", "driver", "address", "heard", "signal", "battery")
    head = [say(lang, f"column.{name}") for name in names]
    for line in table(head, [_listed(row, lang) for row in rows]):
        click.echo(line)
    for row in rows:
        if row["must_pair"]:
            click.echo(f"! {row['id']}: {_must_pair(row, lang)}")


def _must_pair(row: dict[str, Any], lang: str) -> str:
    return render(lang, f"must_pair.{row['must_pair']}", {"device": row["id"]})


def _listed(row: dict[str, Any], lang: str) -> list[str]:
    heard = say_ago(lang, row["heard_s_ago"])
    if row["identity"]:
        heard = f"{say(lang, 'doubtful')}, {heard}"
    return [
        row["id"],
        role(lang, row["role"]),
        room(lang, row["room"]),
        row["driver"],
        row["address"],
        f"{say(lang, 'silent')}, {heard}" if row["silent"] else heard,
        dbm(row["rssi_dbm"]),
        "-" if row["battery"] is None else f"{row['battery']:g} %",
    ]


@device.command(short_help="One device: readings, signal, silence.")
@click.argument("ident", metavar="ID")
@click.option("--live", is_flag=True, help="What it says as it says it, until Ctrl-C.")
@config_option
@json_option
@lang_option
def show(ident: str, live: bool, config_path: Path, as_json: bool, lang: str) -> None:
    """One device: last readings, battery, signal, silence, refused frames.

    With --json and --live each observation is one JSON document on one line.

    \b
    Examples:
      kotivahti device show help-button
      kotivahti device show climate-1 --live --json | jq -r '[.at, .value] | @tsv'
    """
    config = load(config_path)
    found = call(config, "device_show", {"device": ident})
    if as_json and not live:
        print_json(found)
        return
    if not as_json:
        for line in _shown(found, lang):
            click.echo(line)
    if not live:
        return
    Listening(config, "device_live", {"device": ident}, lang).each(
        print_row if as_json else lambda row: click.echo(_said(row, lang))
    )


def _said(row: dict[str, Any], lang: str) -> str:
    if "refused" in row:
        return say(lang, "show.refused", reasons=counted(row["refused"], lang))
    return f"{row['at'][11:23]}  {reading(row, lang)}"


def _shown(found: dict[str, Any], lang: str) -> list[str]:
    key = say(lang, "show.key" if found["keyed"] else "show.no_key")
    label = f" ({found['label']})" if found["label"] else ""
    where = ", ".join(w for w in (room(lang, found["room"]), found["person"]) if w and w != "-")
    lines = [] if found["running"] else [say(lang, "show.not_running")]
    lines += [
        f"{found['id']}{label}: {role(lang, found['role'])}{', ' + where if where else ''}",
        f"  {found['driver']} {found['address']}, {key}",
    ]
    signal = [say_ago(lang, found["heard_s_ago"])]
    if found["rssi_dbm"] is not None:
        signal.append(dbm(found["rssi_dbm"]))
    if found["battery"] is not None:
        signal.append(f"{say(lang, 'column.battery')} {found['battery']:g} %")
    if found["silent"]:
        signal.insert(0, say(lang, "silent"))
    lines.append(f"  {say(lang, 'column.heard')}: {', '.join(signal)}")
    lines += _doubted(found, lang)
    silence = found["silence"]
    by = say(lang, f"show.by_{silence['by']}", reason=silence["reason"])
    after = say(lang, "show.silence", after=span(silence["after_s"]))
    if silence["left_s"] is not None and silence["left_s"] > 0:
        after += ", " + say(lang, "show.left", left=span(silence["left_s"]))
    lines.append(f"  {after} ({by})")
    if found["running"]:
        lines.append("  " + say(lang, "show.frames", frames=found["frames"]))
        if found["refused"]:
            lines.append("  " + say(lang, "show.refused", reasons=counted(found["refused"], lang)))
        if found["shape"] == "gatt" and "sessions" in found:
            lines.append("  " + say(lang, "show.sessions", **found["sessions"]))
    if found["must_pair"]:
        lines.append(f"  ! {_must_pair(found, lang)}")
    if found["state_bytes"]:
        lines.append("  " + say(lang, "show.memory", bytes=found["state_bytes"]))
    if found["open_alerts"]:
        lines.append(f"  {say(lang, 'show.alerts')}: {', '.join(open_alerts(found, lang))}")
    if found["readings"]:
        lines.append(f"  {say(lang, 'show.readings')}:")
    lines += [
        f"    {moment(row['at'], lang, 19)}  {reading(row, lang)}" for row in found["readings"]
    ]
    return lines


def _doubted(found: dict[str, Any], lang: str) -> list[str]:
    lines = []
    if found["identity"]:
        lines.append("  " + say(lang, "show.in_doubt", reasons=doubts(lang, found["identity"])))
    if found["confirmed_by"] is not None:
        by, at = found["confirmed_by"], found["confirmed_at"]
        lines.append("  " + say(lang, "show.confirmed", by=by, at=at))
    return lines


@device.command(short_help="End an enrolment; history stays.")
@click.argument("ident", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
@json_option
@lang_option
def remove(ident: str, yes: bool, config_path: Path, as_json: bool, lang: str) -> None:
    """End the enrolment of device ID; its key is wiped, its history stays.

    \b
    Examples:
      kotivahti device remove door-1
      kotivahti device remove door-1 --yes --json
    """
    config = load(config_path)
    rows = call(config, "device_list")
    alarms = [row["id"] for row in rows if row["alarm"]]
    if alarms == [ident]:
        click.echo(say(lang, "remove.last_alarm", device=ident), err=True)
    if not yes and any(row["id"] == ident for row in rows):
        _confirmed(lang, say(lang, "remove.ask", device=ident))
    found = call(config, "device_remove", {"device": ident})
    if as_json:
        print_json(found)
        return
    click.echo(say(lang, "remove.done", device=ident))
    if found["settings"]:
        tables = ", ".join(f"[[{name}]]" for name in found["settings"])
        click.echo(say(lang, "remove.settings", device=ident, tables=tables))


def _confirmed(lang: str, question: str) -> None:
    try:
        if sure(lang, question):
            return
    except click.Abort:  # no terminal, or Ctrl-C
        clear()
    refuse("nothing_changed", EXIT_USAGE)
