"""What a person can say of a notification by options: the same for a draft and for an edit."""

from __future__ import annotations

import functools
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

import click

from desk.common import utf8
from desk.person import utf8_or_none
from edge.domain.notification import (
    BuildingType,
    ConcernCategory,
    EscapeCapacity,
    InterimMeasure,
    Known,
    NotificationContent,
    ObservedFact,
    RequestedAction,
    SeenBy,
    Urgency,
    WorkerRisk,
)
from edge.domain.task import Tenure
from edge.notification.drafting import amended

F = TypeVar("F", bound=Callable[..., Any])


class Said(click.Choice[str]):
    """One of the codes of an enum, handed over as that."""

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__([one.value for one in kind])
        self._kind = kind

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> StrEnum:
        return self._kind(super().convert(value, param, ctx))


# option -> (field, type, help); a part's field is "site.street"
_TEXTS = (
    ("street", "site.street", "The street."),
    ("number", "site.number", "The number that can be seen from the road."),
    ("stair", "site.stair", "The stair."),
    ("flat", "site.flat", "The flat."),
    ("postcode", "site.postcode", "The postcode."),
    ("municipality", "site.municipality", "The municipality."),
    ("owner", "site.owner_contact", "Owner or manager of the building, where known."),
    ("resident", "resident.name", "The resident's name, where the receiver needs it."),
    ("phone", "resident.phone", "The resident's telephone."),
    ("language", "resident.language", "The resident's language."),
    ("not-informed-why", "resident.not_informed_why", "Why the resident was not told."),
    ("informed-on", "resident.informed_on", "When the resident was told: 2026-03-01."),
    ("observed-first", "observed_first", "When it was seen first: 2026-03-01."),
    ("observed-last", "observed_last", "When it was seen last: 2026-03-01."),
    ("escape-basis", "escape_basis", "What the capacity to get out stands on."),
    ("safety-note", "worker_safety_note", "What whoever comes should know."),
    ("basis", "basis", "The code of another legal basis."),
)
_NUMBERS = (
    ("storey", "site.storey", -3, "The storey; the ground floor is 1."),
    ("storeys", "site.storeys", 1, "Storeys of the building."),
    ("birth-year", "resident.birth_year", 1900, "Year of birth, never the identity code."),
    ("alarms", "detection.alarms", 0, "Smoke alarms that there are."),
    ("required", "detection.required", 0, "Smoke alarms that there ought to be."),
    ("working", "detection.working", 0, "Smoke alarms that work."),
    ("persons", "at_risk.number", 0, "Persons at risk in the home."),
)
_CODES: tuple[tuple[str, str, type[StrEnum], str], ...] = (
    ("urgency", "urgency", Urgency, "How soon the receiver should act; an emergency is 112."),
    ("building", "site.building", BuildingType, "The building."),
    ("tenure", "site.tenure", Tenure, "How the home is held."),
    ("escape", "escape", EscapeCapacity, "Whether the resident gets out in 2 or 3 minutes."),
    ("heard", "detection.heard", Known, "Whether the resident hears the alarm."),
    ("linked", "detection.linked", Known, "Whether the alarm reaches somebody outside."),
    ("alone-at-night", "at_risk.alone_at_night", Known, "Whether the resident is alone at night."),
    ("assistance", "at_risk.needs_assistance", Known, "Whether somebody needs help to get out."),
    ("neighbours", "at_risk.neighbours", Known, "Whether neighbours are exposed."),
)
_LISTS: tuple[tuple[str, str, type[StrEnum], str], ...] = (
    ("concern", "concerns", ConcernCategory, "A category of concern, added to those there."),
    ("ask", "requested", RequestedAction, "What is asked of the receiver, added."),
    ("danger", "worker_safety", WorkerRisk, "A danger to whoever comes, added."),
)


def field_options(function: F) -> F:
    """Give a command every option of a content, and hand it all as `said`."""
    added: list[Callable[[Any], Any]] = []
    names: dict[str, str] = {}

    def take(option: str, field: str, **more: Any) -> None:
        name = option.replace("-", "_")
        names[name] = field
        added.append(click.option(f"--{option}", name, **more))

    for option, field, text in _TEXTS:
        take(option, field, callback=utf8_or_none, help=text)
    for option, field, least, text in _NUMBERS:
        take(option, field, type=click.IntRange(min=least), help=text)
    for option, field, kind, text in _CODES:
        take(option, field, type=Said(kind), help=text)
    for option, field, kind, text in _LISTS:
        take(option, field, type=Said(kind), multiple=True, help=text)
    take("informed", "resident.informed", type=click.Choice(["yes", "no"]),
         help="Whether the resident knows of this notification.")  # fmt: skip
    take("observe", "observe", multiple=True, callback=_each_utf8,
         help="One plain sentence of what was seen; no health data.")  # fmt: skip
    take("seen", "seen", type=Said(SeenBy), default=SeenBy.WORKER.value, show_default=True,
         help="How what --observe says was seen.")  # fmt: skip
    take("measure", "measure", multiple=True, callback=_each_utf8,
         help="What was done at once, such as a loan alarm fitted.")  # fmt: skip

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        said = {names[name]: kwargs.pop(name) for name in names}
        return function(*args, said=said, **kwargs)

    for option in reversed(added):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def apply(
    content: NotificationContent,
    said: dict[str, Any],
    *,
    by: str,
    day: str,
    drop: tuple[int, ...] = (),
) -> NotificationContent:
    """A content with what a person said; raises ContentError. `day`: today, ISO 8601."""
    left = dict(said)
    observed, seen, measures = left.pop("observe"), left.pop("seen"), left.pop("measure")
    informed = left.pop("resident.informed")
    changes = {name: value for name, value in left.items() if value not in (None, ())}
    for _, field, _, _ in _LISTS:
        if field in changes:
            changes[field] = tuple(dict.fromkeys([*getattr(content, field), *changes[field]]))
    if informed is not None:
        changes["resident.informed"] = informed == "yes"
        if not content.resident.informed_on:
            changes.setdefault("resident.informed_on", day)
    if observed and not content.observed_first:
        changes.setdefault("observed_first", day)
    if observed:
        changes.setdefault("observed_last", day)
    return amended(
        content,
        changes,
        observe=[ObservedFact(text=text, on=day, seen=seen) for text in observed],
        measure=[InterimMeasure(what=text, by=by, on=day) for text in measures],
        drop=drop,
    )


def _each_utf8(
    context: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(" ".join(utf8(context, param, one).split()) for one in values)
