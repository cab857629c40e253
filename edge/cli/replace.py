"""`kotivahti replace`: a spare box becomes the home of the box that broke."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from edge.cli.call import load, told
from edge.cli.common import (
    EXIT_STATE,
    EXIT_USAGE,
    config_option,
    fail,
    json_option,
    lang_option,
    print_json,
)
from edge.cli.replace_steps import (
    Job,
    carried,
    claimed_late,
    fetched,
    gap_of,
    opened,
    settled,
    shown,
)
from edge.cli.replace_words import report, say


@click.command()
@click.option("--by", required=True, help="Who replaces the box.")
@click.option(
    "--profile",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A sealed profile from a file; without it the desk sends it.",
)
@click.option(
    "--old-card",
    type=click.Path(path_type=Path, exists=True),
    help="The mounted card of the old box, or its database: unsent alerts go on from here.",
)
@click.option(
    "--claim-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with the claim code; without it the code is asked for.",
)
@click.option(
    "--code-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with the recovery code; without it the code is asked for, unseen.",
)
@click.option("--yes", is_flag=True, help="Do not ask whether this is the right home.")
@config_option
@json_option
@lang_option
def replace(
    by: str,
    file: Path | None,
    old_card: Path | None,
    claim_file: Path | None,
    code_file: Path | None,
    yes: bool,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Make this empty box the home of a box that broke.

    The coordinator gives the claim code, the paper in the customer's folder has
    the recovery code. Whatever interrupts it: run it again, it goes on from there.

    \b
    Examples:
      kotivahti replace --by anna
      kotivahti replace --by anna --old-card /media/card
      kotivahti replace --by anna --profile home.profile
    """
    job = Job(
        path=config_path,
        config=load(config_path),
        by=by,
        lang=lang,
        ask=not yes,
        claim_file=claim_file,
        code_file=code_file,
    )
    with told():
        found = _replaced(job, file, old_card)
    if as_json:
        print_json(found)
    else:
        for line in report(found, lang):
            click.echo(line)
    if found["card"] is not None and found["card"]["error"]:
        sys.exit(EXIT_STATE)


def _replaced(job: Job, file: Path | None, old_card: Path | None) -> dict[str, Any]:
    """Every phase that is not done yet, in order; what it came to."""
    state = job.call("replace_state")
    taken = state["taken"]
    if taken is None and state["holds"]:
        fail(say(job.lang, "not_empty", devices=len(state["devices"])), EXIT_STATE)
    found: dict[str, Any] = {
        "settings": {"file": str(job.path), "changed": False, "missing": []},
        "desk": [],
        "pair": [],
        "unheard": [],
        "claim": "",
        "card": None,
    }
    seconds: dict[str, float] = {}
    written = address = ""
    if taken is None or job.config.gateway.site != taken["site"]:
        with _timed(seconds, "fetch"):
            sealed, found["desk"] = fetched(job, file)
        with _timed(seconds, "open"):
            header, profile, text = opened(job, sealed, taken)
        written = profile.store_path
        address = "" if profile.claim is None else profile.claim.address
        if taken is None:
            shown(job, header, profile)
            if not job.sure("take"):
                fail(say(job.lang, "not_right"), EXIT_USAGE)
        with _timed(seconds, "take"):
            done = job.call("replace_take", profile=text, by=job.by)
        taken = done["taken"]
        found |= {"pair": sorted(profile.bonded), "unheard": done["unheard"]}
        with _timed(seconds, "settings"):
            found["settings"] = settled(job, profile)
        job.call("replace_done")
    if old_card is not None:
        with _timed(seconds, "card"):
            found["card"] = carried(job, old_card, taken, written)
    found["claim"], late = claimed_late(job, address)
    found["gap"] = gap_of(taken, found.pop("desk") or late)
    spent = {name: round(value, 2) for name, value in seconds.items()}
    return found | {"taken": taken, "restart": found["settings"]["changed"], "seconds": spent}


@contextmanager
def _timed(seconds: dict[str, float], phase: str) -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    finally:
        seconds[phase] = time.monotonic() - began
