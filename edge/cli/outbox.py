"""`kotivahti outbox`: messages that upstream refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from edge.cli.call import call, load
from edge.cli.common import EXIT_USAGE, fail, print_json
from edge.cli.household_words import usual
from edge.locale import render


@click.group()
def outbox() -> None:
    """Messages that were refused five times: parked, and sent again when you say so.

    \b
    Examples:
      kotivahti outbox list
      kotivahti outbox retry --all
    """


@outbox.command("list", short_help="What is parked, and why.")
@usual
def list_(config_path: Path, as_json: bool, lang: str) -> None:
    """The parked messages with the reason of the last refusal; never what is in them.

    \b
    Examples:
      kotivahti outbox list
      kotivahti outbox list --json
    """
    rows = call(load(config_path), "outbox_list")
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo(render(lang, "outbox.none", {}))
    for row in rows:
        made = datetime.fromtimestamp(row["created_ms"] / 1000, UTC)
        said = {
            "id": row["id"],
            "what": " ".join(filter(None, (row["priority"], row["class"]))),
            "made": f"{made:%Y-%m-%d %H:%M} UTC",
            "times": row["refusals"],
            "reason": row["reason"],
        }
        click.echo(render(lang, "outbox.row", said))


@outbox.command(short_help="Send parked messages again.")
@click.argument("message", required=False)
@click.option("--all", "everything", is_flag=True, help="All that are parked.")
@usual
def retry(
    message: str | None, everything: bool, config_path: Path, as_json: bool, lang: str
) -> None:
    """Owe MESSAGE again, when what it stumbled over is mended. Its bytes and id stay.

    \b
    Examples:
      kotivahti outbox retry 01909c3f-7a00-7000-8000-000000000001
      kotivahti outbox retry --all
    """
    if everything is (message is not None):
        fail(render(lang, "outbox.which", {}), EXIT_USAGE)
    done = call(load(config_path), "outbox_retry", {"id": message, "all": everything})
    if as_json:
        print_json(done)
        return
    click.echo(render(lang, "outbox.owed_again", {"count": done["count"]}))
