"""`kotivahti task`: corrective actions, who has them, until when, and what shows them done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load
from edge.cli.common import EXIT_USAGE, print_json, refuse
from edge.cli.household_words import moment_ms, until_ms, usual
from edge.cli.task_words import due_words, say, spoken, task_line, term
from edge.domain import ProofKind

by_option = click.option("--by", required=True, help="Who says it: your own account.")
role_option = click.option(
    "--role", default="home_care", show_default=True, help="In what role; resident: self, relative."
)


@click.group()
def task() -> None:
    """What is to be done about open hazards. Each is named by its item, such as FS-02.

    \b
    Examples:
      kotivahti task list --lang fi
      kotivahti task order FS-02 --from building_owner --until 2026-11-27 --by anna
      kotivahti task done FS-02 --proof seen --by anna
      kotivahti task done FS-05 --answer outside --proof seen --by anna
      kotivahti task consider FS-05 --no --why "an agreed smoking place since today" --by anna
    """


@task.command("list", short_help="Open tasks by their day.")
@click.option("--all", "everything", is_flag=True, help="Also those that ended.")
@usual
def list_tasks(everything: bool, config_path: Path, as_json: bool, lang: str) -> None:
    """Open tasks by their day: what, who answers for it, until when.

    \b
    Examples:
      kotivahti task list --lang sv
      kotivahti task list --all --json | jq '.[] | select(.overdue)'
    """
    rows = call(load(config_path), "task_list", {"all": everything})
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(task_line(row, lang))
    if not rows:
        click.echo(say(lang, "none"))


@task.command("show", short_help="One task with its history.")
@click.argument("name", metavar="TASK")
@usual
def show(name: str, config_path: Path, as_json: bool, lang: str) -> None:
    """One task: what it asks for, its state, its proof, and how it came there.

    \b
    Example:
      kotivahti task show FS-02 --lang fi
    """
    row = call(load(config_path), "task_show", {"task": name})
    if as_json:
        print_json(row)
        return
    click.echo(task_line(row, lang))
    if row["action"]:
        click.echo("  " + spoken(row["action"], lang))
    for one in reversed(row["history"]):
        told = [one["changed"][:16].replace("T", " "), term(lang, "task_state", one["state"])]
        told += [due_words(one, lang)] if one["due"] else []
        told += (
            [f"{term(lang, 'proof_kind', one['proof']['kind'])} {one['proof']['ref']}".strip()]
            if (one["proof"])
            else []
        )
        told += [one["by"]] if one["by"] else []
        told += [one["note"]] if one["note"] else []
        click.echo("  > " + ", ".join(told))
    for one in row["considered"]:
        click.echo("  > " + _considered(one, lang))


@task.command("assign", short_help="Somebody else answers for it.")
@click.argument("name", metavar="TASK")
@click.option("--to", "party", required=True, help="A party of the lists, such as nurse.")
@by_option
@role_option
@usual
def assign(
    name: str, party: str, by: str, role: str, config_path: Path, as_json: bool, lang: str
) -> None:
    """Give TASK to a party of the lists; without it the tenure says who answers.

    \b
    Example:
      kotivahti task assign FS-09 --to coordinator --by anna
    """
    args = {"task": name, "to": party, "by": by, "role": role}
    _do(config_path, "task_assign", lang, as_json, args)


@task.command("order", short_help="It was ordered, until a day.")
@click.argument("name", metavar="TASK")
@click.option("--from", "party", help="From whom; without it who answers for it.")
@click.option("--until", required=True, metavar="WHEN", help="Promised until: a day or a moment.")
@click.option("--ref", help="The number of the order.")
@click.option("--note", help="A line for whoever comes next.")
@by_option
@role_option
@usual
def order(
    name: str,
    party: str | None,
    until: str,
    ref: str | None,
    note: str | None,
    by: str,
    role: str,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """TASK was ordered; its own day stays, and it stays open until somebody shows that it is done.

    \b
    Example:
      kotivahti task order FS-02 --from building_owner --until 2026-11-27 --ref 4711 --by anna
    """
    ends_ms = until_ms("--until", until, load(config_path).gateway.zone)
    args = {"task": name, "from": party, "until_ms": ends_ms, "ref": ref}
    _do(config_path, "task_order", lang, as_json, args | {"note": note, "by": by, "role": role})


@task.command("remind", short_help="Remind on another day.")
@click.argument("name", metavar="TASK")
@click.option("--on", "day", required=True, metavar="WHEN", help="From then on it is reminded of.")
@by_option
@role_option
@usual
def remind(
    name: str, day: str, by: str, role: str, config_path: Path, as_json: bool, lang: str
) -> None:
    """Choose when the visits' list begins to remind of TASK. Its day does not move.

    \b
    Example:
      kotivahti task remind FS-12 --on 2026-12-01 --by anna
    """
    from_ms = moment_ms("--on", day, load(config_path).gateway.zone)
    args = {"task": name, "until_ms": from_ms, "by": by, "role": role}
    _do(config_path, "task_remind", lang, as_json, args)


@task.command("done", short_help="It is done, and what shows it.")
@click.argument("name", metavar="TASK")
@click.option(
    "--proof",
    required=True,
    type=click.Choice([kind.value for kind in ProofKind]),
    help="photo, receipt: with --ref; seen: by you; device: a device of the home says so; said.",
)
@click.option("--ref", help="The number of the picture, the receipt or the order.")
@click.option("--answer", help="What is answered now, such as ok; without it: mended on the visit.")
@click.option(
    "--stays", is_flag=True, help="What could be done was done, and the hazard itself stays."
)
@click.option("--note", help="A line that is kept with the answer.")
@by_option
@role_option
@usual
def done(
    name: str,
    proof: str,
    ref: str | None,
    answer: str | None,
    stays: bool,
    note: str | None,
    by: str,
    role: str,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """TASK is done: the item is answered anew by you, with its proof, and the level follows.

    What is only said, and what the resident or a relative says of a worker's finding, ends
    nothing: it is kept, and the next visit looks. A receipt ends no critical one.

    \b
    Examples:
      kotivahti task done FS-02 --proof seen --by anna
      kotivahti task done FS-02 --proof photo --ref IMG-118 --answer ok --by anna
      kotivahti task done FA-01 --proof seen --stays --note "fall review made" --by anna
      kotivahti task done FS-02 --proof said --role relative --by matti
    """
    if answer and stays:
        refuse("done_two_ways", EXIT_USAGE)
    args = {"task": name, "proof": proof, "ref": ref, "answer": answer, "stays": stays}
    _do(config_path, "task_done", lang, as_json, args | {"note": note, "by": by, "role": role})


@task.command("cancel", short_help="It is not going to be done, and why.")
@click.argument("name", metavar="TASK")
@click.option("--why", required=True, help="A line that is kept.")
@by_option
@role_option
@usual
def cancel(
    name: str, why: str, by: str, role: str, config_path: Path, as_json: bool, lang: str
) -> None:
    """TASK is not going to be done. The hazard stays as it is, and so does the level.

    A critical one cannot be cancelled. Found again, it is a task again.

    \b
    Example:
      kotivahti task cancel FS-26 --why "she leaves at once, and was told so" --by anna
    """
    args = {"task": name, "note": why, "by": by, "role": role}
    _do(config_path, "task_cancel", lang, as_json, args)


@task.command("consider", short_help="A notification by the Rescue Act was considered.")
@click.argument("name", metavar="TASK")
@click.option("--yes/--no", "notify", required=True, help="Whether a notification is to be made.")
@click.option("--why", required=True, help="One line; it is kept for ever.")
@by_option
@role_option
@usual
def consider(
    name: str,
    notify: bool,
    why: str,
    by: str,
    role: str,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Record that a notification (Rescue Act, 42 §) about TASK was considered: yes or no, and why.

    Nothing is sent: a named person makes the notification at the desk.

    \b
    Example:
      kotivahti task consider FS-05 --yes --why "smokes in bed, oxygen in use" --by anna
    """
    args = {"task": name, "notify": notify, "why": why, "by": by, "role": role}
    row = call(load(config_path), "task_consider", args)
    if as_json:
        print_json(row)
        return
    click.echo(task_line(row, lang))
    click.echo("  > " + _considered(row["considered"][0], lang))


def _considered(one: dict[str, Any], lang: str) -> str:
    key = "considered_yes" if one["notify"] else "considered_no"
    when = one["at"][:16].replace("T", " ")
    return say(lang, key, when=when, by=one["by"], why=one["why"])


def _do(config_path: Path, do: str, lang: str, as_json: bool, args: dict[str, Any]) -> None:
    row = call(load(config_path), do, {k: v for k, v in args.items() if v is not None})
    if as_json:
        print_json(row)
        return
    click.echo(task_line(row, lang))
    if row.get("outcome") in ("claimed", "milder"):
        click.echo("! " + say(lang, row["outcome"]), err=True)
