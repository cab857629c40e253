"""What `kotivahti why` says: the word, the reasons, the unknown, the ground, the proof, numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edge.cli.checklist_words import reason_words
from edge.cli.moments import moment
from edge.domain import Scalar
from edge.locale import catalogue, number, render, titles
from edge.risk.daily.table import DAILY_CHANGE, FEATURES
from edge.risk.drift import PERSONAL

Found = dict[str, Any]

# Of a model's contributions so many are shown; --json has all that are kept.
WEIGHTS_SHOWN = 5
# Values of a difference longer than a line say nothing to a reader; --json has them whole.
VALUE_MAX_CHARS = 60
MANIFEST_SHOWN = 12
# Only what somebody doubts about the reading itself is told with it.
SOUND = "ok"


def _say(lang: str, key: str, **params: Scalar) -> str:
    return render(lang, f"why.{key}", params)


def assessment_lines(found: Found, lang: str) -> Iterator[str]:
    """The level or the day, reasons in their order, and what was not known."""
    one, at = found["record"], moment(found["at"], lang, 19)
    if one.get("day"):
        yield _say(lang, "day", day=one["day"], at=at)
    else:
        yield _say(lang, "assessment", hazard=one["hazard"], level=one["level"], at=at)
    reasons = one.get("reasons", [])
    known = [reason for reason in reasons if not _is_doubt(reason)]
    yield ""
    yield _say(lang, "because")
    for reason in known:
        yield f"  - {reason_words(found['labels'], reason, lang)}"
    if one.get("abstained"):
        yield f"  - {render(lang, 'abstained.' + one['abstained'], {})}"
    elif not known:
        yield f"  - {_say(lang, 'nothing')}"
    yield ""
    yield _say(lang, "unknown")
    yield from (f"  - {line}" for line in _unknown(found, lang))
    if one.get("day"):
        yield from _coverage_lines(found, lang, "coverage_day")


def _is_doubt(reason: Found) -> bool:
    code = str(reason["code"])
    return code.endswith((":unknown", ":unanswered", ":declined", ":expired"))


def _unknown(found: Found, lang: str) -> list[str]:
    one = found["record"]
    lines = [
        reason_words(found["labels"], reason, lang)
        for reason in one.get("reasons", [])
        if _is_doubt(reason)
    ]
    lines += [_say(lang, "unseen", what=what) for what in _unseen(one, lang)]
    percent = round(100 * one["share_unknown"]) if one.get("checklist") else 0
    if percent:
        lines.append(_say(lang, "share", percent=percent))
    return lines or [_say(lang, "all_known")]


def _unseen(one: Found, lang: str) -> list[str]:
    """Sorts of features of the day of which nothing at all was known, in the model's words."""
    features = one.get("features")
    if not features or not one.get("day"):
        return []
    seen = {f.reason for f in FEATURES if features.get(f.name) is not None}
    unseen = dict.fromkeys(f.reason for f in FEATURES if f.reason not in seen)
    return [render(lang, f"reason.{DAILY_CHANGE}:{sort}", {}) for sort in unseen]


def alert_lines(found: Found, lang: str) -> Iterator[str]:
    """The alert, what it stands on, what was in doubt, and what has become of it."""
    first, last = found["history"][0], found["history"][-1]
    params = {"room": last.get("room")} | last.get("params", {})
    words: dict[str, dict[str, str]] = found.get("words", {})
    yield _say(
        lang,
        "alert",
        urgency=render(lang, f"priority.{last['priority']}", {}),
        state=render(lang, f"state.{last['state']}", {}),
        title=titles(last["code"], params, words)[lang],
    )
    yield f"{moment(found['at'], lang, 19)}  {last['id']}"
    yield ""
    yield _say(lang, "because")
    yield "  " + render(lang, f"alert.{last['code']}.body", params, words.get(lang))
    if last.get("params", {}).get("assessment"):
        yield "  - " + _say(lang, "see", id=last["params"]["assessment"])
    for evidence, at in zip(first.get("evidence", []), found["evidence"], strict=True):
        yield "  - " + _evidence(evidence, at, lang)
    doubts = [render(lang, f"flag.{flag}", {}) for flag in first.get("flags", [])]
    yield ""
    yield _say(lang, "unknown")
    yield from (f"  - {line}" for line in doubts or [_say(lang, "all_known")])
    yield from _coverage_lines(found, lang, "coverage")
    if len(found["history"]) > 1:
        yield ""
        yield _say(lang, "steps")
        for one, at in zip(found["history"][1:], found["told"][1:], strict=True):
            state, when = render(lang, f"state.{one['state']}", {}), moment(at, lang, 19)
            actor = one.get("actor")
            by = "step" if actor is None else "step_by"
            account = "" if actor is None else actor["account"]
            yield "  " + _say(lang, by, at=when, state=state, by=account)


def _evidence(one: Found, at: str, lang: str) -> str:
    value = one["value"]
    shown = number(lang, value) if isinstance(value, int | float) else str(value or "-")
    text = _say(
        lang,
        "evidence",
        device=one["device"] or "-",
        kind=one["kind"],
        value=f"{shown} {one['unit']}".strip(),
        at=moment(at, lang, 19),
    )
    quality = one.get("quality", SOUND)
    return text if quality == SOUND else f"{text} [{render(lang, f'flag.{quality}', {})}]"


def _coverage_lines(found: Found, lang: str, heading: str) -> Iterator[str]:
    rows = found["coverage"] or []
    yield ""
    yield _say(lang, heading)
    short = [row for row in rows if row["share"] < 1 and row["reason"]]
    if not short:
        yield f"  - {_say(lang, 'covered_all' if rows else 'covered_none')}"
    for row in sorted(short, key=lambda one: (one["share"], one["question"])):
        line = _say(
            lang,
            "covered",
            question=render(lang, f"coverage.short.{row['question']}", {}),
            share=round(100 * row["share"], 1),
            reason=render(lang, f"coverage.why.{row['reason']}", {}),
        )
        yield f"  - {line}"


def verdict_lines(found: Found, lang: str) -> Iterator[str]:
    """Whether it comes out the same, exactly what does not, and the numbers last."""
    again = found["again"]
    yield ""
    yield _say(lang, "again")
    if again["verdict"] == "same":
        name = "same_model" if again.get("model") else "same"
        if found["kind"] == "alert":
            name = "same_alert"
        since = again.get("since")
        shown = "" if since is None else _iso_minute(since)
        yield "  " + _say(lang, name, n=again.get("observations", 0), since=shown)
        if again.get("recounted"):
            yield "  " + _say(lang, "same_day")
    if again.get("differences"):
        yield "  " + _say(lang, "differs")
        for one in again["differences"]:
            yield "  - " + _say(
                lang,
                "difference",
                of=one["of"],
                part=one["part"] or _say(lang, "whole"),
                lived=(one["lived"] or "-")[:VALUE_MAX_CHARS],
                relived=(one["relived"] or "-")[:VALUE_MAX_CHARS],
            )
    if again.get("missing"):
        yield "  " + _say(lang, "not_made")
        for code in again["missing"]:
            yield "  - " + _missing(code, lang)
    if again.get("release"):
        yield "  " + _say(lang, "release", release=again["release"])
    if again.get("gone"):
        yield "  " + _say(lang, "gone", n=again["gone"])
    if found["kind"] == "assessment":
        yield from _numbers(found["record"], lang)


def _missing(code: str, lang: str) -> str:
    what, _, name = code.partition(" ")
    name, _, reason = name.partition(" ")
    return render(lang, f"gone_why.{what}", {"name": name, "why": reason})


def _numbers(one: Found, lang: str) -> Iterator[str]:
    if one.get("model"):
        yield ""
        manifest = (one["model_manifest"] or "")[:MANIFEST_SHOWN]
        yield _say(lang, "model", model=one["model"], manifest=manifest)
        outputs = one.get("outputs") or {"index": one.get("index")}
        for output, value in outputs.items():
            shown = "-" if value is None else number(lang, round(value, 2))
            yield "  " + _say(lang, "index", output=_output(output, lang), value=shown)
            weights = one.get("contributions", {}).get(output, {})
            for feature, weight in list(weights.items())[:WEIGHTS_SHOWN]:
                given = (one.get("features") or {}).get(feature)
                yield "  - " + _say(
                    lang,
                    "weight",
                    feature=feature,
                    value=number(lang, round(weight, 3)),
                    told=_say(lang, "not_told") if given is None else number(lang, round(given, 3)),
                )
    grounds = one.get("grounds")
    if grounds is not None:
        yield _say(lang, "rules", rules=grounds["rules"], lists=", ".join(grounds["lists"]))


def _output(name: str, lang: str) -> str:
    """What an output is of; a model of one index has no words for it."""
    name, _, floor = name.partition(":")
    if f"risk_index.{name}" not in catalogue(lang):
        return name
    which = render(lang, f"risk_index.{name}", {})
    return render(lang, "risk_index.floor", {"which": which}) if floor else which


def _iso_minute(since: Found) -> str:
    from edge.app.view import wall_text  # noqa: PLC0415 - only where a verdict is printed

    return wall_text(since["wall_ms"])


def drift_lines(found: Found, lang: str) -> Iterator[str]:
    """The newest week in words, the features that moved most, then the weeks before."""
    if not found["weeks"]:
        yield _say(lang, "drift_none")
        return
    newest = found["weeks"][0]
    yield _say(lang, "drift", model=newest["model"], day=newest["last_day"], state=newest["state"])
    yield "  " + _say(lang, "drift_days", days=newest["days"], first=newest["first_day"])
    if newest["median_psi"] is not None:
        psi = number(lang, newest["median_psi"])
        yield "  " + _say(lang, "drift_psi", psi=psi, n=newest["moved"])
        personal = {name: psi for name, psi in found["psi"].items() if name.endswith(PERSONAL)}
        for name in sorted(personal, key=lambda one: (-personal[one], one))[:WEIGHTS_SHOWN]:
            yield f"  - {name}: {number(lang, round(personal[name], 3))}"
    mean = newest["mean"]
    moved = "unknown" if not mean["known"] else "moved" if mean["moved"] else "steady"
    yield "  " + _say(lang, f"drift_mean_{moved}")
    for week in found["weeks"][1:]:
        yield _say(lang, "drift_week", day=week["last_day"], state=week["state"])
