"""`kotivahti desk life`: forms, rounds and their picture; what a customer gets, and erases."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from desk.common import (
    EPILOG,
    EXIT_REFUSED,
    EXIT_USAGE,
    asked_lang,
    config_option,
    desk_of,
    fail,
    json_option,
    lang_option,
    print_json,
    refuse,
)
from desk.life import forms, record, rounds, shown
from desk.life.data_cli import close, erase, export, withdraw, write_new
from desk.life.options import DAY, id_argument, theme_names, theme_of, working
from desk.life.plan_cli import plan
from desk.life.segment_cli import contact, due_list, manager, segment
from desk.life.words import WORDS, say, shown_day
from desk.person import Person, person_options, utf8_or_none, why_option
from edge.life.form import Form
from edge.life.rounds import Answer, AnswerError, answer_of
from edge.locale.refusing import given, said


@click.group(epilog=EPILOG)
def life() -> None:
    """How customers see their life, and what follows: plans, segments, case managers.

    None of it is a score, and none of it reaches a gateway or sets a level.

    \b
    Examples:
      kotivahti desk life answer c-0188 1=6/9/8 3=5/9/8 --as anna
      kotivahti desk life picture c-0188 circle.svg --lang fi --as anna
      kotivahti desk life plan add c-0188 --theme 3 --goal "Kotona vielä kesällä" \\
        --do "Kahvat suihkuun" --responsible anna --follow-up 2027-01-15 --as anna
      kotivahti desk life due --mine --as anna
    """


@life.command(epilog=EPILOG)
@click.argument("name", required=False, callback=utf8_or_none)
@config_option
@json_option
@lang_option
def form(name: str | None, config_path: Path, lang: str, *, as_json: bool) -> None:
    """The themes of form NAME with their numbers; without NAME every form, and whether it is on.

    A form of a registered mark is off until the settings name the terms of its use.

    \b
    Examples:
      kotivahti desk life form
      kotivahti desk life form 3x10d-2 --lang sv
    """
    with desk_of(config_path) as (config, _):
        found = list(forms.every()) if name is None else [forms.in_use(config.life, name)]
        told = [
            {
                "id": one.id,
                "title": one.title.of(lang),
                "off": forms.is_off(config.life, one),
                "mark": "" if one.mark is None else one.mark.of(lang),
                "themes": [
                    {"number": n, "theme": theme.code, "name": theme.name.of(lang)}
                    for n, theme in enumerate(one.theme, 1)
                ],
            }
            for one in found
        ]
    if as_json:
        print_json(told)
        return
    for row in told:
        state = say("off" if row["off"] else "in_use", lang)
        click.echo(f"{row['id']}  {row['title']}  {state}  {row['mark']}")
        if name is not None:
            for one in found[0].theme:
                click.echo(f"  {found[0].number(one.code):>2}  {one.name.of(lang)}")


@life.command(epilog=EPILOG)
@id_argument
@click.argument("answers", nargs=-1, metavar="[THEME=S/I/G]...")
@click.option("--form", "form_id", callback=utf8_or_none, help="Which form; the settings' own.")
@click.option("--on", "day", **DAY, help="The day of the talk; today.")
@click.option("--again", **DAY, help="When to ask again: one to three months later.")
@person_options
@config_option
@json_option
@lang_option
def answer(
    id_: str,
    answers: tuple[str, ...],
    form_id: str | None,
    day: date | None,
    again: date | None,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Keep what CUSTOMER answered: satisfaction, importance and goal of each theme, 0 to 10.

    Without answers each theme is asked in turn. "-" is not answered, and so is what is left out.

    \b
    Examples:
      kotivahti desk life answer c-0188 --lang fi --as anna
      kotivahti desk life answer c-0188 1=6/9/8 housing=5/9/8 10=7 --again 2027-01-15 --as anna
    """
    with working(config_path, person, id_, named=True) as at:
        chosen = forms.in_use(at.config.life, form_id)
        told = _told(chosen, answers) if answers else _asked(chosen, lang)
        key = rounds.keep(
            at.connection, id_, at.config.life, chosen, told, at.actor,
            day=day or at.today, again=again, today=at.today, at_ms=at.at_ms,
        )  # fmt: skip
        kept = record.of(at.connection, id_, at.today, at.config.desk.zone)
        found = next(one for one in kept["rounds"] if one["key"] == key)
    if as_json:
        print_json(found)
        return
    click.echo(f"{id_}: {say('round_kept', lang)} {key}")
    for line in shown.table(chosen, found, lang):
        click.echo(line)


def _told(chosen: Form, answers: tuple[str, ...]) -> dict[str, Answer]:
    """Answers of the command line by theme."""
    told: dict[str, Answer] = {}
    for text in answers:
        name, mark, values = text.partition("=")
        if not mark:
            refuse("theme_form", EXIT_USAGE, name=given(text))
        code = theme_of(chosen, name.strip())
        if code in told:
            refuse("theme_twice", EXIT_USAGE, name=given(text))
        try:
            told[code] = answer_of(values)
        except AnswerError as error:
            fail(said(error, asked_lang()), EXIT_USAGE)
    return told


def _asked(chosen: Form, lang: str) -> dict[str, Answer]:
    """Each theme in turn; what cannot be taken is asked again."""
    click.echo(say("ask", lang), err=True)
    told: dict[str, Answer] = {}
    for number, theme in enumerate(chosen.theme, 1):
        while theme.code not in told:
            text = click.prompt(
                f"{number:>2} {theme.name.of(lang)}", default="-", show_default=False, err=True
            )
            try:
                told[theme.code] = answer_of(text)
            except AnswerError as error:
                click.echo(said(error, lang), err=True)
    return told


@life.command(epilog=EPILOG)
@id_argument
@why_option
@person_options
@config_option
@json_option
@lang_option
def show(
    id_: str, why: str, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """The newest round of CUSTOMER, the plan, the segment, the case manager and what is due."""
    with working(config_path, person, id_) as at:
        at.look("life shown", [id_], why=why)
        found = record.of(at.connection, id_, at.today, at.config.desk.zone)
    if as_json:
        print_json(found)
        return
    for line in _lines(found, lang):
        click.echo(line)


def _lines(found: dict[str, Any], lang: str) -> list[str]:
    themes = theme_names(lang)
    lines = [f"{found['customer']}: {say('round_none', lang)}"]
    if found["rounds"]:
        newest = found["rounds"][0]
        lines = list(shown.table(forms.known(newest["form"]), newest, lang))
    lines += ["", f"{say('plan', lang)}:" if found["plan"] else say("plan_none", lang)]
    lines += [line for one in found["plan"] for line in shown.item(one, lang, themes)]
    lines += [""]
    if found["segments"]:
        lines += shown.segment(found["segments"][0], lang)
    else:
        lines.append(say("segment_none", lang))
    if found["closed_ms"] is not None:
        lines.append(say("closed", lang))
    name = found["case_manager"]
    lines.append(f"{say('case_manager', lang)}: {name}" if name else say("manager_none", lang))
    return lines


@life.command(epilog=EPILOG)
@id_argument
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--round", "key", type=click.IntRange(min=1), help="Which round; the newest.")
@person_options
@config_option
@json_option
@lang_option
def picture(
    id_: str, file: Path, key: int | None, person: Person, config_path: Path, lang: str, *,
    as_json: bool,
) -> None:  # fmt: skip
    """Draw a round of CUSTOMER, beside the one before it, to FILE (.svg). It names nobody.

    \b
    Example:
      kotivahti desk life picture c-0188 circle.svg --lang fi --as anna
    """
    from edge.life.picture import draw  # noqa: PLC0415 - no other command draws

    with working(config_path, person, id_) as at:
        at.look("life picture", [id_])
        kept = rounds.of(at.connection, id_)
        one = next((each for each in kept if key in (None, each.key)), None)
        if one is None:
            refuse("no_life_answers", EXIT_REFUSED, customer=id_)
        words = {name: texts[lang] for name, texts in WORDS.items()}
        words["day"] = shown_day(one.told.day, lang)
        drawn = draw(rounds.form_of(one), one.told, rounds.before(kept, one), lang, words)
    write_new(file, drawn)
    if as_json:
        print_json({"customer": id_, "round": one.key, "file": str(file)})
        return
    click.echo(f"{say('round', lang)} {one.key}: {file}")


for _one in (plan, segment, manager, contact, due_list, withdraw, export, erase, close):
    life.add_command(_one)
