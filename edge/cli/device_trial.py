"""`kotivahti device test` and `pair`: done with the device in the hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load
from edge.cli.common import (
    EXIT_STATE,
    EXIT_USAGE,
    config_option,
    json_option,
    lang_option,
    refuse,
    sure,
)
from edge.cli.device_stream import Listening, print_row
from edge.cli.device_words import clear, counted, progress, reading, say
from edge.cli.status import alert_line
from edge.control.client import ask
from edge.locale import render


@click.command(short_help="Test one device, end to end.")
@click.argument("ident", metavar="ID")
@click.option("--seconds", type=click.FloatRange(1, 900), default=60.0, show_default=True)
@click.option("--yes", is_flag=True, help="Do not ask before a real alert is raised.")
@config_option
@json_option
@lang_option
def test(
    ident: str, seconds: float, yes: bool, config_path: Path, as_json: bool, lang: str
) -> None:
    """Test device ID: says what to do with it, and follows what comes of it.

    A help button or an alarm raises a real alert, which the desk sees: tell the
    coordinator first, who closes it as a test. Exits 0 when it passed, 1 when not.

    \b
    Examples:
      kotivahti device test help-button
      kotivahti device test door-1 --seconds 120 --lang fi
      kotivahti device test help-button --yes --json
    """
    config = load(config_path)
    found = call(config, "device_show", {"device": ident})
    if found["raises"] and not yes:
        click.echo(say(lang, "test.warn"), err=True)
        _go_on(lang)

    def tell(row: dict[str, Any]) -> None:
        if not as_json:
            _step(row, lang)
        elif row["step"] != "wait":
            print_row(row)

    args = {"device": ident, "seconds": seconds}
    listening = Listening(config, "device_test", args, lang).each(tell)
    last = listening.last
    if last.get("step") != "result":
        last = {"ok": False, "why": "stopped" if listening.stopped else "gone"}
    if not as_json:
        _verdict(last, lang)
    if not last["ok"]:
        raise SystemExit(EXIT_STATE)


def _go_on(lang: str) -> None:
    try:
        if sure(lang, say(lang, "test.go_on")):
            return
    except click.Abort:  # no terminal, or Ctrl-C
        clear()
    refuse("nothing_tested", EXIT_USAGE)


def _step(row: dict[str, Any], lang: str) -> None:
    if row["step"] == "wait":
        progress(say(lang, "test.wait", left=round(row["left_s"])))
        return
    clear()
    match row["step"]:
        case "ask":
            click.echo(say(lang, f"do.{row['role']}"))
        case "heard":
            click.echo(f"  {say(lang, 'test.heard')}: {reading(row['observation'], lang)}")
        case "stored" | "published" | "received":
            click.echo(f"  {say(lang, 'test.' + row['step'], ms=row['ms'])}")
        case "self_test":
            click.echo(f"  {say(lang, 'test.self_test')}")
        case "alert":
            click.echo(f"  {say(lang, 'test.alert')}: {alert_line(row['alert'], lang)}")
            if row["already"]:
                click.echo(f"  {say(lang, 'test.already')}")


def _verdict(last: dict[str, Any], lang: str) -> None:
    clear()
    if last["ok"]:
        click.echo(say(lang, "test.passed"))
        return
    click.echo(render(lang, "device.test.failed", {"why": last["why"]}), err=True)
    if last.get("refused"):
        click.echo(say(lang, "show.refused", reasons=counted(last["refused"], lang)), err=True)


def _params(row: dict[str, Any], lang: str) -> dict[str, Any]:
    """What stands in the step's text; a refusal is said in the language, where it has words."""
    params: dict[str, Any] = row["params"]
    return params | {"text": render(lang, *row["words"])} if row.get("words") else params


@click.command(short_help="Bond with an instrument, step by step.")
@click.argument("target", metavar="ID|ADDRESS")
@config_option
@json_option
@lang_option
def pair(target: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Bond with an instrument that gives nothing without; says each step.

    It ends with the proof: the device is switched off and on, and comes back
    without pairing mode. When the device shows a number, it is asked for here.
    Ctrl-C cancels.

    \b
    Examples:
      kotivahti device pair bp-1 --lang fi
      kotivahti device pair 54:48:E6:8F:80:A5 --json
    """
    config = load(config_path)

    def tell(row: dict[str, Any]) -> None:
        asked = row["step"] == "passkey" and "show" not in row["params"]
        if as_json:
            print_row(row)
        else:
            shown = "passkey_show" if row["step"] == "passkey" and not asked else row["step"]
            click.echo(say(lang, f"pair.{shown}", **_params(row, lang)))
        if asked:
            typed = str(click.prompt(say(lang, "pair.digits"), err=True)).replace(" ", "")
            ask(Path(config.control.socket), "device_passkey", {"passkey": typed})

    listening = Listening(config, "device_pair", {"device": target}, lang).each(tell)
    if listening.stopped:
        click.echo(say(lang, "pair.cancelled"), err=True)
    if listening.last.get("step") != "done":
        sys.exit(EXIT_STATE)
