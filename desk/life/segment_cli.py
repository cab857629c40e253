"""`kotivahti desk life segment`, `manager`, `contact`, `due`: who is in touch, and when."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
import msgspec

from desk.common import (
    EPILOG,
    EXIT_USAGE,
    config_option,
    json_option,
    lang_option,
    print_json,
    refuse,
    utf8,
)
from desk.life import due, managers, segments, shown
from desk.life.options import DAY, form_names, id_argument, theme_names, working
from desk.life.words import say, shown_day
from desk.lines import plain
from desk.person import Person, person_options, utf8_or_none
from edge.life.segment import EVERY_DAYS_MAX, Receiver


def _each(
    context: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(utf8(context, param, one) for one in value)


@click.command(epilog=EPILOG)
@id_argument
@click.option("--level", type=click.IntRange(1, 3), help="1 self-care, 2 assisted, 3 intensive.")
@click.option(
    "--reason", "reasons", multiple=True, callback=_each, help="Why; several may be given."
)
@click.option(
    "--every", type=click.IntRange(1, EVERY_DAYS_MAX), help="Contact at least so many days apart."
)
@click.option(
    "--receiver", type=click.Choice([one.value for one in Receiver]), help="Who is in touch."
)
@person_options
@config_option
@json_option
@lang_option
def segment(
    id_: str,
    level: int | None,
    reasons: tuple[str, ...],
    every: int | None,
    receiver: str | None,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Tell CUSTOMER's segment, for a year or until after hospital; or show it and its history.

    It sets how often somebody is in touch, and who. It is no part of any level or risk.

    \b
    Examples:
      kotivahti desk life segment c-0188 --level 3 --reason "muistisairaus, asuu yksin" --as anna
      kotivahti desk life segment c-0188 --lang fi
    """
    if level is None and (reasons or every or receiver):
        refuse("level_too", EXIT_USAGE)
    with working(config_path, person, id_, named=level is not None) as at:
        if level is not None:
            segments.tell(
                at.connection, id_, at.actor, level=level, reasons=reasons, every_days=every,
                receiver=None if receiver is None else Receiver(receiver),
                today=at.today, at_ms=at.at_ms,
            )  # fmt: skip
        else:
            at.look("segment shown", [id_])
        found = segments.history(at.connection, id_)
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    for one in found:
        for line in shown.segment(msgspec.to_builtins(one), lang):
            click.echo(line)
    if not found:
        click.echo(say("segment_none", lang))


@click.command(epilog=EPILOG)
@id_argument
@click.option("--account", "named", callback=utf8_or_none, help="The case manager's account.")
@click.option("--until", **DAY, help="The last day, where it is known.")
@click.option("--end", is_flag=True, help="Nobody is the case manager from now on.")
@person_options
@config_option
@json_option
@lang_option
def manager(
    id_: str,
    named: str | None,
    until: date | None,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    end: bool,
    as_json: bool,
) -> None:
    """Name CUSTOMER's case manager, end it, or show who is and who was.

    They are told of level changes and of what is due (`kotivahti desk life due --mine`).

    \b
    Examples:
      kotivahti desk life manager c-0188 --account anna --until 2027-06-30 --as ben
      kotivahti desk life manager c-0188 --end --as ben
    """
    if (named is not None and end) or (until is not None and named is None):
        refuse("manager_options", EXIT_USAGE)
    with working(config_path, person, id_, named=end or named is not None) as at:
        if named is not None:
            managers.name(
                at.connection, id_, named, at.actor, until=until, today=at.today, at_ms=at.at_ms
            )
        elif end:
            managers.end(at.connection, id_, at.actor, at.at_ms)
        else:
            at.look("case manager shown", [id_])
        found = managers.history(at.connection, id_)
        now = managers.case_manager(at.connection, id_, at.today)
    if as_json:
        told = msgspec.to_builtins(found)
        print_json({"case_manager": None if now is None else now.account, "history": told})
        return
    if now is None:
        click.echo(say("manager_none", lang))
    for one in found:
        ends = f"  {say('valid', lang)} {shown_day(one.until, lang)}" if one.until else ""
        over = one.ended_ms is not None or now is None or now.account != one.account
        mark = f"  {say('ended', lang)}" if over else ""
        click.echo(plain(f"{say('case_manager', lang)}: {one.account}{ends}{mark}"))


@click.command(epilog=EPILOG)
@id_argument
@click.option("--note", default="", callback=utf8, help="In a line, what was agreed on.")
@click.option("--hospital", is_flag=True, help="The customer came home from hospital.")
@person_options
@config_option
@json_option
@lang_option
def contact(
    id_: str, note: str, person: Person, config_path: Path, lang: str, *, hospital: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Tell that you were in touch with CUSTOMER, or that they came home from hospital.

    \b
    Examples:
      kotivahti desk life contact c-0188 --note "soitettu, kaikki hyvin" --as anna
      kotivahti desk life contact c-0188 --hospital --as anna
    """
    kind = segments.Kind.HOSPITAL if hospital else segments.Kind.CONTACT
    with working(config_path, person, id_, named=True) as at:
        segments.note(at.connection, id_, kind, note, at.actor, at.at_ms)
    if as_json:
        print_json({"customer": id_, "kind": kind.value, "by": at.actor.account})
        return
    click.echo(f"{id_}: {say('noted', lang)}")


@click.command("due", epilog=EPILOG)
@click.option("--mine", is_flag=True, help="Only yours: by your account or your role.")
@click.option(
    "--days", type=click.IntRange(0, due.AHEAD_DAYS_MAX), default=0, help="Look so far ahead."
)
@person_options
@config_option
@json_option
@lang_option
def due_list(
    person: Person, config_path: Path, lang: str, *, mine: bool, days: int, as_json: bool
) -> None:
    """What is due across customers: follow-ups, forms to ask again, contacts, segments, falls.

    Nothing on it is an alert. Each line names whose it is.

    \b
    Examples:
      kotivahti desk life due --mine --as anna
      kotivahti desk life due --days 14 --lang fi --json
    """
    with working(config_path, person) as at:
        zone = at.config.desk.zone
        found = due.entries(at.connection, at.today, zone, ahead_days=days)
        if mine:
            found = due.of_actor(found, at.actor)
        at.look("life due", [one.customer for one in found], each=False)
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    themes, names = theme_names(lang), form_names(lang)
    for one in found:
        click.echo(shown.entry(one, lang, themes, names))
    if not found:
        click.echo(say("none", lang))
