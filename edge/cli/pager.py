"""`kotivahti pager`: the modem that sends text messages, and a message to try it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load, told
from edge.cli.common import EXIT_STATE, fail, print_json
from edge.cli.household_words import minute, usual
from edge.control.client import GatewayNotRunningError, follow
from edge.domain import Scalar
from edge.locale import render


@click.group()
def pager() -> None:
    """Text messages through a modem: how it stands, and a message to try it.

    \b
    Examples:
      kotivahti pager status
      kotivahti pager test +358401234567 --lang fi
    """


@pager.command(short_help="How modem, SIM card and network stand.")
@usual
def status(config_path: Path, as_json: bool, lang: str) -> None:
    """How modem, SIM card and network stand, and what has passed. Nothing is sent.

    Exit code 1 when no text message could be sent now.

    \b
    Examples:
      kotivahti pager status
      kotivahti pager status --json | jq .pager.standing
    """
    found = call(load(config_path), "pager_status")
    live = found["pager"]
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(_lines(found, lang)))
    if live is None or not live["up"]:
        raise SystemExit(EXIT_STATE)


@pager.command(short_help="Send one fixed sentence to a number.")
@click.argument("number")
@usual
def test(number: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Send one fixed sentence to NUMBER, in the language of --lang.

    NUMBER has its country code. That the network has taken it is not that somebody has read
    it: look at the telephone.

    \b
    Examples:
      kotivahti pager test +358401234567 --lang fi
      kotivahti pager test "+358 40 1234567" --lang sv --json
    """
    config = load(config_path)
    with told():
        try:
            rows = list(
                follow(Path(config.control.socket), "pager_test", {"number": number, "lang": lang})
            )
        except GatewayNotRunningError:
            fail(render(lang, "device.no_gateway", {}), EXIT_STATE)
    if as_json:
        print_json(rows[-1])
        return
    click.echo(_say(lang, "taken"))


def _lines(found: dict[str, Any], lang: str) -> list[str]:
    live = found["pager"]
    if live is None:
        return [_say(lang, "no_gateway" if found["configured"] else "none")]
    lines = [_say(lang, "up") if live["up"] else _say(lang, "down", why=live["detail"])]
    now = live["standing"]
    if now is not None:
        signal = now["signal_dbm"]
        lines.append(_say(lang, "signal", dbm="?" if signal is None else signal))
        if now["stored"] is not None:
            lines.append(_say(lang, "memory", used=now["stored"], room=now["room_for"]))
    moments = ("checked", "last_sent")
    lines += [_say(lang, key, moment=_moment(live[key], lang)) for key in moments]
    counts: dict[str, Scalar] = {
        key: live[key] for key in ("sent", "failed", "refused", "received")
    }
    lines.append(_say(lang, "counts", **counts))
    if live["unsound"]:
        reasons = ", ".join(f"{reason} {n}" for reason, n in sorted(live["unsound"].items()))
        lines.append(_say(lang, "unsound", reasons=reasons))
    return lines


def _moment(text: str | None, lang: str) -> str:
    return _say(lang, "never") if text is None else minute(text) + " UTC"


def _say(lang: str, key: str, **params: Scalar) -> str:
    return render(lang, f"pager.{key}", params)
