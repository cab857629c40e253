"""`kotivahti decision`: what is watched only where somebody decided it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load
from edge.cli.common import print_json
from edge.cli.household_words import by_option, say, usual, word
from edge.domain import Question

QUESTIONS = click.Choice([question.value.replace("_", "-") for question in Question])


@click.group()
def decision() -> None:
    """What is watched or compared only where it is decided: off before, and after the review date.

    \b
    Examples:
      kotivahti decision add night-doors --basis "service decision 2026-11-02" \\
          --decided-by coordinator.one --role coordinator --review-by 2027-05-01
      kotivahti decision list
    """


@decision.command(short_help="Record a decision.")
@click.argument("question", type=QUESTIONS)
@click.option("--basis", required=True, help="On what basis it is watched.")
@click.option("--decided-by", required=True, metavar="ACCOUNT", help="Who decided it.")
@click.option("--role", required=True, help="In what role.")
@click.option("--review-by", required=True, metavar="DATE", help="The last day on which it holds.")
@click.option("--by", help="Who records it, when that is somebody else.")
@usual
def add(
    question: str,
    basis: str,
    decided_by: str,
    role: str,
    review_by: str,
    by: str | None,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Record that QUESTION is watched in this home: on what basis, by whom, until when.

    It holds up to the end of DATE, at most a year ahead. A month before that an alert
    asks for a new decision; without one it is off, and that is told.

    \b
    Examples:
      kotivahti decision add location --basis "service decision 2026-11-02, agreed" \\
          --decided-by coordinator.one --role coordinator --review-by 2027-05-01
    """
    args = {
        "question": _name(question),
        "basis": basis,
        "decided_by": decided_by,
        "role": role,
        "review_by": review_by,
        "by": by,
    }
    _told(call(load(config_path), "decision_add", args), lang, as_json=as_json)


@decision.command("list", short_help="Every question, decided or not.")
@usual
def list_decisions(config_path: Path, as_json: bool, lang: str) -> None:
    """Every question: off, on, to be reviewed soon, or run out.

    \b
    Examples:
      kotivahti decision list --lang fi
      kotivahti decision list --json | jq -r '.[] | select(.state == "on") | .question'
    """
    rows = call(load(config_path), "decision_list")
    if as_json:
        print_json(rows)
        return
    for row in rows:
        for line in _lines(row, lang):
            click.echo(line)


@decision.command(short_help="Take a decision back.")
@click.argument("question", type=QUESTIONS)
@by_option
@usual
def withdraw(question: str, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Take the decision on QUESTION back: it is off at once.

    \b
    Examples:
      kotivahti decision withdraw location --by coordinator.one
    """
    args = {"question": _name(question), "by": by}
    _told(call(load(config_path), "decision_withdraw", args), lang, as_json=as_json)


def _name(question: str) -> str:
    return question.replace("-", "_")


def _told(row: dict[str, Any], lang: str, *, as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    for line in _lines(row, lang):
        click.echo(line)


def _lines(row: dict[str, Any], lang: str) -> list[str]:
    state = say(lang, f"decision.{row['state']}")
    lines = [f"{word(lang, 'question', row['question'])}: {state}"]
    if "basis" in row:
        lines.append(
            "  "
            + say(
                lang,
                "decision.whole",
                basis=row["basis"],
                decided_by=row["decided_by"],
                role=row["role"],
                review_by=row["review_by"],
            )
        )
        if not row["used"]:
            lines.append(f"  {say(lang, 'decision.unused')}")
        if row["no_doors"]:
            lines.append(f"  {say(lang, 'decision.no_doors')}")
    return lines
