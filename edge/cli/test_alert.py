"""`kotivahti test-alert`: one alert of the gateway's own, the whole way, with its times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import load, told
from edge.cli.common import EXIT_STATE, fail, print_json
from edge.cli.household_words import usual
from edge.control.client import GatewayNotRunningError, follow
from edge.domain import Scalar
from edge.locale import render

_STEPS = ("durable_ms", "sent_ms", "puback_ms", "received_ms")


@click.command()
@usual
def test_alert(config_path: Path, as_json: bool, lang: str) -> None:
    """Prove the way of an alert: stored, sent, taken by the broker, committed at the desk.

    It takes the lane of a critical alert. Nobody is asked about it, nothing sounds, and the desk
    keeps it apart from alerts. The gateway does the same by itself every day. Exit code 1 when
    no receipt came within 20 seconds.

    \b
    Examples:
      kotivahti test-alert --lang fi
      kotivahti test-alert --json | jq .received_ms
    """
    config = load(config_path)
    with told():
        try:
            rows = list(follow(Path(config.control.socket), "test_alert"))
        except GatewayNotRunningError:
            fail(render(lang, "device.no_gateway", {}), EXIT_STATE)
    found: dict[str, Any] = rows[-1]
    if as_json:
        print_json(found)
    else:
        for step in _STEPS:
            ms = found[step]
            click.echo(_say(lang, step) if ms is None else _say(lang, step) + f"  +{ms} ms")
        click.echo(_say(lang, "lost" if found["received_ms"] is None else "came"))
    if found["received_ms"] is None:
        raise SystemExit(EXIT_STATE)


def _say(lang: str, key: str, **params: Scalar) -> str:
    return render(lang, f"proof.{key}", params)
