"""`kotivahti desk notify`: what a named person decides, releases, sends and enters."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from pathlib import Path
from typing import Any

import click

from desk import customers, known_home, looks, notice_lists, notices
from desk import notice_papers as papers
from desk.common import (
    EPILOG,
    EXIT_REFUSED,
    EXIT_USAGE,
    config_option,
    desk_of,
    json_option,
    lang_option,
    print_json,
    refuse,
    say,
    utf8,
)
from desk.config import DeskConfig
from desk.notices import Origin
from desk.notify_cli import finding_option, kind_option, notify, resolved
from desk.notify_fields import Said
from desk.person import Person, person_options, utf8_or_none
from desk.rights import Right
from edge.clock import SystemClock
from edge.domain.notification import (
    NotificationKind,
    Notifier,
    ReceiverAnswer,
    ReceiverOutcome,
    SendChannel,
)
from edge.locale import LANGUAGES, render
from edge.notification.bounds import FIELD_CHARS_MAX, is_moment, no_identity_code
from edge.notification.findings import of_kind

# A page is 60 kB.
PDF_BYTES_MAX = 4 * 1024 * 1024


@notify.command("consider", epilog=EPILOG)
@click.argument("notification", callback=utf8_or_none, required=False)
@click.option("--yes/--no", "is_yes", required=True, help="Whether to notify.")
@click.option("--why", default="", callback=utf8, help="The reason; needed for --no.")
@click.option("--customer", callback=utf8_or_none, help="Without a draft: whose home.")
@finding_option
@kind_option
@person_options
@config_option
@json_option
@lang_option
def notify_consider(
    notification: str | None,
    customer: str | None,
    findings: tuple[str, ...],
    kind: str | None,
    why: str,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    is_yes: bool,
    as_json: bool,
) -> None:
    """Decide on a draft, or say that you thought of one on a visit and why not. Kept for ever.

    \b
    Examples:
      kotivahti desk notify consider 019cae2c --no --why "mended on the visit" --as anna
      kotivahti desk notify consider --customer c-0188 --finding FS-08=remains --no --why "..."
    """
    if (notification is None) == (customer is None) or (customer is not None and is_yes):
        refuse("notice_or_customer", EXIT_USAGE)
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES, named=True)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        told: dict[str, Any] = {"by": actor.account, "yes": is_yes}
        if notification is not None:
            id_ = notices.consider(
                connection, notification, yes=is_yes, why=why, by=actor, at_ms=at_ms
            )
            whose = notices.find(connection, id_)["customer"]
            told["id"] = id_
        else:
            customers.expect(connection, str(customer))
            whose, which = str(customer), NotificationKind(kind or NotificationKind.DANGER.value)
            told_ = resolved(connection, whose, findings)
            level = known_home.level_of(connection, whose, which)
            origin = Origin(customer=whose, findings=of_kind(which, told_), level=level)
            notices.consider_without(connection, origin, which, why, actor, at_ms)
        looks.note(connection, actor.account, "notification considered", [whose], at_ms)
    if as_json:
        print_json(told)
        return
    key = "considered_yes" if is_yes else "considered_no"
    click.echo(render(lang, f"notify_cli.{key}", {"id": told.get("id")}))


@notify.command("release", epilog=EPILOG)
@click.argument("notification", callback=utf8)
@click.option("--name", callback=utf8_or_none, help="Your name, as the receiver reads it.")
@click.option("--role", callback=utf8_or_none, help="Your profession or task.")
@click.option("--organisation", callback=utf8_or_none, help="Else that of [notify].")
@click.option("--phone", callback=utf8_or_none, help="Where the receiver reaches you.")
@click.option("--email", callback=utf8_or_none, help="Your work e-mail.")
@click.option("--reachable", callback=utf8_or_none, help="When: weekdays 8-15.")
@click.option("--with-access", is_flag=True, help="Put the home's door code on the page.")
@click.option("--text-checked", is_flag=True, help="I read again what looks like health data.")
@click.option("--paper-lang", type=click.Choice(LANGUAGES), default=papers.LANGUAGE,
              show_default=True, help="The receiver's language.")  # fmt: skip
@person_options
@config_option
@json_option
@lang_option
def notify_release(
    notification: str,
    person: Person,
    config_path: Path,
    paper_lang: str,
    lang: str,
    *,
    with_access: bool,
    text_checked: bool,
    as_json: bool,
    **who: str | None,
) -> None:
    """Take NOTIFICATION for yours: its page is made and hashed. What you left out is as last time.

    \b
    Example:
      kotivahti desk notify release 019cae2c --name "Anna Esimerkki" --role sairaanhoitaja \\
        --phone "050 000 0000" --reachable "ma-pe 8-15" --as anna
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES, named=True)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        row = notices.find(connection, notification)
        looks.note(connection, actor.account, "notification released", [row["customer"]], at_ms)
        before = notice_lists.last_notifier(connection, actor.account)
        notifier = Notifier(
            **{
                name: value or getattr(before, name) or _of_settings(config, name)
                for name, value in who.items()
            }
        )
        done = papers.release(
            connection, config, row["id"], notifier, actor, at_ms,
            with_access=with_access, text_checked=text_checked, lang=paper_lang,
        )  # fmt: skip
        content, _ = notices.content_of(connection, done.id, done.revision)
        basis = papers.basis_of(config, content.basis)
        is_stale = papers.stale(config, basis, at_ms)
    if as_json:
        told = {"id": done.id, "revision": done.revision, "sha256": done.sha256}
        print_json(told | {"released_by": actor.account, "basis_stale": is_stale})
        return
    click.echo(
        render(
            lang,
            "notify_cli.released",
            {"id": done.id, "n": done.revision, "hash": done.sha256},
        )
    )
    if is_stale:
        click.echo(render(lang, "notify_cli.stale", {"basis": basis.title[lang]}))


def _of_settings(config: DeskConfig, name: str) -> str:
    return config.notify.organisation if name == "organisation" else ""


@notify.command("sent", epilog=EPILOG)
@click.argument("notification", callback=utf8)
@click.option("--channel", required=True, type=Said(SendChannel), help="How it went.")
@click.option("--at", "at", callback=utf8_or_none, help="When: 2026-03-01T10:20+02:00; else now.")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file that you sent; its hash is held against the released page.",
)
@click.option("--sha256", callback=utf8_or_none, help="Or its hash.")
@person_options
@config_option
@json_option
@lang_option
def notify_sent(
    notification: str,
    channel: SendChannel,
    at: str | None,
    file: Path | None,
    sha256: str | None,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Say that you sent NOTIFICATION, how and when. Kotivahti sends nothing by itself.

    \b
    Example:
      kotivahti desk notify sent 019cae2c --channel eform --file ilmoitus.pdf --as anna
    """
    if at is not None and not ("T" in at and is_moment(at)):
        refuse("sent_at_form", EXIT_USAGE)
    if channel is not SendChannel.TELEPHONE and file is None and sha256 is None:
        refuse("sent_which", EXIT_USAGE)
    digest = sha256.lower() if file is None and sha256 is not None else _hash_of(file)
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES, named=True)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        facts = {"channel": channel.value, "sent_at": at or papers.text_of(config, at_ms)}
        papers.expect_sendable(connection, notification, facts["sent_at"], at_ms)
        id_ = notices.told_sent(connection, notification, facts, digest, actor, at_ms)
        _look(connection, actor.account, "notification sent", id_, at_ms)
    if as_json:
        print_json({"id": id_, "by": actor.account, "sha256": digest} | facts)
        return
    click.echo(render(lang, "notify_cli.sent", {"id": id_, "channel": channel.value}))


@notify.command("confirm", epilog=EPILOG)
@click.argument("notification", callback=utf8)
@click.option("--receiver", required=True, callback=utf8, help="Who answered.")
@click.option("--case", "case", default="", callback=utf8, help="The receiver's case number.")
@click.option("--visit", default="", callback=utf8, help="Their planned visit: 2026-03-01.")
@click.option("--outcome", type=Said(ReceiverOutcome), help="What came of it.")
@click.option("--feedback", default="", callback=utf8, help="What they said of it.")
@person_options
@config_option
@json_option
@lang_option
def notify_confirm(
    notification: str,
    receiver: str,
    case: str,
    visit: str,
    outcome: ReceiverOutcome | None,
    feedback: str,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Enter the receiver's answer to NOTIFICATION.

    \b
    Example:
      kotivahti desk notify confirm 019cae2c --receiver "palotarkastaja" --case 1234/2026 \\
        --visit 2026-03-09 --outcome visit_planned --as anna
    """
    if visit and not is_moment(visit):
        refuse("visit_day", EXIT_USAGE)
    lines = [" ".join(one.split()) for one in (receiver, case, feedback)]
    if not lines[0] or any(len(one) > FIELD_CHARS_MAX for one in lines[:2]):
        refuse("receiver_line", EXIT_USAGE, most=FIELD_CHARS_MAX)
    if len(lines[2]) > notices.WHY_CHARS_MAX:
        refuse("feedback_long", EXIT_USAGE, most=notices.WHY_CHARS_MAX)
    answer = ReceiverAnswer(
        receiver=lines[0], case_number=lines[1], visit_on=visit, outcome=outcome, feedback=lines[2]
    )
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES, named=True)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        for name, line in zip(("receiver", "case", "feedback"), lines, strict=True):
            no_identity_code(name, line)
        id_ = notices.confirm(connection, notification, answer, actor, at_ms)
        _look(connection, actor.account, "notification confirmed", id_, at_ms)
    if as_json:
        print_json({"id": id_, "receiver": lines[0], "case_number": lines[1]})
        return
    click.echo(render(lang, "notify_cli.confirmed", {"id": id_, "who": lines[0]}))


@notify.command("withdraw", epilog=EPILOG)
@click.argument("notification", callback=utf8)
@click.option("--why", required=True, callback=utf8, help="The reason; it is kept for ever.")
@person_options
@config_option
@json_option
@lang_option
def notify_withdraw(
    notification: str, why: str, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Take NOTIFICATION back. A receiver who has it is told by you.

    \b
    Example:
      kotivahti desk notify withdraw 019cae2c --why "the flat is empty" --as anna
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES, named=True)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        id_ = notices.withdraw(connection, notification, why, actor, at_ms)
        _look(connection, actor.account, "notification withdrawn", id_, at_ms)
    if as_json:
        print_json({"id": id_, "by": actor.account})
        return
    click.echo(render(lang, "notify_cli.withdrawn", {"id": id_}))


@notify.command("pdf", epilog=EPILOG)
@click.argument("notification", callback=utf8)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--paper-lang", type=click.Choice(LANGUAGES), default=papers.LANGUAGE,
              show_default=True, help="Of a draft; what was released stays as it was.")  # fmt: skip
@person_options
@config_option
@json_option
@lang_option
def notify_pdf(
    notification: str,
    file: Path,
    paper_lang: str,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Write NOTIFICATION's page to FILE: the released one byte for byte, else a marked draft.

    \b
    Example:
      kotivahti desk notify pdf 019cae2c ilmoitus.pdf --as anna
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        row = notices.find(connection, notification)
        looks.note(connection, actor.account, "notification printed", [row["customer"]], at_ms)
        data = papers.pdf_of(connection, config, row, paper_lang)
    put(file, data)
    digest = hashlib.sha256(data).hexdigest()
    if as_json:
        print_json({"id": row["id"], "state": row["state"], "sha256": digest, "file": str(file)})
        return
    click.echo(say(lang, "page_written", file=str(file), size=len(data), digest=digest))


@notify.command("json", epilog=EPILOG)
@click.argument("notification", callback=utf8)
@person_options
@config_option
@lang_option
def notify_json(notification: str, person: Person, config_path: Path, lang: str) -> None:  # noqa: ARG001 - of refusals
    """NOTIFICATION as JSON, by config/schemas/risk-notification-1.0.json.

    \b
    Example:
      kotivahti desk notify json 019cae2c --as anna
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        row = notices.find(connection, notification)
        looks.note(connection, actor.account, "notification as JSON", [row["customer"]], at_ms)
        told = papers.json_of(connection, config, row)
    print_json(told)


def put(file: Path, data: bytes) -> None:
    """Write a new file that nobody else may read; exits when that fails."""
    try:
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as out:
            out.write(data)
    except FileExistsError:
        refuse("there_already", EXIT_USAGE, file=str(file))
    except OSError as error:
        refuse("unwritable", EXIT_REFUSED, file=str(file), why=error.strerror)


def _hash_of(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        with file.open("rb") as sent:
            data = sent.read(PDF_BYTES_MAX + 1)
    except OSError as error:
        refuse("unreadable", EXIT_USAGE, file=str(file), why=error.strerror)
    if len(data) > PDF_BYTES_MAX:
        refuse("sent_file_large", EXIT_USAGE, file=str(file), most=PDF_BYTES_MAX)
    return hashlib.sha256(data).hexdigest()


def _look(connection: sqlite3.Connection, who: str, what: str, id_: str, at_ms: int) -> None:
    looks.note(connection, who, what, [notices.find(connection, id_)["customer"]], at_ms)
