"""How `kotivahti status` says what it found: one line for each part of a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edge.cli import device_words
from edge.domain import Scalar
from edge.locale import catalogue, number, render
from edge.paper.words import changes

# Where the text of a line begins, where no label of the language is longer.
LABEL_MIN = 10
# The same for the columns of a device.
ID_MIN, ROLE_MIN, ROOM_MIN = 14, 17, 10
HAZARDS = ("fire", "fall", "wellbeing")
_STEPS = {
    "stored": "durable_ms",
    "sent": "sent_ms",
    "broker": "puback_ms",
    "desk": "received_ms",
}


def say(lang: str, key: str, **params: Scalar) -> str:
    """The words of `status.<key>`."""
    return render(lang, f"status.{key}", params)


def label(lang: str, key: str) -> str:
    """The name of a line, as wide as the longest of the language needs."""
    names = [v for k, v in catalogue(lang).items() if k.startswith("status_label.")]
    wide = max(LABEL_MIN, *(len(name) + 1 for name in names))
    return f"{render(lang, f'status_label.{key}', {}):<{wide}}"


def lines(found: dict[str, Any], lang: str) -> Iterator[str]:
    """What a gateway answers to `status`, without its devices and open alerts."""

    def line(key: str, text: str) -> str:
        return label(lang, key) + text

    if not found["running"]:
        yield say(lang, "not_running")
    yield say(lang, "head", **{name: found[name] for name in ("gateway", "site", "version")})
    yield line("time", say(lang, "now", now=found["now"], clock=found["clock"]))
    yield line("levels", _levels(found, lang))
    path = found.get("path")
    if path is not None:
        yield line("upstream", say(lang, "up") if path["up"] else _lost(path, lang))
    modem = found.get("pager")
    if modem is not None:
        yield line("sms", say(lang, "ready") if modem["up"] else _lost(modem, lang))
    if path is not None and path["slots"]:
        yield line("line", _slots(path, lang))
    yield line("owed", _owed(found["outbox"], lang))
    if "proof" in found:
        yield line("proof", _proof(found["proof"], lang))
    if "escalation" in found:
        yield line("asked", _asked(found["escalation"], lang))
    refused = found["parked"] + len(() if path is None else path["parked"])
    if refused:
        yield line("refused", say(lang, "refused", n=refused))
    for text in _disk(found.get("disk", {}), lang):
        yield line("disk", text)
    yield say(lang, "commissioned", how=_commissioned(found["commissioning"], lang))
    yield line("locator", _locator(found["locator"], lang))
    yield line("seen", _covered(found["coverage"], lang))
    yield line("model", _drift(found["drift"], lang))
    yield line("kept", _kept(found.get("retention", {}), lang))
    for name, text in found["faults"].items():
        yield line("fault", f"{name}: {text}")


def devices(rows: list[dict[str, Any]], lang: str) -> Iterator[str]:
    """One line a device: what it is, where, when it was heard, what is doubtful."""
    shown = [
        (row["id"], device_words.role(lang, row["role"]), device_words.room(lang, row["room"]))
        for row in rows
    ]
    least = (ID_MIN, ROLE_MIN, ROOM_MIN)
    wide = [max(most, *(len(one[i]) for one in shown)) for i, most in enumerate(least) if shown]
    for row, cells in zip(rows, shown, strict=True):
        head = " ".join(f"{cell:<{size}}" for cell, size in zip(cells, wide, strict=True))
        yield f"{head} {', '.join(_of_device(row, lang))}"


def _of_device(row: dict[str, Any], lang: str) -> Iterator[str]:
    ago = device_words.say_ago(lang, row["heard_s_ago"])
    yield ago if row["heard_s_ago"] is None else say(lang, "heard", ago=ago)
    if row["battery"] is not None:
        yield say(lang, "battery", percent=number(lang, row["battery"]))
    if row["identity"]:
        yield device_words.say(lang, "doubtful")


def _levels(found: dict[str, Any], lang: str) -> str:
    parts = []
    for hazard in HAZARDS:
        text = say(lang, "level", hazard=hazard, level=found["levels"][hazard])
        index = found["indices"].get(hazard)
        parts.append(text if index is None else f"{text} {say(lang, 'index', n=round(index))}")
    return ", ".join(parts)


def _lost(part: dict[str, Any], lang: str) -> str:
    return say(lang, "lost", why=part["detail"])


def _drift(found: dict[str, Any] | None, lang: str) -> str:
    if found is None:
        return say(lang, "drift_none")
    return say(lang, "drift", model=found["model"], state=found["state"])


def _disk(disk: dict[str, Any], lang: str) -> Iterator[str]:
    if disk.get("trouble"):
        yield say(lang, "disk_held", what=disk["trouble"], n=disk["held_alerts"])
    for name in disk.get("aside", ()):
        yield say(lang, "disk_aside", name=name)


def _covered(found: dict[str, Any] | None, lang: str) -> str:
    """Of today, the question of which least is known; `kotivahti coverage` has them all."""
    if found is None:
        return render(lang, "coverage.all_today", {})
    # Never "100 %" while something is missing.
    share = min(99.9, round(100 * found["share"], 1))
    words = {
        "question": render(lang, f"coverage.question.{found['question']}", {}),
        "reason": render(lang, f"coverage.why.{found['reason']}", {}),
    }
    return render(lang, "coverage.worst_today", words | {"share": share})


def _kept(found: dict[str, int], lang: str) -> str:
    """For how long what is kept: [retention] of the settings."""
    parts = (
        say(lang, "kept", what=key.removesuffix("_days"), days=days) for key, days in found.items()
    )
    return ", ".join(parts) or "-"


def _locator(found: dict[str, Any], lang: str) -> str:
    """On or off and why, and of when the fit is; never where anybody is."""
    if not found["on"]:
        return say(lang, "locator_off")
    if found["trouble"]:
        return say(lang, "locator_trouble", why=found["trouble"])
    if found["fitted"] is None:
        return say(lang, "locator_no_fit")
    day = found["fitted"][:10]
    if found["lapsed"]:
        why = " ".join(
            render(lang, f"locator.lapsed.{one['why']}", {"what": one["what"]})
            for one in found["lapsed"]
        )
        return say(lang, "locator_lapsed", day=day, why=why)
    return say(lang, "locator_fit" if found["rooms_told"] else "locator_one", day=day)


def _slots(path: dict[str, Any], lang: str) -> str:
    """Each slot with the days that are left, the one in use marked; `?` in doubt of the clock."""
    parts = []
    for row in path["slots"]:
        ends = [row[what]["days"] for what in ("certificate", "authority") if row[what]]
        days = "?" if None in ends or not ends else min(ends)
        left = row["fault"] or say(lang, "days_left", days=days)
        used = "slot_used" if row["slot"] == path["slot"] else "slot"
        parts.append(say(lang, used, slot=row["slot"], left=left))
    return ", ".join(parts)


def _proof(found: dict[str, Any], lang: str) -> str:
    """The daily alert that proves the way: how it stands, its age, how long each step took."""
    parts = [render(lang, f"status_proof.{found['state']}", {})]
    last = found["last"]
    if found["age_s"] is not None:
        parts.append(device_words.say_ago(lang, found["age_s"]))
    if last is not None:
        parts += [
            render(lang, f"status_proof.{name}", {"ms": last[key]})
            for name, key in _STEPS.items()
            if last[key] is not None
        ]
    if found["waiting"]:
        parts.append(say(lang, "on_the_way", n=len(found["waiting"])))
    return ", ".join(parts)


def _owed(outbox: list[dict[str, Any]], lang: str) -> str:
    parts = (
        say(lang, "owed" if row["priority"] else "owed_plain", **row)
        for row in ({name: one[name] for name in ("count", "priority", "class")} for one in outbox)
    )
    return ", ".join(parts) or say(lang, "owed_none")


def _asked(found: dict[str, Any], lang: str) -> str:
    """Whether anybody can be asked, and about how many alerts somebody is."""
    plan = found["plan"]
    parts = [say(lang, "plan_none") if plan is None else say(lang, "plan", n=len(plan))]
    modem = {None: "modem_none", True: "modem_up", False: "modem_down"}[found["sms"]]
    parts += [say(lang, modem), say(lang, "asking", n=found["asking"])]
    return ", ".join([*parts, *([say(lang, "sounding")] if found["sounding"] else [])])


def _commissioned(standing: dict[str, Any], lang: str) -> str:
    """The day, "never", or what changed since ("out of date: release 0.1.0 → 0.2.0")."""
    when = "" if standing["at"] is None else standing["at"][:10]
    match standing["state"]:
        case "never":
            return say(lang, "never")
        case "commissioned":
            return when
        case "unfinished":
            return say(lang, "unfinished_last", day=when) if when else say(lang, "unfinished")
        case _:
            said = changes(lang, standing["changes"])
            return say(lang, "outdated", changes=said, day=when)
