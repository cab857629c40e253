"""`kotivahti status`, `alerts` and `watch`: what is, what was, what happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load, told
from edge.cli.common import EXIT_STATE, config_option, json_option, lang_option, print_json
from edge.cli.device_words import say
from edge.cli.moments import moment
from edge.control.client import follow
from edge.locale import render, titles
from edge.paper.words import changes

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86400

_PROOF_WORDS = {
    "ok": "the way to the desk is proved",
    "late": "LATE: no test alert has come through",
    "waiting": "not yet since the start",
    "off": "off: alerts to the service are switched off",
}
_DISK_WORDS = {
    "full": "FULL: telemetry is shed for alerts; free space",
    "read_only": "READ-ONLY: nothing is stored",
    "io": "FAILS: nothing is stored; replace the card",
    "corrupt": "CORRUPT database: it is being replaced",
}


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
    if not found["running"]:
        click.echo("NO GATEWAY RUNS: this is what its database holds")
    click.echo(f"{found['gateway']} at {found['site']}, release {found['version']}")
    click.echo(f"time      {found['now']} ({_clock_words(found['clock'])})")
    levels = found["levels"]
    indices = {h: f" (index {round(index)})" for h, index in found["indices"].items()}
    told = (f"{h} {levels[h]}{indices.get(h, '')}" for h in ("fire", "fall", "wellbeing"))
    click.echo("levels    " + ", ".join(told))
    path = found.get("path")
    if path is not None:
        click.echo(f"upstream  {'connected' if path['up'] else 'lost: ' + path['detail']}")
    modem = found.get("pager")
    if modem is not None:
        click.echo(f"sms       {'ready' if modem['up'] else 'lost: ' + modem['detail']}")
    if path is not None and path["slots"]:
        click.echo(f"line      {_slots(path)}")
    click.echo(f"owed      {_owed(found['outbox'])}")
    if "proof" in found:
        click.echo(f"proof     {_proof(found['proof'])}")
    if "escalation" in found:
        click.echo(f"asked     {_asked(found['escalation'])}")
    refused = found["parked"] + len(() if path is None else path["parked"])
    if refused:
        click.echo(
            f"refused   {refused} messages that upstream will not take: kotivahti outbox list"
        )
    _echo_disk(found.get("disk", {}))
    click.echo(f"commissioned: {_commissioned(found['commissioning'])}")
    click.echo(f"locator   {_locator(found['locator'])}")
    click.echo(f"seen      {_covered(found['coverage'], lang)}")
    click.echo(f"model     {_drift(found['drift'], lang)}")
    click.echo(f"kept      {_kept(found.get('retention', {}))}")
    for name, text in found["faults"].items():
        click.echo(f"fault     {name}: {text}")
    click.echo("devices")
    for device in found["devices"]:
        click.echo("  " + _device_line(device, lang))
    click.echo(f"open alerts: {len(found['open_alerts'])}")
    for alert in found["open_alerts"]:
        click.echo("  " + alert_line(alert, lang))


def _drift(found: dict[str, Any] | None, lang: str) -> str:
    if found is None:
        return "no week of daily change was judged"
    return f"{found['model']}: {render(lang, 'drift_state.' + found['state'], {})}"


def _echo_disk(disk: dict[str, Any]) -> None:
    if disk.get("trouble"):
        held = f"{disk['held_alerts']} alerts in memory only"
        click.echo(f"disk      {_DISK_WORDS[disk['trouble']]}; {held}")
    for name in disk.get("aside", ()):
        click.echo(f"disk      {name} was set aside: a corrupt database; move it off this disk")


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
        return "alert  " + alert_line(row["alert"], lang)
    if "assessment" in row:
        found = row["assessment"]
        return f"level  {found['hazard']}: {found['level']}"
    doubt = "" if row["quality"] == "ok" else f" ({row['quality']})"
    unit = "" if row["unit"] == "1" else " " + row["unit"]
    return f"{row['at'][11:23]}  {row['device']:<14} {row['kind']} = {row['value']}{unit}{doubt}"


def _covered(found: dict[str, Any] | None, lang: str) -> str:
    """Of today, the question of which least is known; `kotivahti coverage` has them all."""
    if found is None:
        return render(lang, "coverage.all_today", {})
    # Never "100 %" while something is missing.
    share = min(99.9, round(100 * found["share"], 1))
    words = {
        "question": render(lang, f"coverage.question.{found['question']}", {}),
        "reason": render(lang, f"coverage.why.{found['reason']}", {}),
    }
    return render(lang, "coverage.worst_today", words | {"share": share})


def _kept(found: dict[str, int]) -> str:
    """For how long what is kept: [retention] of the settings."""
    return ", ".join(f"{key.removesuffix('_days')} {days} d" for key, days in found.items()) or "-"


def _locator(found: dict[str, Any]) -> str:
    """On or off and why, and of when the fit is; never where anybody is."""
    if not found["on"]:
        return "off: no decision about location is in force"
    if found["trouble"]:
        return f"on, without rooms: {found['trouble']}"
    if found["fitted"] is None:
        return "on, without rooms: not fitted"
    day = found["fitted"][:10]
    if found["lapsed"]:
        why = ", ".join(f"{one['why']} {one['what']}".strip() for one in found["lapsed"])
        return f"on, fit of {day}; {why}: walk again"
    return f"on, fit of {day}" + ("" if found["rooms_told"] else ", one receiver: no rooms")


def _device_line(device: dict[str, Any], lang: str) -> str:
    battery = "" if device["battery"] is None else f", battery {device['battery']} %"
    room = device["room"] or "-"
    doubt = "" if not device["identity"] else ", " + say(lang, "doubtful")
    heard = _ago(device["heard_s_ago"])
    return f"{device['id']:<14} {device['role']:<17} {room:<10} {heard}{battery}{doubt}"


def _ago(seconds: int | None) -> str:
    if seconds is None:
        return "never heard"
    for unit, size in (("d", DAY_S), ("h", HOUR_S), ("min", MINUTE_S)):
        if seconds >= size:
            return f"heard {seconds // size} {unit} ago"
    return f"heard {seconds} s ago"


def _slots(path: dict[str, Any]) -> str:
    """Each slot with the days that are left, the one in use marked; `?` in doubt of the clock."""
    parts = []
    for row in path["slots"]:
        ends = [row[what]["days"] for what in ("certificate", "authority") if row[what]]
        days = "?" if None in ends or not ends else min(ends)
        used = " in use" if row["slot"] == path["slot"] else ""
        parts.append(f"{row['slot']}{used}: " + (row["fault"] or f"{days} d left"))
    return ", ".join(parts)


def _proof(found: dict[str, Any]) -> str:
    """The daily alert that proves the way: how it stands, its age, how long each step took."""
    parts = [_PROOF_WORDS[found["state"]]]
    last = found["last"]
    if found["age_s"] is not None:
        parts.append(_ago(found["age_s"]).removeprefix("heard "))
    if last is not None:
        steps = ("stored", "durable_ms"), ("sent", "sent_ms"), ("broker", "puback_ms")
        named = [*steps, ("desk", "received_ms")]
        parts += [f"{name} +{last[key]} ms" for name, key in named if last[key] is not None]
    if found["waiting"]:
        parts.append(f"{len(found['waiting'])} on the way")
    return ", ".join(parts)


def _owed(outbox: list[dict[str, Any]]) -> str:
    parts = (f"{row['count']} {row['priority'] or ''} {row['class']}" for row in outbox)
    return ", ".join(" ".join(part.split()) for part in parts) or "nothing"


def _asked(found: dict[str, Any]) -> str:
    """Whether anybody can be asked, and about how many alerts somebody is."""
    plan = found["plan"]
    parts = ["no plan" if plan is None else f"a plan of {len(plan)} levels"]
    parts.append({None: "no modem", True: "modem", False: "MODEM FAILS"}[found["sms"]])
    parts.append(f"{found['asking']} alerts that nobody has")
    return ", ".join([*parts, *(["SOUNDING"] if found["sounding"] else [])])


def _commissioned(standing: dict[str, Any]) -> str:
    """The day, "never", or what changed since ("out of date: release 0.1.0 → 0.2.0")."""
    when = "" if standing["at"] is None else standing["at"][:10]
    match standing["state"]:
        case "never":
            return "never"
        case "commissioned":
            return when
        case "unfinished":
            return "not finished" + (f", last {when}" if when else "")
        case _:
            return f"out of date: {changes('en', standing['changes'])} (last {when})"


def _clock_words(sync: str) -> str:
    words = {"ntp": "synchronised", "holdover": "no longer synchronised", "none": "not trusted"}
    return words[sync]
