"""`kotivahti desk`: receive, look, decide, keep accounts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from desk import decisions, looks, notify_home_cli, notify_out_cli, reads
from desk.account_cli import account, login, logout
from desk.command import command, command_key
from desk.common import (
    EPILOG,
    config_option,
    desk_of,
    json_option,
    lang_option,
    print_json,
    say,
    utf8,
)
from desk.escalation import escalation
from desk.gaps_cli import gaps_of
from desk.happened import Happened
from desk.homes import home_more, home_state
from desk.incident_cli import incident, incidents
from desk.kpi.cli import kpi
from desk.life.cli import life
from desk.lines import Lines, plain
from desk.looks_cli import views
from desk.notify_cli import notify
from desk.person import Person, person_options
from desk.proof_cli import proofs_of
from desk.register import claim_code, customer, profile
from desk.request_cli import request
from desk.rescue_cli import rescue_card
from desk.rights import INSTALLATION_CODES, Right, demand, has
from desk.show import show
from desk.words import title, word
from desk.work_cli import work_of
from edge.alerts.lifecycle import ETA_MAX_S
from edge.clock import RandomIds, SystemClock
from edge.uplink.envelope import AckKind, Outcome


@click.group(epilog=EPILOG)
def desk() -> None:
    """The coordinator's side: receives what the homes send, and what named persons decide.

    \b
    Examples:
      kotivahti desk run --config desk.toml
      kotivahti desk account add anna --role nurse
      kotivahti desk accept 019cae2c-3d80 --as anna --eta 20
    """


# -- run ------------------------------------------------------------------------------------


@desk.command(epilog=EPILOG)
@person_options
@config_option
@lang_option
@click.option("--plain", "as_lines", is_flag=True, help="One line an event, for pipes and logs.")
def run(person: Person, config_path: Path, lang: str, *, as_lines: bool) -> None:
    """Receive, answer and show until interrupted.

    The live board is a look at every home, by a named person; lines are a service's, and name
    nobody who lives there.
    """
    # MQTT and the live view cost 0.2 s that no other command needs.
    from desk.running import run_board, run_lines  # noqa: PLC0415

    with desk_of(config_path) as (config, connection):
        clock = SystemClock(config.desk.zone)
        lines = Lines(lang, config.desk.zone)
        if as_lines or not sys.stdout.isatty():

            def show(happened: Happened) -> None:
                print(lines.line(happened), flush=True)  # noqa: T201 - this is the output

            run_lines(config, clock, show)
            return
        actor = person.proven(config, connection, Right.RESIDENTS)

        def look(of: list[str]) -> None:
            looks.note(connection, actor.account, "live view", of, clock.now().wall_ms)

        run_board(config, clock, connection, lines, lang, look)


# -- look -----------------------------------------------------------------------------------


@desk.command(epilog=EPILOG)
@person_options
@config_option
@json_option
@lang_option
@click.option("--open", "only_open", is_flag=True, help="Only those that nobody has closed.")
def alerts(person: Person, config_path: Path, lang: str, *, as_json: bool, only_open: bool) -> None:
    """Alerts, newest first: state, words, who has each, doubts, how long it was on its way.

    With --open the most urgent stand first.
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.RESIDENTS, Right.INSTALLATIONS)
        rows = reads.alerts(connection, only_open=only_open)
        if not has(actor.role, Right.RESIDENTS):
            rows = [row for row in rows if row["code"] in INSTALLATION_CODES]
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        of = [str(row["client"]) for row in rows]
        looks.note(connection, actor.account, "alerts", of, now_ms, each=False)
        rows = [reads.seen_by(actor.role, row) for row in rows]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        titles = row["title"] if isinstance(row["title"], dict) else {}
        words = plain(title(titles, lang, str(row["code"])))
        holder = plain(str(row["holder"] or word("nobody", lang)))
        marks = "".join(f"  {mark}" for mark in Lines(lang, config.desk.zone).marks_of(row))
        state, priority = word(str(row["standing"]), lang), word(str(row["priority"]), lang)
        click.echo(
            f"{row['id']}  {state}  {priority}  {plain(str(row['gateway']))}  {words}  {holder}"
            f"{marks}{_on_its_way(row['raised_to_received_ms'])}"
        )
    if not rows:
        click.echo(word("none", lang))


def _on_its_way(ms: object) -> str:
    """How long it took to come here; of an alert that nobody could date nobody knows."""
    return "" if ms is None else f"  +{ms} ms"


@desk.command(epilog=EPILOG)
@person_options
@config_option
@json_option
@lang_option
def homes(person: Person, config_path: Path, lang: str, *, as_json: bool) -> None:
    """Every home's gateway: alive or silent, open alerts, readings, messages missing."""
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.RESIDENTS, Right.INSTALLATIONS)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        rows = reads.homes(connection, now_ms)
        of = [str(row["client"]) for row in rows]
        looks.note(connection, actor.account, "homes", of, now_ms, each=False)
        rows = [reads.seen_by(actor.role, row) for row in rows]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        missing = row["missing"] if isinstance(row["missing"], dict) else {}
        click.echo(
            f"{plain(str(row['gateway']))}  {word(home_state(row), lang)}  {row['silent_s']} s  "
            f"{_counts(row, lang)}{sum(missing.values())} {word('missing', lang)}"
            f"{home_more(row, lang)}"
        )
    if not rows:
        click.echo(word("none", lang))


def _counts(row: dict[str, object], lang: str) -> str:
    """Alerts and readings, for whom they are."""
    if "open_alerts" not in row:
        return ""
    open_alerts = f"{row['open_alerts']} {word('open_alerts', lang).lower()}"
    return f"{open_alerts}  {row['observations']} {word('readings', lang)}  "


# -- decide ---------------------------------------------------------------------------------


@desk.command(epilog=EPILOG)
@click.argument("alert", callback=utf8)
@click.option(
    "--eta",
    "eta_min",
    type=click.IntRange(1, ETA_MAX_S // 60),
    metavar="MIN",
    help="Minutes until you are there; without it the alert is yours for 45.",
)
@click.option("--take-over", is_flag=True, help="Take it from the colleague who has it.")
@person_options
@config_option
@json_option
@lang_option
def accept(
    alert: str,
    eta_min: int | None,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    take_over: bool,
    as_json: bool,
) -> None:
    """Take ALERT (its id or a unique beginning of it): "I handle it"."""
    eta_s = None if eta_min is None else eta_min * 60
    _decide(
        config_path, alert, AckKind.ACCEPTED, person, lang, eta_s=eta_s,
        take_over=take_over, as_json=as_json,
    )  # fmt: skip


@desk.command(epilog=EPILOG)
@click.argument("alert", callback=utf8)
@person_options
@config_option
@json_option
@lang_option
def decline(alert: str, person: Person, config_path: Path, lang: str, *, as_json: bool) -> None:
    """Say that you cannot take ALERT: the next level is asked at once."""
    _decide(config_path, alert, AckKind.DECLINED, person, lang, as_json=as_json)


@desk.command(epilog=EPILOG)
@click.argument("alert", callback=utf8)
@click.option(
    "--outcome",
    required=True,
    type=click.Choice([one.value for one in Outcome]),
    help="How it ended.",
)
@click.option(
    "--useful",
    type=click.Choice(["yes", "no"]),
    help="Whether it was of use that the alert was raised.",
)
@person_options
@config_option
@json_option
@lang_option
def close(
    alert: str,
    outcome: str,
    useful: str | None,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """End ALERT and say how it ended."""
    _decide(
        config_path, alert, AckKind.CLOSED, person, lang, outcome=Outcome(outcome),
        useful=None if useful is None else useful == "yes", as_json=as_json,
    )  # fmt: skip


def _decide(
    config_path: Path,
    alert: str,
    kind: AckKind,
    person: Person,
    lang: str,
    *,
    eta_s: int | None = None,
    outcome: Outcome | None = None,
    take_over: bool = False,
    useful: bool | None = None,
    as_json: bool = False,
) -> None:
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.ANSWER, Right.MEND, named=True)
        if decisions.find(connection, alert)["code"] not in INSTALLATION_CODES:
            demand(actor.role, Right.ANSWER)
        at = SystemClock(config.desk.zone).now()
        made = decisions.decide(
            connection,
            alert,
            kind,
            actor,
            id_=RandomIds().uuid7(at),
            at=at,
            eta_s=eta_s,
            outcome=outcome,
            take_over=take_over,
            useful=useful,
        )
    if as_json:
        told = {"alert": made.alert, "kind": kind.value, "account": actor.account}
        print_json(told | {"colleague": made.colleague, "settled_here": made.here})
        return
    parts = [say(lang, f"decided_{kind.value}", alert=made.alert, who=actor.account)]
    if made.colleague is not None:
        parts.append(say(lang, "colleague", who=plain(made.colleague)))
    parts.append(say(lang, "settled" if made.here else "carried"))
    click.echo("; ".join(parts))


# Commands of `notify` that stand in modules of their own.
NOTIFY_PARTS = (notify_home_cli, notify_out_cli)

for one in (
    *(show, account, login, logout, customer, claim_code, profile, escalation, request),
    *(incidents, incident, views, command, command_key, proofs_of, gaps_of, work_of),
    *(notify, rescue_card, life, kpi),
):
    desk.add_command(one)
