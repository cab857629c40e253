"""`kotivahti line`: the certificates of the line to the broker, and their renewal."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load, told
from edge.cli.common import EXIT_STATE, config_option, json_option, lang_option, print_json
from edge.config import Config
from edge.locale import render


@click.group()
def line() -> None:
    """The line to the broker: certificates, how long they last, their renewal.

    \b
    Examples:
      kotivahti line check
      kotivahti line renew
    """


@line.command()
@config_option
@json_option
@lang_option
@click.option("--connect", is_flag=True, help="Also try whether the broker takes them.")
def check(config_path: Path, as_json: bool, lang: str, connect: bool) -> None:
    """Read the files of every slot: whose they are, how long they last, what is wrong.

    Needs no running gateway, but the right to read the key. Exits 1 when a slot cannot be used.

    \b
    Examples:
      sudo -u kotivahti kotivahti line check
      sudo -u kotivahti kotivahti line check --connect --json
    """
    config = load(config_path)
    rows = _rows(config)
    refused = _refusal(config) if connect else ""
    if as_json:
        print_json({"tls": config.mqtt.tls, "slots": rows, "broker": refused})
    else:
        for row in rows:
            click.echo(_words(row, lang))
        if not rows:
            click.echo(render(lang, "line.readable", {"host": config.mqtt.host}))
        if connect:
            key = "line.refused" if refused else "line.taken"
            click.echo(render(lang, key, {"why": refused}))
    if refused or any(row["fault"] or row["key_open"] for row in rows):
        sys.exit(EXIT_STATE)


@line.command()
@config_option
@json_option
@lang_option
def renew(config_path: Path, as_json: bool, lang: str) -> None:
    """Open the line anew with the files as they are now; no alert is lost.

    They are tried beside the line that stands, which is left alone when the broker refuses them.

    \b
    Example:
      kotivahti line renew
    """
    found = call(load(config_path), "line_renew")
    if as_json:
        print_json(found)
        return
    click.echo(render(lang, "line.renewed", {"slot": found["slot"] or "-"}))


def _rows(config: Config) -> list[dict[str, Any]]:
    # Only here: most commands open no certificate.
    from edge import __released__  # noqa: PLC0415
    from edge.app.papers import row_of  # noqa: PLC0415
    from edge.clock import SystemClock  # noqa: PLC0415
    from edge.uplink.mqtt.credentials import look, time_of_day  # noqa: PLC0415

    at = SystemClock(config.gateway.zone, trusted=config.gateway.trusted_clock).now()
    floor = datetime.fromisoformat(f"{__released__}T00:00:00+00:00").timestamp() * 1000
    now = time_of_day(at, int(floor))
    return [row_of(state, now) for state in look(config.mqtt, config.gateway.id, now)]


def _refusal(config: Config) -> str:
    """Why the broker would not take the files; "" when it does."""
    from edge.errors import UpstreamRejectedError, UpstreamUnavailableError  # noqa: PLC0415
    from edge.uplink.mqtt import MqttBroker, Session  # noqa: PLC0415

    name = config.gateway.id
    session = Session(client_id=name, subscribe=(), common_name=name)
    with told():
        try:
            asyncio.run(MqttBroker(config.mqtt, session).prove())
        except (UpstreamRejectedError, UpstreamUnavailableError) as error:
            return str(error)
    return ""


def _words(row: dict[str, Any], lang: str) -> str:
    parts = [render(lang, f"line.{row['slot']}", {})]
    for what in ("certificate", "authority"):
        if row[what] is not None:
            days = row[what]["days"]
            shown = "?" if days is None else days
            facts = {"ends": row[what]["ends"], "days": shown, "name": row["name"] or "-"}
            parts.append(render(lang, f"line.{what}", facts))
    if row["key_open"]:
        parts.append(render(lang, "line.key_open", {}))
    if row["fault"]:
        parts.append(row["fault"])
    return "; ".join(parts)
