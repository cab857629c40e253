"""`kotivahti sending` and `kotivahti disclosures`: what may go to whom, and what went."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load
from edge.cli.common import print_json
from edge.cli.device_words import table
from edge.cli.household_words import by_option, moment_ms, say, usual, word
from edge.cli.moments import moment
from edge.domain import Sent

# More lines than a screen takes; who wants them all asks with --since or --json.
LINES_MAX = 100
CLASSES = click.Choice([one.value for one in Sent])


@click.group()
def sending() -> None:
    """What may go to whom. Readings and the sealed profile are the customer's to switch.

    Alerts to the service cannot be switched off, and a message about fire, carbon
    monoxide, heat or gas is sent whatever a switch says.

    \b
    Examples:
      kotivahti sending list
      kotivahti sending off service readings --by relative.one
      kotivahti sending on service readings --by relative.one
    """


@sending.command("list", short_help="Every recipient and class, and whether it is on.")
@usual
def list_sending(config_path: Path, as_json: bool, lang: str) -> None:
    """Every class that goes to the service, and every switch that was told.

    \b
    Examples:
      kotivahti sending list --lang fi
      kotivahti sending list --json | jq '.sending[] | select(.switchable)'
    """
    found = call(load(config_path), "sending_list")
    if as_json:
        print_json(found)
        return
    head = [say(lang, f"sending.column.{one}") for one in ("recipient", "class", "state", "told")]
    rows = []
    for row in found["sending"]:
        state = say(lang, "sending.on" if row["allowed"] else "sending.off")
        if not row["switchable"]:
            state += f" ({say(lang, 'sending.fixed')})"
        told = "-" if row["told"] is None else f"{moment(row['told'], lang)} {row['by']}"
        rows.append((_recipient(row, lang), word(lang, "sent", row["class"]), state, told))
    click.echo("\n".join(table(head, rows)))


@sending.command(short_help="Do not send this any more.")
@click.argument("recipient")
@click.argument("cls", metavar="CLASS", type=CLASSES)
@by_option
@usual
def off(recipient: str, cls: str, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Stop sending CLASS to RECIPIENT, from now on and after every restart.

    What of it still waits to be sent is taken back. What was received stays with its
    receiver; 'kotivahti erase --request' asks the service to erase it.

    \b
    Examples:
      kotivahti sending off service readings --by relative.one
      kotivahti sending off relative-1 message --by relative.one
    """
    _switch(config_path, recipient, cls, by, lang, allowed=False, as_json=as_json)


@sending.command(short_help="Send it again.")
@click.argument("recipient")
@click.argument("cls", metavar="CLASS", type=CLASSES)
@by_option
@usual
def on(recipient: str, cls: str, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Send CLASS to RECIPIENT again. Readings still need a purpose in the settings.

    \b
    Examples:
      kotivahti sending on service readings --by relative.one
    """
    _switch(config_path, recipient, cls, by, lang, allowed=True, as_json=as_json)


def _switch(
    config_path: Path, recipient: str, cls: str, by: str, lang: str, *, allowed: bool, as_json: bool
) -> None:
    args = {"recipient": recipient, "class": cls, "allowed": allowed, "by": by}
    found = call(load(config_path), "sending_set", args)
    if as_json:
        print_json(found)
        return
    state = say(lang, "sending.on" if allowed else "sending.off")
    click.echo(f"{_recipient(found, lang)}, {word(lang, 'sent', cls)}: {state}")
    if found["taken_back"]:
        click.echo(say(lang, "sending.taken_back", count=found["taken_back"]))
    if cls == Sent.MESSAGE and not allowed:
        click.echo(say(lang, "sending.never_off"))
    if found["nobody_is_texted"]:
        click.echo(say(lang, "sending.nobody"))


@click.command(short_help="What went to whom, when and why.")
@click.option("--since", metavar="WHEN", help="A day (2026-11-24) or a moment.")
@click.option("--recipient", metavar="NAME", help="One recipient, such as service.")
@usual
def disclosures(
    since: str | None, recipient: str | None, config_path: Path, as_json: bool, lang: str
) -> None:
    """What went to whom, the newest first. A value or a name never stands here.

    "Sent" counts what was handed over to be sent, "confirmed" what the recipient's
    system has said to have. Readings, device states and signs of life are one line a day.

    \b
    Examples:
      kotivahti disclosures --lang fi
      kotivahti disclosures --since 2026-11-01 --recipient service --json
    """
    config = load(config_path)
    since_ms = moment_ms("--since", since, config.gateway.zone)
    rows: list[dict[str, Any]] = []
    before = None
    while True:
        args = {"since_ms": since_ms, "recipient": recipient, "before": before}
        found = call(config, "disclosures", args)
        rows += found["disclosures"]
        before = found["next"]
        if before is None or not (as_json or len(rows) <= LINES_MAX):
            break
    if as_json:
        print_json({"disclosures": rows})
        return
    for row in rows[:LINES_MAX]:
        click.echo(_line(row, lang))
    if not rows:
        click.echo(say(lang, "disclosures.none"))
    if len(rows) > LINES_MAX or before is not None:
        click.echo(say(lang, "disclosures.more", count=LINES_MAX))


def _line(row: dict[str, Any], lang: str) -> str:
    first, last = moment(row["first"], lang), moment(row["last"], lang)
    when = (
        first if first == last else f"{first} .. {last[11:] if last[:10] == first[:10] else last}"
    )
    doubt = "?" if row["clock"] == "none" else ""
    what = word(lang, "sent", row["class"])
    told = row["what"] if isinstance(row["what"], str) else ", ".join(row["what"])
    if told not in ("", row["class"]):
        what += f" ({told})"
    why = row["purpose"] or word(lang, "basis", row["basis"])
    count = say(lang, "disclosures.count", sent=row["messages"], received=row["received"])
    if row["path"] != "mqtt" or row["class"] == Sent.HEARTBEAT:  # nobody confirms these
        count = say(lang, "disclosures.sent", sent=row["messages"])
    return f"{when}{doubt}  {_recipient(row, lang)}: {what}; {why}; {count}"


def _recipient(row: dict[str, Any], lang: str) -> str:
    names = ("service", "holder")
    name = str(row["recipient"])
    return say(lang, f"recipient.{name}") if name in names else name
