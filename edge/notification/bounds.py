"""How much a notification may hold: what one A4 page shows at a size that people read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

from edge.domain.notification import NotificationContent
from edge.errors import EdgeError

# Rows of 9 pt text on one page beside the fields that are always there (measured by a test).
OBSERVATIONS_MAX = 6
OBSERVATION_CHARS_MAX = 140
MEASURES_MAX = 3
MEASURE_CHARS_MAX = 100
FIELD_CHARS_MAX = 60
NOTE_CHARS_MAX = 100
PERSONS_MAX = 99
STOREYS_MAX = 99
# Below the ground, as the settings take it.
STOREY_MIN = -3
BIRTH_YEAR_MIN = 1900
ALARMS_MAX = 99

# The Finnish personal identity code: an authority that needs it asks for it itself.
_IDENTITY_CODE = re.compile(r"\b\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Ya-y]\b")


class ContentError(EdgeError):
    """A field cannot hold this; the text names the field and the mend.

    `code` is a key of the table `content_refused` of the catalogues, `params` what its places take.
    """

    def __init__(self, text: str, code: str, **params: str | int) -> None:
        super().__init__(text)
        self.words = (f"content_refused.{code}", params)


def checked(content: NotificationContent) -> NotificationContent:
    """The same content; raises ContentError at the first field that is out of bounds."""
    if len(content.observations) > OBSERVATIONS_MAX:
        text = f"observations: at most {OBSERVATIONS_MAX} fit one page; drop one, or join two"
        raise ContentError(text, "observations", most=OBSERVATIONS_MAX)
    if len(content.measures) > MEASURES_MAX:
        text = f"measures: at most {MEASURES_MAX} fit one page; join two"
        raise ContentError(text, "measures", most=MEASURES_MAX)
    for name, text, most in texts(content):
        _line(name, text, most)
    for name, value, least, most in _numbers(content):
        if value is not None and not least <= value <= most:
            text = f"{name}: {value} is not between {least} and {most}"
            raise ContentError(text, "range", name=name, value=value, least=least, most=most)
    year = content.resident.birth_year
    if year is not None and not BIRTH_YEAR_MIN <= year <= BIRTH_YEAR_MIN + 200:
        raise ContentError(f"birth_year: {year} is no year of birth", "birth_year", value=year)
    for name, text in _days(content):
        if text and not is_moment(text):
            told = text[:40]
            wrong = f"{name}: '{told}' is no day such as 2026-03-01"
            raise ContentError(wrong, "day", name=name, value=told)
    return content


def texts(content: NotificationContent) -> Iterator[tuple[str, str, int]]:
    """Every free text with its name and its bound in characters."""
    site, who, resident = content.site, content.notifier, content.resident
    for name in ("street", "number", "stair", "flat", "postcode", "municipality", "owner_contact"):
        yield name, getattr(site, name), FIELD_CHARS_MAX
    for name in ("name", "role", "organisation", "phone", "email", "reachable"):
        yield f"notifier_{name}", getattr(who, name), FIELD_CHARS_MAX
    for name in ("name", "phone", "language"):
        yield f"resident_{name}", getattr(resident, name), FIELD_CHARS_MAX
    yield "not_informed_why", resident.not_informed_why, NOTE_CHARS_MAX
    yield "escape_basis", content.escape_basis, FIELD_CHARS_MAX
    yield "worker_safety_note", content.worker_safety_note, NOTE_CHARS_MAX
    for number, seen in enumerate(content.observations, 1):
        yield f"observation {number}", seen.text, OBSERVATION_CHARS_MAX
        yield f"photo {number}", seen.photo, FIELD_CHARS_MAX
    for number, done in enumerate(content.measures, 1):
        yield f"measure {number}", done.what, MEASURE_CHARS_MAX
        yield f"measure {number} by", done.by, FIELD_CHARS_MAX


def is_moment(text: str) -> bool:
    """An ISO 8601 day, or a moment with its zone."""
    try:
        if len(text) == len("2026-03-01"):
            date.fromisoformat(text)
            return True
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _line(name: str, text: str, most: int) -> None:
    if len(text) > most:
        wrong = f"{name}: {len(text)} characters; one page has room for {most}"
        raise ContentError(wrong, "long", name=name, n=len(text), most=most)
    if not text.isprintable():
        wrong = f"{name}: holds a line end or a character that cannot be printed"
        raise ContentError(wrong, "unprintable", name=name)
    no_identity_code(name, text)


def no_identity_code(name: str, text: str) -> None:
    """Raise ContentError where `text` holds one; `name` is told, the text never."""
    if _IDENTITY_CODE.search(text):
        wrong = f"{name}: holds a personal identity code; leave it out"
        raise ContentError(wrong, "identity_code", name=name)


def _numbers(content: NotificationContent) -> Iterator[tuple[str, int | None, int, int]]:
    yield "storey", content.site.storey, STOREY_MIN, STOREYS_MAX
    yield "storeys", content.site.storeys, STOREY_MIN, STOREYS_MAX
    yield "persons", content.at_risk.number, 0, PERSONS_MAX
    for name in ("alarms", "required", "working"):
        yield name, getattr(content.detection, name), 0, ALARMS_MAX


def _days(content: NotificationContent) -> Iterator[tuple[str, str]]:
    yield "observed_first", content.observed_first
    yield "observed_last", content.observed_last
    yield "informed_on", content.resident.informed_on
    for number, seen in enumerate(content.observations, 1):
        yield f"observation {number}", seen.on
    for number, done in enumerate(content.measures, 1):
        yield f"measure {number}", done.on


def missing(content: NotificationContent) -> tuple[str, ...]:
    """Fields that a named person has to fill before this can be released."""
    who, resident = content.notifier, content.resident
    wanted = {
        "street": content.site.street,
        "municipality": content.site.municipality,
        "concerns": content.concerns,
        "observations": content.observations,
        "observed_first": content.observed_first,
        "requested": content.requested,
        "notifier name": who.name,
        "notifier role": who.role,
        "notifier organisation": who.organisation,
        "notifier phone": who.phone,
        "notifier reachable": who.reachable,
    }
    lacking = [name for name, value in wanted.items() if not value]
    if resident.informed is None:
        lacking.append("informed")
    elif not resident.informed and not resident.not_informed_why:
        lacking.append("not_informed_why")
    return tuple(lacking)
