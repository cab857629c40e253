"""`kotivahti desk life plan`: items of a customer's welfare plan."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
import msgspec

from desk.common import EPILOG, config_option, json_option, lang_option, print_json, utf8
from desk.life import forms, plans, shown
from desk.life.options import DAY, id_argument, theme_names, theme_of, working
from desk.life.words import say
from desk.person import Person, person_options, utf8_or_none, why_option

responsible_help = "The account of the worker who sees to it."


@click.group(epilog=EPILOG)
def plan() -> None:
    """A customer's plan: goals in their own words, what is done, by whom, until when.

    \b
    Examples:
      kotivahti desk life plan add c-0188 --theme housing --goal "Kotona vielä kesällä" \\
        --do "Kahvat suihkuun" --responsible anna --follow-up 2027-01-15 --as anna
      kotivahti desk life plan follow 3 --note "kahvat paikallaan" --outcome met --as anna
    """


@plan.command("add", epilog=EPILOG)
@id_argument
@click.option(
    "--theme", callback=utf8_or_none, help="A theme's number or code; without: a free one."
)
@click.option("--goal", required=True, callback=utf8, help="In the customer's own words.")
@click.option("--do", "action", required=True, callback=utf8, help="What is done.")
@click.option("--responsible", required=True, callback=utf8, help=responsible_help)
@click.option("--follow-up", required=True, **DAY, help="When it is looked at, within a year.")
@person_options
@config_option
@json_option
@lang_option
def plan_add(
    id_: str,
    theme: str | None,
    goal: str,
    action: str,
    responsible: str,
    follow_up: date,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Begin an item of CUSTOMER's plan."""
    with working(config_path, person, id_, named=True) as at:
        form = forms.known(at.config.life.form)
        item = plans.add(
            at.connection, id_, at.actor, theme="" if theme is None else theme_of(form, theme),
            goal=goal, action=action, responsible=responsible, follow_up=follow_up,
            today=at.today, at_ms=at.at_ms,
        )  # fmt: skip
    _say(item, lang, as_json=as_json)


@plan.command("follow", epilog=EPILOG)
@click.argument("key", type=click.IntRange(min=1), metavar="ITEM")
@click.option("--note", required=True, callback=utf8, help="How it goes.")
@click.option(
    "--outcome",
    type=click.Choice([one.value for one in plans.Outcome]),
    help="How it ended; the item is closed.",
)
@click.option("--next", "follow_up", **DAY, help="It goes on: when it is looked at next.")
@click.option("--do", "action", callback=utf8_or_none, help="What is done from now on.")
@click.option("--responsible", callback=utf8_or_none, help=responsible_help)
@person_options
@config_option
@json_option
@lang_option
def plan_follow(
    key: int,
    note: str,
    outcome: str | None,
    follow_up: date | None,
    action: str | None,
    responsible: str | None,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Say how ITEM goes: it ended with an outcome, or is looked at again on another day.

    \b
    Examples:
      kotivahti desk life plan follow 3 --note "kahvat tilattu" --next 2027-02-15 --as anna
      kotivahti desk life plan follow 3 --note "kahvat paikallaan" --outcome met --as anna
    """
    with working(config_path, person, named=True) as at:
        item = plans.follow(
            at.connection, key, at.actor, note=note,
            outcome=None if outcome is None else plans.Outcome(outcome), follow_up=follow_up,
            action=action, responsible=responsible, today=at.today, at_ms=at.at_ms,
        )  # fmt: skip
    _say(item, lang, as_json=as_json)


@plan.command("list", epilog=EPILOG)
@id_argument
@why_option
@person_options
@config_option
@json_option
@lang_option
def plan_list(
    id_: str, why: str, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Every item of CUSTOMER's plan, open and ended."""
    with working(config_path, person, id_) as at:
        at.look("plan items shown", [id_], why=why)
        found = plans.of(at.connection, id_)
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    for item in found:
        _say(item, lang, as_json=False)
    if not found:
        click.echo(say("plan_none", lang))


def _say(item: plans.Item, lang: str, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.to_builtins(item))
        return
    for line in shown.item(msgspec.to_builtins(item), lang, theme_names(lang)):
        click.echo(line)
