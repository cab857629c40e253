"""`kotivahti desk notify`: notifications to authorities, drafted and decided by named persons."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import click
import msgspec

from desk import customers, decisions, known_home, looks, notice_lists, notices, prompts
from desk import notice_papers as papers
from desk.common import (
    EPILOG,
    EXIT_USAGE,
    config_option,
    desk_of,
    json_option,
    lang_option,
    print_json,
    refuse,
    utf8,
)
from desk.database import transaction
from desk.lines import plain
from desk.notices import NoticeError, Origin
from desk.notify_fields import apply, field_options
from desk.notify_words import day_of, echo, head, line_of, moment, shown_of, step_of
from desk.person import Person, person_options, utf8_or_none, why_option
from desk.rights import Right
from edge.clock import SystemClock
from edge.domain import Hazard
from edge.domain.notification import NotificationKind
from edge.locale import render
from edge.locale.refusing import worded
from edge.notification.findings import TELLABLE, is_left_out, of_kind

_KINDS = [one.value for one in NotificationKind]
# Every open finding that the home told.
ALL = "all"
_ITEMS = frozenset(one.partition(":")[0] for one in TELLABLE)


@click.group(epilog=EPILOG)
def notify() -> None:
    """Notifications of danger or concern to an authority. Nothing is sent by itself.

    A draft is prompted by a red level, or made by any worker from one finding. A named person
    releases it, sends the page by the authority's own channel, and says so here.

    \b
    Examples:
      kotivahti desk notify list
      kotivahti desk notify draft --customer c-0188 --finding FS-02=dead --as anna
      kotivahti desk notify release 019cae2c --name "Anna Esimerkki" ... --as anna
    """


def _findings(_: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """FS-02=dead as FS-02:dead; one that is no finding is told, one of a body is kept out later."""
    found = []
    for value in values:
        code = utf8(_, param, value).replace("=", ":", 1)
        as_told = code == ALL or code in _ITEMS
        if code not in TELLABLE and not is_left_out(code) and not as_told:
            raise click.BadParameter(
                f"'{value[:40]}' is no finding such as FS-02=dead", param=param
            )
        found.append(code)
    return tuple(found)


finding_option = click.option(
    "--finding",
    "findings",
    multiple=True,
    callback=_findings,
    help="A finding of a checklist: FS-02=dead; FS-02 as the home told it; 'all' that it told.",
)
kind_option = click.option("--kind", type=click.Choice(_KINDS), help="Which notification.")


@notify.command("draft", epilog=EPILOG)
@click.option("--customer", callback=utf8_or_none, help="Whose home: the customer's id.")
@click.option("--alert", "alert_id", callback=utf8_or_none, help="An alert that it begins with.")
@finding_option
@kind_option
@field_options
@person_options
@config_option
@json_option
@lang_option
def notify_draft(
    customer: str | None,
    alert_id: str | None,
    findings: tuple[str, ...],
    kind: str | None,
    said: dict[str, Any],
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Draft a notification from one finding at any level, from an alert, or wholly by hand.

    \b
    Examples:
      kotivahti desk notify draft --customer c-0188 --finding FS-02=dead --as anna
      kotivahti desk notify draft --alert 01a1ffd9 --as anna
      kotivahti desk notify draft --customer c-0188 --kind huoli-ilmoitus --observe "..." --as anna
    """
    if (customer is None) == (alert_id is None):
        refuse("either_option", EXIT_USAGE, one="--customer", other="--alert")
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES, named=True)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        origin, found = _origin(connection, customer, alert_id, findings)
        which = NotificationKind(kind or found)
        if origin.alert is None:
            level = known_home.level_of(connection, origin.customer, which)
            origin = msgspec.structs.replace(origin, level=level)
        looks.note(connection, actor.account, "notification drafted", [origin.customer], at_ms)
        day = day_of(config, at_ms)
        told = of_kind(which, origin.findings)
        content = prompts.drafted(connection, origin.customer, which, told, day)
        content = apply(content, said, by=actor.account, day=day)
        papers.basis_of(config, content.basis)
        with transaction(connection):
            id_ = notices.make(connection, content, origin, actor, at_ms)
        row = notices.find(connection, id_)
        shown = shown_of(connection, config, row, content, at_ms)
    out = [one for one in origin.findings if one not in told]
    if as_json:
        print_json(shown | {"left_out": out})
        return
    if out:
        click.echo(render(lang, "notify_cli.left_out", {"what": ", ".join(out)}))
    echo(shown, lang, config)


def resolved(
    connection: sqlite3.Connection, customer: str, findings: tuple[str, ...]
) -> tuple[str, ...]:
    """Findings with their answers; an item alone as the home told it. Raises NoticeError."""
    told = known_home.of_customer(connection, customer)
    open_ = (*told.seen, *told.left_out)
    found: list[str] = []
    for one in findings:
        if one == ALL:
            found += open_
        elif ":" in one:
            found.append(one)
        else:
            mine = [code for code in open_ if code.startswith(f"{one}:")]
            if not mine:
                raise worded(NoticeError, "no_open_finding", item=one)
            found += mine
    return tuple(dict.fromkeys(found))


def _origin(
    connection: sqlite3.Connection,
    customer: str | None,
    alert_id: str | None,
    findings: tuple[str, ...],
) -> tuple[Origin, str]:
    """What a draft begins with, and the kind of notification that it points to."""
    kind = NotificationKind.DANGER
    if alert_id is None:
        customers.expect(connection, str(customer))
        row = connection.execute(
            "SELECT id FROM gateway WHERE client = ? ORDER BY last_seen_ms DESC LIMIT 1",
            (customer,),
        ).fetchone()
        gateway = "" if row is None else row["id"]
        told_ = resolved(connection, str(customer), findings)
        if told_ and not of_kind(kind, told_) and of_kind(NotificationKind.CONCERN, told_):
            kind = NotificationKind.CONCERN
        return Origin(customer=str(customer), gateway=gateway, findings=told_), kind
    alert = decisions.find(connection, alert_id)
    told = prompts.decoded(alert["body"])
    if told.data.alert.params.get("hazard") == Hazard.FALL.value:
        kind = NotificationKind.CONCERN
    return (
        Origin(
            customer=alert["client"],
            gateway=decisions.gateway_of(alert),
            findings=tuple(
                dict.fromkeys(
                    [*prompts.findings_of(told), *resolved(connection, alert["client"], findings)]
                )
            ),
            level=prompts.level_of(told),
            alert=alert["id"],
        ),
        kind,
    )


@notify.command("edit", epilog=EPILOG)
@click.argument("notification", callback=utf8)
@click.option("--drop", type=int, multiple=True, help="Take out the observation of this number.")
@field_options
@person_options
@config_option
@json_option
@lang_option
def notify_edit(
    notification: str,
    drop: tuple[int, ...],
    said: dict[str, Any],
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Change NOTIFICATION. Of what was released this is a correction, to be released again.

    \b
    Example:
      kotivahti desk notify edit 019cae2c --ask joint_visit --informed yes --as anna
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES, named=True)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        with transaction(connection):
            row = notices.find(connection, notification)
            looks.note(connection, actor.account, "notification edited", [row["customer"]], at_ms)
            before, _ = notices.content_of(connection, row["id"], row["revision"])
            day = day_of(config, at_ms)
            content = apply(before, said, by=actor.account, day=day, drop=drop)
            if content == before:
                raise worded(NoticeError, "notice_no_change")
            papers.basis_of(config, content.basis)
            notices.edit(connection, row, content, actor, at_ms)
        shown = shown_of(connection, config, notices.find(connection, row["id"]), content, at_ms)
    if as_json:
        print_json(shown)
        return
    echo(shown, lang, config)


@notify.command("show", epilog=EPILOG)
@click.argument("notification", callback=utf8)
@why_option
@person_options
@config_option
@json_option
@lang_option
def notify_show(
    notification: str, why: str, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """One notification: what it says, what it lacks, what was done with it. The look is kept.

    \b
    Example:
      kotivahti desk notify show 019cae2c --lang fi --as anna
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        row = notices.find(connection, notification)
        looks.note(
            connection, actor.account, "notification shown", [row["customer"]], at_ms, why=why
        )
        content, _ = notices.content_of(connection, row["id"], row["revision"])
        shown = shown_of(connection, config, row, content, at_ms)
        shown["steps"] = notice_lists.steps_of(connection, row["id"])
        shown["content"] = msgspec.to_builtins(content)
    if as_json:
        print_json(shown)
        return
    echo(shown, lang, config)
    for number, seen in enumerate(content.observations, 1):
        click.echo(plain(f"  {number}. {seen.text}"))
    for one in shown["steps"]:
        when = moment(config, one["at_ms"])
        click.echo(plain(f"  > {when}  {step_of(one, lang)}"))


@notify.command("list", epilog=EPILOG)
@click.option("--open", "only_open", is_flag=True, help="Only drafts, and what was not sent yet.")
@click.option("--mine", is_flag=True, help="Only those that you are named the deputy of.")
@person_options
@config_option
@json_option
@lang_option
def notify_list(
    person: Person, config_path: Path, lang: str, *, only_open: bool, mine: bool, as_json: bool
) -> None:
    """All notifications; those that wait for a decision first. Undecided for a day: a deputy.

    \b
    Example:
      kotivahti desk notify list --open --lang fi --as anna
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        deputy = actor.account if mine else None
        rows = notice_lists.listed(connection, only_open=only_open, deputy=deputy)
        of = [row["customer"] for row in rows]
        looks.note(connection, actor.account, "notifications", of, at_ms, each=False)
        shown = [head(row, at_ms) for row in rows]
    if as_json:
        print_json(shown)
        return
    for one in shown:
        click.echo(plain(line_of(one, lang, config)))
    if not shown:
        click.echo(render(lang, "notify_cli.none", {}))
    click.echo(render(lang, "notify_cli.never_alone", {}))
