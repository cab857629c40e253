"""A critical answer makes its assessor choose: mended now, ordered, a notification considered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from edge.cli.call import call
from edge.cli.checklist_words import AT_HOME, Row, code_words, say
from edge.cli.common import EXIT_USAGE, refuse, sure
from edge.cli.household_words import until_ms
from edge.config import Config
from edge.domain import Record, Scalar
from edge.locale import render

choose_option = click.option(
    "--choose",
    "chosen",
    multiple=True,
    metavar="ITEM=HOW",
    help="Of a critical answer: fixed, ordered:PARTY:DAY, notify:WHY or no-notify:WHY.",
)

FIXED, ORDERED, NOTIFY, NO_NOTIFY = "fixed", "ordered", "notify", "no-notify"


class Choice(Record, frozen=True, kw_only=True):
    """What is done about one critical answer; `text`: why, or the party of an order."""

    how: str
    text: str = ""
    day: str = ""


def read(given: tuple[str, ...]) -> dict[str, Choice]:
    """The choices of `--choose`; out with exit code 2 for what is none."""
    found = {}
    for text in given:
        item, equals, told = text.partition("=")
        how, _, rest = told.partition(":")
        party, _, day = rest.rpartition(":")
        if how == FIXED and equals and not rest:
            choice = Choice(how=how)
        elif how == ORDERED and party and _is_day(day):
            choice = Choice(how=how, text=party, day=day)
        elif how in (NOTIFY, NO_NOTIFY) and rest.strip():
            choice = Choice(how=how, text=rest.strip())
        else:
            refuse("choice_form", EXIT_USAGE, name=text)
        found[item.strip().upper()] = choice
    return found


def criticals(listed: Row, answers: dict[str, str], form: str) -> list[tuple[Row, str]]:
    """Items that are answered with a critical that stays open; none for resident and relatives."""
    if form in AT_HOME:
        return []
    return [
        (item, answers[item["id"]])
        for item in listed["items"]
        for answer in item["answers"]
        if answer["critical"] and answers.get(item["id"]) == answer["code"]
    ]


def check(listed: Row, chosen: dict[str, Choice], zone: str) -> None:
    """Refuse an order from nobody or for a day that is past, before anything is asked or stored."""
    today = datetime.now(ZoneInfo(zone)).date()
    for choice in chosen.values():
        if choice.how != ORDERED:
            continue
        if choice.text not in listed["parties"]:
            there = ", ".join(sorted(listed["parties"]))
            refuse("not_known", EXIT_USAGE, key="--choose", value=choice.text, there=there)
        if date.fromisoformat(choice.day) < today:
            refuse("task_day", EXIT_USAGE)


def fitting(
    listed: Row, answers: dict[str, str], chosen: dict[str, Choice], lang: str, *, asked: bool
) -> dict[str, Choice]:
    """The choices about hazards that are open now. Another one is refused with exit code 2; but
    what a person was `asked` on a visit is stored all the same, and the choice left out aloud.
    """
    found = {}
    for item in listed["items"]:
        choice, code = chosen.get(item["id"]), answers.get(item["id"])
        can = (
            "fixable_on_visit" if asked and choice is not None and choice.how == FIXED else "points"
        )
        if choice is not None and any(a["code"] == code and a[can] for a in item["answers"]):
            found[item["id"]] = choice
    for item in [k for k in chosen if k not in found]:
        if not asked:
            refuse("choice_not_open", EXIT_USAGE, item=item)
        click.echo("! " + render(lang, "refused.choice_not_open", {"item": item}), err=True)
    return found


def ask_each(
    listed: Row, answers: dict[str, str], chosen: dict[str, Choice], form: str, lang: str
) -> dict[str, Choice]:
    """Ask about every critical answer that has no choice yet; Enter leaves it for later."""
    found = dict(chosen)
    for item, code in criticals(listed, answers, form):
        if item["id"] in found:
            continue
        try:
            choice = _asked(listed, item, code, lang)
        except click.Abort:  # the end of input: what was answered is stored all the same
            return found
        if choice is not None:
            found[item["id"]] = choice
    return found


def mended(listed: Row, answers: dict[str, str], chosen: dict[str, Choice]) -> dict[str, str]:
    """The answers, with what was mended on the spot told as that."""
    found = dict(answers)
    for item in listed["items"]:
        choice, code = chosen.get(item["id"]), answers.get(item["id"])
        if choice is None or choice.how != FIXED or code is None:
            continue
        if not any(a["code"] == code and a["fixable_on_visit"] for a in item["answers"]):
            refuse("not_on_a_visit", EXIT_USAGE, item=item["id"], code=code)
        found[item["id"]] = f"{code}:fixed"
    return found


def tell(config: Config, chosen: dict[str, Choice], by: str, role: str, lang: str) -> None:
    """Store orders and what was considered, beside the answers that are stored already."""
    try:
        for item, choice in chosen.items():
            _tell_one(config, choice, {"task": item, "by": by, "role": role})
    except SystemExit:
        click.echo("! " + _say(lang, "stored"), err=True)
        raise


def _tell_one(config: Config, choice: Choice, args: dict[str, Any]) -> None:
    if choice.how == ORDERED:
        ends_ms = until_ms("--choose", choice.day, config.gateway.zone)
        call(config, "task_order", args | {"from": choice.text, "until_ms": ends_ms})
    elif choice.how in (NOTIFY, NO_NOTIFY):
        notify = choice.how == NOTIFY
        call(config, "task_consider", args | {"notify": notify, "why": choice.text})


def unchosen(
    listed: Row, answers: dict[str, str], chosen: dict[str, Choice], form: str
) -> list[str]:
    """Critical items about which nothing was chosen."""
    open_now = criticals(listed, answers, form)
    return [item["id"] for item, _ in open_now if item["id"] not in chosen]


def remind(items: list[str], lang: str) -> None:
    """On standard error: what is still to be chosen, and how."""
    for item in items:
        click.echo("! " + _say(lang, "later", item=item), err=True)


def _asked(listed: Row, item: Row, code: str, lang: str) -> Choice | None:
    what = f"{item['id']} {say(item['label'], lang)}: {code_words(item, code, lang)}"
    click.echo(_say(lang, "critical", what=what))
    can_fix = any(a["code"] == code and a["fixable_on_visit"] for a in item["answers"])
    keys = {"2": ORDERED, "3": NOTIFY} | ({"1": FIXED} if can_fix else {})
    for key, how in sorted(keys.items()):
        click.echo(f"   {key}  {_say(lang, how)}")
    key = ""
    while key not in keys:
        key = click.prompt("   " + _say(lang, "which"), default="", show_default=False).strip()
        if not key:
            return None
    if keys[key] == FIXED:
        return Choice(how=FIXED)
    if keys[key] == ORDERED:
        usual = ", ".join(sorted(set(item["responsible"].values())))
        party = ""
        while party not in listed["parties"]:
            party = click.prompt("   " + _say(lang, "from_whom", there=usual)).strip()
        return Choice(how=ORDERED, text=party, day=_day(lang))
    notify = sure(lang, _say(lang, "notify_now"), err=False)
    why = click.prompt("   " + _say(lang, "why")).strip()
    return Choice(how=NOTIFY if notify else NO_NOTIFY, text=why)


def _day(lang: str) -> str:
    while True:
        day = click.prompt("   " + _say(lang, "until")).strip()
        if _is_day(day):
            return str(day)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _say(lang: str, key: str, **params: Scalar) -> str:
    return render(lang, f"choose.{key}", params)
