"""`kotivahti checklist`: ask, show and score a safety checklist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli import checklist_choose as choosing
from edge.cli.call import call, load
from edge.cli.checklist_ask import ask_in_turn
from edge.cli.checklist_choose import choose_option
from edge.cli.checklist_files import FORMS, form_option, lint, print_form
from edge.cli.checklist_fill import ITEMS_MAX, fill_in
from edge.cli.checklist_words import (
    AT_HOME,
    answer_words,
    print_at_home,
    print_beside,
    print_score,
    say,
    spoken,
)
from edge.cli.common import (
    EXIT_USAGE,
    config_option,
    json_option,
    lang_option,
    print_json,
    refuse,
)
from edge.events import Trigger
from edge.locale import render
from edge.risk.checklist import TENURES

role_option = click.option("--role", help="In what role; without it as the form says.")
by_option = click.option("--by", required=True, help="Who answers.")
note_option = click.option("--note", default="", help="A note that is kept with the answers.")


@click.group()
def checklist() -> None:
    """Ask, show and score a safety checklist of the home: ten, fire, fall.

    \b
    Examples:
      kotivahti checklist fill ten --by anna --lang fi
      kotivahti checklist ask fire --by anna --opened
      kotivahti checklist ask fire --by anna --role home_care --answer FS-02=ok
      kotivahti checklist ask fire --by anna --answer FS-02=dead:fixed
      kotivahti checklist score fall --lang fi
      kotivahti checklist reassess --because fall --by anna
      kotivahti checklist lint config/checklists/fire.toml
    """


@checklist.command("fill")
@click.argument("name", default="ten")
@by_option
@form_option
@role_option
@choose_option
@note_option
@config_option
@json_option
@lang_option
def fill(
    name: str,
    by: str,
    form: str,
    role: str | None,
    chosen: tuple[str, ...],
    note: str,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Fill in the short checklist NAME on one screen; the time that it took is kept.

    A digit answers, u is "not known", d is "declined", Enter leaves a question, b goes back,
    q ends.
    What was chosen until then is stored.

    \b
    Example:
      kotivahti checklist fill ten --by anna --lang fi
    """
    config, told = load(config_path), choosing.read(chosen)
    found = call(config, "checklist_show", {"checklist": name})
    if len(found["checklist"]["items"]) > ITEMS_MAX:
        refuse("no_short_list", EXIT_USAGE, name=name)
    choosing.check(found["checklist"], told, config.gateway.zone)
    filled = fill_in(found, lang)
    took = render(lang, "ask.seconds", {"n": filled.seconds})
    if not filled.answers:
        click.echo(render(lang, "ask.nothing", {}))
        return
    listed = found["checklist"]
    told = choosing.ask_each(listed, filled.answers, told, form, lang)
    told = choosing.fitting(listed, filled.answers, told, lang, asked=True)
    args = {
        "checklist": name,
        "by": by,
        "role": role or FORMS[form],
        "answers": choosing.mended(listed, filled.answers, told),
        "note": "; ".join(part for part in (note, took) if part),
    }
    scored = call(config, "checklist_answer", args)
    choosing.tell(config, told, by, str(args["role"]), lang)
    left = choosing.unchosen(listed, filled.answers, told, form)
    if as_json:
        print_json(scored | {"seconds": filled.seconds, "to_choose": left})
        return
    _print(scored, listed, filled.answers, form, lang)
    click.echo("  " + took)
    choosing.remind(left, lang)


@checklist.command("ask")
@click.argument("name", default="fire")
@by_option
@form_option
@role_option
@click.option("--answer", "given", multiple=True, metavar="ITEM=CODE", help="Without questions.")
@click.option("--opened", is_flag=True, help="Only what a finding of the short list asks for.")
@click.option("--all", "everything", is_flag=True, help="Also what was answered in another list.")
@choose_option
@note_option
@config_option
@json_option
@lang_option
def ask(
    name: str,
    by: str,
    form: str,
    role: str | None,
    given: tuple[str, ...],
    opened: bool,
    everything: bool,
    chosen: tuple[str, ...],
    note: str,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Ask the questions of checklist NAME and store the answers.

    Enter leaves an item as it is; 'q' ends and stores what was answered. Not
    knowing is an answer too ('unknown'), and is never counted as safe. What was
    answered in another list on this visit is not asked again. A critical answer asks
    what is done about it: mended now, ordered, or a notification considered and why.

    \b
    Examples:
      kotivahti checklist ask fall --by anna --lang sv
      kotivahti checklist ask fire --by anna --answer FS-02=dead --choose FS-02=fixed
      kotivahti checklist ask fire --by anna --answer FS-01=none \\
          --choose FS-01=ordered:building_owner:2026-11-27
      kotivahti checklist ask fire --by anna --answer FS-05=bed \\
          --choose "FS-05=notify:smokes in bed, and oxygen is in use"
    """
    config, told = load(config_path), choosing.read(chosen)
    answers = _pairs(given)
    found = call(config, "checklist_show", {"checklist": name})
    choosing.check(found["checklist"], told, config.gateway.zone)
    if not answers:
        answers = ask_in_turn(found, lang, opened=opened, everything=everything)
        if not answers:
            click.echo(render(lang, "ask.nothing", {}))
            return
        told = choosing.ask_each(found["checklist"], answers, told, form, lang)
    told = choosing.fitting(found["checklist"], answers, told, lang, asked=not given)
    args = {
        "checklist": name,
        "by": by,
        "role": role or FORMS[form],
        "answers": choosing.mended(found["checklist"], answers, told),
        "note": note,
    }
    scored = call(config, "checklist_answer", args)
    choosing.tell(config, told, by, str(args["role"]), lang)
    left = choosing.unchosen(found["checklist"], answers, told, form)
    if as_json:
        print_json(scored | {"to_choose": left})
        return
    _print(scored, found["checklist"], answers, form, lang)
    choosing.remind(left, lang)


@checklist.command("show")
@click.argument("name", default="fire")
@config_option
@json_option
@lang_option
def show(name: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Show checklist NAME with the answers in force, who gave them, and what speaks against."""
    found = call(load(config_path), "checklist_show", {"checklist": name})
    if as_json:
        print_json(found)
        return
    listed = found["checklist"]
    lang = spoken(listed, lang)
    click.echo(f"{say(listed['title'], lang)}, version {listed['version']}")
    for item in listed["items"]:
        answer, more = found["answers"].get(item["id"]), found["items"][item["id"]]
        marks = [render(lang, "ask.held", _days(more))] if more["until"] else []
        marks += [render(lang, "ask.out_of_season", {})] if not more["in_season"] else []
        marks += [render(lang, "ask.expired", {})] if more["expired"] else []
        asked = ", ".join(found["opened_by"].get(item["id"], ()))
        marks += [render(lang, "ask.asked_by", {"findings": asked})] if asked else []
        tail = f"  [{'; '.join(marks)}]" if marks else ""
        words = answer_words(item, answer, lang)
        click.echo(f"{item['id']}  {say(item['label'], lang)}: {words}{tail}")
    print_beside(found, listed, lang)


@checklist.command("score")
@click.argument("name", default="fire")
@click.option(
    "--tenure",
    type=click.Choice(TENURES),
    help="Also what to do, who sees to it in such a home, and by when; fallback: not known.",
)
@config_option
@json_option
@lang_option
def score(name: str, tenure: str | None, config_path: Path, as_json: bool, lang: str) -> None:
    """Show the level of checklist NAME with its reasons, the number last.

    \b
    Example:
      kotivahti checklist score fire --tenure apartment --lang fi
    """
    config = load(config_path)
    found = call(config, "checklist_score", {"checklist": name})
    if as_json:
        print_json(found)
        return
    listed = call(config, "checklist_show", {"checklist": name})["checklist"]
    print_score(found, listed, lang, tenure)


@checklist.command("reassess")
@click.option("--because", type=click.Choice([t.value for t in Trigger]), required=True)
@by_option
@config_option
@json_option
@lang_option
def reassess(because: str, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Tell that something has happened after which the home is to be assessed anew.

    A fall that a worn device told of, a smoke alarm, and coming home from hospital say it
    themselves. Until the full list is answered again, a calm level is shown as not known.

    \b
    Example:
      kotivahti checklist reassess --because move --by anna
    """
    args = {"because": because, "by": by}
    found = call(load(config_path), "checklist_reassess", args)
    if as_json:
        print_json(found)
        return
    for name, why in found.items():
        for one in why:
            click.echo(f"{name}: {render(lang, f'reason.reassess:{one}', {})}")


@checklist.command("add")
@click.argument("name", default="fire")
@by_option
@click.option("--text", required=True, help="What was found, in one sentence.")
@click.option("--gate", required=True, help="What it bears on; fire: I, D, E or R.")
@click.option("--critical", is_flag=True, help="At least orange until it is mended.")
@config_option
@json_option
@lang_option
def add(
    name: str,
    by: str,
    text: str,
    gate: str,
    critical: bool,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Add what a fire officer found and checklist NAME does not ask. Nothing can be deleted.

    \b
    Example:
      kotivahti checklist add fire --by ville --gate I --text "Petrol in the hall" --critical
    """
    config = load(config_path)
    args = {"checklist": name, "by": by, "text": text, "gate": gate, "critical": critical}
    scored = call(config, "checklist_add", args)
    if as_json:
        print_json(scored)
        return
    print_score(scored, call(config, "checklist_show", {"checklist": name})["checklist"], lang)


checklist.add_command(print_form)
checklist.add_command(lint)


def _print(
    scored: dict[str, Any], listed: dict[str, Any], answers: dict[str, str], form: str, lang: str
) -> None:
    if form in AT_HOME:
        print_at_home(listed, answers, lang)
    else:
        print_score(scored, listed, lang)


def _days(held: dict[str, Any]) -> dict[str, Any]:
    return {"day": held["answered"], "until": held["until"]}


def _pair(text: str) -> tuple[str, str]:
    item, equals, code = text.partition("=")
    if not equals or not item or not code:
        refuse("answer_form", EXIT_USAGE, name=text)
    return item.strip().upper(), code.strip()


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    answers: dict[str, str] = {}
    for item, code in map(_pair, given):
        if item in answers:
            refuse("answered_twice", EXIT_USAGE, item=item)
        answers[item] = code
    return answers
