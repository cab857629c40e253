"""`kotivahti desk rescue-card`: the same sheet at the desk, of what people told here."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click
import msgspec

from desk import customers, home_facts, known_home, looks, notice_lists
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
from desk.config import DeskConfig
from desk.lines import plain
from desk.notify_out_cli import put
from desk.person import Person, person_options, why_option
from desk.rights import Right
from desk.sealing import read_key
from edge.clock import SystemClock
from edge.domain.rescue import AccessState, RescueCard
from edge.locale import render
from edge.notification.rescue_card import card
from edge.paper.rescue_card import PAGES, card_lines, card_page
from edge.paper.sheet import exactly

# All that can be unknown of a home, named on one line.
LINE_CHARS_MAX = 400


@click.command("rescue-card", epilog=EPILOG)
@click.argument("customer", callback=utf8)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@why_option
@person_options
@config_option
@json_option
@lang_option
def rescue_card(
    customer: str,
    file: Path | None,
    why: str,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """CUSTOMER's rescue card, to FILE as .pdf or .html. The look is written down.

    The door code stands on it only where a notification was released with it.

    \b
    Example:
      kotivahti desk rescue-card c-0188 card.pdf --lang fi --as anna
    """
    if file is not None and file.suffix not in (".pdf", ".html"):
        refuse("form_kind", EXIT_USAGE, file=str(file))
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.NOTICES)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        customers.of(connection, customer)
        looks.note(connection, actor.account, "rescue card", [customer], at_ms, why=why)
        made = card_of(connection, config, customer, at_ms)
        if file is not None:
            html = card_page(made, lang)
            put(file, exactly(html, PAGES) if file.suffix == ".pdf" else html.encode())
    if as_json:
        print_json(msgspec.to_builtins(made))
        return
    for line in card_lines(made, lang):
        click.echo(plain(line, LINE_CHARS_MAX))
    if file is not None:
        click.echo(render(lang, "rescue.written", {"file": str(file), "n": PAGES}))


def card_of(
    connection: sqlite3.Connection, config: DeskConfig, customer: str, at_ms: int
) -> RescueCard:
    """The card of one customer's home of what stands here."""
    name, address = home_facts.who_and_where(connection, customer)
    access, state = _access(connection, config, customer)
    return card(
        home_facts.facts_of(connection, customer),
        made_at=papers.text_of(config, at_ms),
        source=config.desk.id,
        address=address,
        resident=name,
        answers=known_home.of_customer(connection, customer).answers,
        escape=home_facts.escape_of(connection, customer),
        access=access,
        access_state=state,
    )


def _access(
    connection: sqlite3.Connection, config: DeskConfig, customer: str
) -> tuple[str, AccessState]:
    """The way in, where a named person released it with a notification that still stands."""
    if not home_facts.has_access(connection, customer):
        return "", AccessState.UNKNOWN
    if not notice_lists.released_with_access(connection, customer):
        return "", AccessState.NOT_RELEASED
    key = read_key(config.notify.key_file)
    return home_facts.access_of(connection, customer, key), AccessState.RELEASED
