"""Words of a checklist for people: items, answers, levels and what stands beside them."""

from __future__ import annotations

from typing import Any

import click

from edge.domain import Level
from edge.locale import number, render
from edge.risk.added import found_by
from edge.risk.rules import FIXED

FALLBACK = "en"

# Forms that people fill in for themselves: no level and no criticals, but whom to turn to.
AT_HOME = ("self", "relative")

# So many items in the same doubt are named one by one.
DOUBTS_MAX = 3

# Two items are named, and not as a range.
RANGE_MIN = 3

# What asks for action stands above what is not known.
WORST_FIRST = ("red", "orange", "grey", "yellow", "green")

Row = dict[str, Any]


def spoken(listed: Row, lang: str) -> str:
    """The language asked for, or English for the whole page when the list has no words in it."""
    return lang if lang in listed["title"] else FALLBACK


def say(words: dict[str, str], lang: str) -> str:
    return words.get(lang) or words[FALLBACK]


def answer_words(item: Row, answer: Row | None, lang: str) -> str:
    if answer is None:
        return "-"
    code = answer["code"] or answer["state"]
    mended = answer["state"] == "fixed_on_visit" and code != "fixed"
    words = code_words(item, f"{code}:fixed" if mended else code, lang)
    by = render(lang, "answer.device", {}) if answer["source"] == "device" else answer["by"]
    return f"{words} ({by})"


def code_words(item: Row, code: str, lang: str) -> str:
    code, _, how = code.partition(":")
    words = item["answer_labels"].get(code)
    if item["added"] and not words:
        code = found_by(code) or code
    said = say(words, lang) if words else render(lang, f"answer.{code}", {})
    return f"{said}; {render(lang, 'answer.fixed', {})}" if how else said


def reason_words(items: dict[str, Row], reason: Row, lang: str) -> str:
    item_id, _, code = reason["code"].partition(":")
    if item_id in items:
        item = items[item_id]
        return f"{item_id} {say(item['label'], lang)}: {code_words(item, code, lang)}"
    said = render(lang, f"reason.{reason['code']}", {})
    by_model = reason["source"].startswith("model:")
    return f"{said} ({render(lang, 'answer.model', {})})" if by_model else said


def print_score(found: Row, listed: Row, lang: str, tenure: str | None = None) -> None:
    """Each hazard's level with its reasons, the number last; then what stands beside it.

    With a tenure, under each open hazard: what to do, who sees to it, and by when.
    """
    lang = spoken(listed, lang)
    hazards = found["hazards"].items()
    worst_first = sorted(hazards, key=lambda one: WORST_FIRST.index(one[1]["level"]))
    for hazard, row in worst_first:
        title = say(listed["title"], lang)
        if len(found["hazards"]) > 1:
            title = f"{title}, {render(lang, f'hazard.{hazard}', {})}"
        click.echo(f"{title}: {render(lang, 'level.' + row['level'], {})}")
        for line in _reasons(found["labels"], row["reasons"], lang):
            click.echo(f"  - {line}")
        if tenure is not None:
            _print_actions(found["labels"], row["reasons"], tenure, lang)
        _print_index(row, lang)
    answered = found["answered"]
    if any(
        not str(r["checklist"]).startswith(f"{listed['id']}/") for r in found["hazards"].values()
    ):
        # The level stands on another list as well: how much of this one is known is told apart.
        shown = {"n": answered["known"], "of": answered["of"]}
        click.echo("  " + render(lang, "ask.answered", shown))
    if _is_calm(found, listed):
        click.echo("  " + render(lang, "ask.no_finding", {}))
    print_beside(found, listed, lang)


def _is_calm(found: Row, listed: Row) -> bool:
    """Whether a short list is whole and found nothing, and a hazard is not known all the same."""
    whole = found["answered"]["known"] == found["answered"]["of"]
    grey = any(row["level"] == Level.GREY for row in found["hazards"].values())
    short = any(item["opens"] for item in listed["items"])
    return short and whole and grey and not found["opened"]


def _reasons(items: dict[str, Row], reasons: list[Row], lang: str) -> list[str]:
    """What weighs one by one; what is not known together, since nobody reads twenty lines of it."""
    doubts: dict[str, list[str]] = {}
    for reason in reasons:
        item_id, _, code = reason["code"].partition(":")
        if item_id in items and not reason["weight"]:
            doubts.setdefault(code, []).append(item_id)
    lines = []
    lacking = [reason for reason in reasons if _is_lacking(reason)]
    for reason in reasons:
        if len(lacking) > DOUBTS_MAX and _is_lacking(reason):
            continue
        item_id, _, code = reason["code"].partition(":")
        together = doubts.get(code, []) if item_id in items and not reason["weight"] else []
        if len(together) <= DOUBTS_MAX:
            lines.append(reason_words(items, reason, lang))
        elif together[0] == item_id:
            lines.append(f"{code_words(items[item_id], code, lang)}: {_ranges(together)}")
    if len(lacking) > DOUBTS_MAX:
        lines.append(render(lang, "ask.lacking", {"n": len(lacking)}))
    return lines


def _ranges(items: list[str]) -> str:
    """Items in their order, those that follow on each other as one: "FS-01 to FS-06, FS-08"."""
    runs: list[list[str]] = []
    for item in items:
        last = runs[-1][-1] if runs else ""
        follows = last[:-2] == item[:-2] and int(item[-2:]) == int(last[-2:]) + 1
        if follows:
            runs[-1].append(item)
        else:
            runs.append([item])
    return ", ".join(
        f"{run[0]}\N{EN DASH}{run[-1]}" if len(run) >= RANGE_MIN else ", ".join(run) for run in runs
    )


def _is_lacking(reason: Row) -> bool:
    """Whether a model had to do without it; the list names the answers themselves."""
    return bool(reason["source"].startswith("model:") and reason["code"].endswith(":unknown"))


def _print_actions(items: dict[str, Row], reasons: list[Row], tenure: str, lang: str) -> None:
    """Corrective actions, the soonest first."""
    named = {reason["code"].partition(":")[0] for reason in reasons if reason["weight"]}
    open_now = [items[name] for name in named if name in items and items[name]["due"] is not None]
    for item in sorted(open_now, key=lambda one: (one["due"], say(one["label"], lang))):
        shown = {
            "action": say(item["action"], lang),
            "who": say(item["responsible"][tenure], lang),
            "day": item["due"],
        }
        click.echo("    " + render(lang, "ask.action", shown))


def _print_index(row: Row, lang: str) -> None:
    unknown = round(row["share_unknown"] * 100)
    click.echo("  " + render(lang, "ask.unknown", {"percent": unknown, "items": row["asked"]}))
    if row["abstained"]:
        click.echo("  " + render(lang, "ask.abstained", {"why": row["abstained"]}))
    elif row["index"] is not None and row["level"] == "grey":
        # A home of which little is known has a middling index: it would rank above a known danger.
        click.echo("  " + render(lang, "ask.no_index", {}))
    else:
        for name, index in row["indices"].items():
            value, floor = round(index["value"]), round(index["floor"])
            shown = {"which": render(lang, f"risk_index.{name}", {}), "index": value}
            shown |= {"floor": floor, "model": row["model"]}
            words = "ask.index" if value == floor else "ask.index_floor"
            click.echo("  " + render(lang, words, shown))


def wondered(one: Row, lang: str) -> str:
    """What a device counted that asks for an item to be asked."""
    signal = render(lang, f"signal.{one['signal']}", {})
    return f"{render(lang, 'answer.device', {})}: {signal}: {number(lang, one['value'])}"


def print_beside(found: Row, listed: Row, lang: str) -> None:
    """Why to assess anew, what a finding asks for, and what devices say, with or against."""
    items = {item["id"]: item for item in listed["items"]}
    for why in found["reassess"]:
        click.echo("  ! " + render(lang, f"reason.reassess:{why}", {}))
    for finding, refs in found["opened"].items():
        label = say(items[finding]["label"], lang)
        shown = {"finding": f"{finding} {label}", "items": ", ".join(refs)}
        click.echo("  > " + render(lang, "ask.opened", shown))
    for one in found["conflicts"]:
        item = items[one["item"]]
        shown = {
            "item": f"{one['item']} {say(item['label'], lang)}",
            "said": code_words(item, one["said"], lang),
            "by": one["by"],
            "heard": code_words(item, one["code"], lang),
            "signal": render(lang, f"signal.{one['signal']}", {}),
            "value": one["value"],
        }
        click.echo("  ! " + render(lang, "ask.conflict", shown))
    for one in found["suggested"]:
        item = items[one["item"]]
        shown = {
            "item": f"{one['item']} {say(item['label'], lang)}",
            "heard": code_words(item, one["code"], lang),
            "signal": render(lang, f"signal.{one['signal']}", {}),
            "value": one["value"],
        }
        click.echo("  ~ " + render(lang, "ask.suggested", shown))
    for one in found["questions"]:
        shown = {
            "item": f"{one['item']} {say(items[one['item']]['label'], lang)}",
            "signal": render(lang, f"signal.{one['signal']}", {}),
            "value": one["value"],
        }
        click.echo("  ? " + render(lang, "ask.question", shown))


def print_at_home(listed: Row, answers: dict[str, str], lang: str) -> None:
    """What a resident or a relative reads: what can be done, and whom to turn to. No level.

    About what they told themselves, and nothing of what a worker found.
    """
    lang = spoken(listed, lang)
    todo = [
        item
        for item in listed["items"]
        for one in item["answers"]
        if one["points"] and one["code"] == answers.get(item["id"]) != FIXED
    ]
    click.echo(render(lang, "ask.thanks" if todo else "ask.thanks_only", {}))
    for item in todo:
        click.echo(f"  - {say(item['label'], lang)}: {say(item['action'], lang)}")
    click.echo(render(lang, "ask.contact", {}))
    click.echo(render(lang, "ask.urgent", {}))
