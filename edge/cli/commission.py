"""`kotivahti commission`: an installer's walk through a home, and the certificate of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load, told
from edge.cli.commission_paper import certificate
from edge.cli.commission_steps import Steps
from edge.cli.commission_talk import LeftOutError, StoppedError, Talk
from edge.cli.common import (
    EXIT_STATE,
    EXIT_USAGE,
    config_option,
    fail,
    json_option,
    lang_option,
)
from edge.commissioning.record import ORDER, StepName
from edge.config import Config
from edge.paper.words import detail, mend, thing, word

Row = dict[str, Any]
ALL = "all"
STEP_NAMES = tuple(name.value for name in ORDER)


@click.group(invoke_without_command=True)
@click.option("--by", metavar="NAME", help="Who commissions; stands on the certificate.")
@click.option(
    "--from", "from_step", type=click.Choice(STEP_NAMES), help="Go on at this step, and after it."
)
@click.option(
    "--again",
    multiple=True,
    type=click.Choice((*STEP_NAMES, ALL)),
    help="This step once more; all: the whole home, in a new run.",
)
@click.option("--new", is_flag=True, help="Begin a new run, whatever the last one came to.")
@click.option("--skip", multiple=True, metavar="STEP=REASON", help="Leave a step out, and say why.")
@config_option
@json_option
@lang_option
@click.pass_context
def commission(
    ctx: click.Context,
    by: str | None,
    from_step: str | None,
    again: tuple[str, ...],
    new: bool,
    skip: tuple[str, ...],
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Walk through the home with the gateway; every check is kept at once.

    Ctrl-C, a power cut or another terminal: `kotivahti commission` goes on from there.
    Without a line it goes on too, and the gateway completes by itself what it can.
    Exits 0 when all is passed, 1 when something is open or failed, 2 for wrong input.

    \b
    Examples:
      kotivahti commission --by "Anna Installer"
      kotivahti commission --again devices --lang fi
      kotivahti commission --again all              after an update
      kotivahti commission --skip mains="no battery in this box"
      kotivahti commission certificate --pdf certificate.pdf --lang fi
    """
    if ctx.invoked_subcommand is not None:
        return
    config = load(config_path)
    left_out = _left_out(lang, skip)
    talk = Talk(config, lang, as_json=as_json)
    with told():
        try:
            state = _begun(talk, by, new=new or ALL in again)
            state = _chosen(talk, state, from_step, again)
            state = _walk(talk, state, left_out)
        except (StoppedError, KeyboardInterrupt):
            talk.tell("stopped")
            sys.exit(EXIT_STATE)
    _over(config, talk, state)


commission.add_command(certificate)


def _begun(talk: Talk, by: str | None, *, new: bool) -> Row:
    state = talk.call("commission_state")
    run = state["run"]
    current = run is not None and run["ended"] and state["standing"]["state"] == "commissioned"
    if current and not new:
        talk.tell("current")
        return state
    if by is None:
        by = run["by"] if run is not None and not run["ended"] and not new else talk.ask("by")
    if not by.strip():
        fail(talk.words("no_by"), EXIT_USAGE)
    before = None if run is None else run["id"]
    state = talk.call("commission_begin", by=by, new=new)
    run = state["run"]
    if run["id"] == before:
        talk.tell("resumed", id=run["id"][:13], by=run["by"])
    else:
        talk.tell("begun", site=talk.site, id=run["id"][:13])
    return state


def _chosen(talk: Talk, state: Row, from_step: str | None, again: tuple[str, ...]) -> Row:
    names = [name for name in again if name != ALL]
    if from_step is not None:
        names += STEP_NAMES[STEP_NAMES.index(from_step) :]
    return state if not names else talk.call("commission_again", steps=names)


def _left_out(lang: str, skip: tuple[str, ...]) -> dict[str, str]:
    """Step -> reason, as given by --skip."""
    found = {}
    for text in skip:
        name, _, reason = text.partition("=")
        if name not in STEP_NAMES or name == StepName.CERTIFICATE or not reason.strip():
            fail(word(lang, "commission", "bad_skip"), EXIT_USAGE)
        found[name] = reason.strip()
    return found


def _walk(talk: Talk, state: Row, left_out: dict[str, str]) -> Row:
    """Step after step, until none is left."""
    by = state["run"]["by"]
    steps = Steps(talk, by, state)
    while (name := state["run"]["next"]) is not None:
        talk.tell("step", n=STEP_NAMES.index(name) + 1, of=len(STEP_NAMES), step=name)
        reason = left_out.get(name)
        if reason is None:
            try:
                getattr(steps, name)(state)
            except LeftOutError as left:
                reason = str(left) or "-"
        if reason is not None:
            state = talk.call("commission_skip", step=name, reason=reason, by=by)
            talk.take_spent_ms()
        elif name == StepName.BOX:  # ends by itself
            state = talk.call("commission_state")
        else:
            state = talk.call("commission_finish", step=name, hands_on_ms=talk.take_spent_ms())
            steps.rest(name, state)
    return state


def _over(config: Config, talk: Talk, state: Row) -> None:
    run = state["run"]
    passed = run["verdict"] == "passed"
    if talk.as_json:
        talk.row({"run": run, "standing": state["standing"]})
        sys.exit(0 if passed else EXIT_STATE)
    minutes = round(sum(step["hands_on_s"] for step in run["steps"]) / 60, 1)
    talk.tell("over", verdict=run["verdict"], minutes=minutes)
    found = call(config, "commission_certificate")
    if found["open"]:
        click.echo(talk.words("left_open") + ":")
    for row in found["open"]:
        click.echo("  " + open_line(talk.lang, row))
    talk.tell("paper")
    sys.exit(0 if passed else EXIT_STATE)


def open_line(lang: str, row: Row) -> str:
    """One thing left open, with what to do about it."""
    why = word(lang, "commission_why", row["why"] or "not_done")
    if told := detail(lang, row):
        why += f" ({told})"
    todo = mend(lang, row["why"])
    return f"{thing(lang, row)}: {why}" + (f"; {todo}" if todo else "")
