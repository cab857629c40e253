"""What an item may say besides its question: what it bears on, when, and who else knows."""

from __future__ import annotations

import msgspec

from edge.domain import Hazard, Signal
from edge.risk.answer_rules import CODE, Answers
from edge.risk.reading import Table
from edge.risk.signals import OPERATORS, SIGNALS

ITEM = r"[A-Z]{2}-\d{2}"
MONTHS = 12

# No signal has a larger number: days of two years, percent, counts.
VALUE_MAX = 1_000
SUGGESTS = "an answer's code, or asks = true where a person has to say what it means"


class Bearing(msgspec.Struct, frozen=True, kw_only=True):
    """Optional words of an item, as `ChecklistItem` has them."""

    shared: str = ""
    months: tuple[int, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    opens: tuple[str, ...] = ()


def read_bearing(item: Table) -> Bearing:
    """`shared`, `months`, `hazards` and `opens`; each may be absent."""
    shared = ""
    if item.has("shared"):
        shared = item.text("shared", "a short name, for example goods", CODE)
    return Bearing(shared=shared, months=_months(item), hazards=_hazards(item), opens=_opens(item))


def read_signals(item: Table, answers: Answers) -> tuple[Signal, ...]:
    """`signals`: each known, each suggesting an answer that the item has, or only asking."""
    found = []
    codes = [answer.code for answer in answers.answers]
    for table in item.tables("signals", "a list of { signal, op, value, suggests }", optional=True):
        asks = table.flag("asks")
        signal = Signal(
            signal=table.text("signal", "the name of a signal"),
            op=table.text("op", f"one of {', '.join(OPERATORS)}", "[<>]=?"),
            value=float(table.whole("value", "what it is compared with", 0, VALUE_MAX)),
            suggests="" if asks else table.text("suggests", SUGGESTS, CODE),
        )
        if asks and table.has("suggests"):
            table.fault(
                "suggests", "stands beside asks = true", "an answer or a question: keep one"
            )
        if signal.signal and signal.signal not in SIGNALS:
            known = ", ".join(sorted(SIGNALS))
            table.fault(
                "signal", f"names '{signal.signal}', which no device gives", f"known: {known}"
            )
        if signal.suggests and signal.suggests not in codes:
            wrong = f"names answer '{signal.suggests}', which this item does not have"
            table.fault("suggests", wrong, f"known: {', '.join(codes)}")
        table.close()
        found.append(signal)
    return tuple(found)


def _months(item: Table) -> tuple[int, ...]:
    if not item.has("months"):
        return ()
    value = item.get("months", "")
    whole = isinstance(value, list) and all(type(month) is int for month in value)
    if not isinstance(value, list) or not whole or not value:
        item.fault("months", f"is {value!r}", "a list of months, for example [11, 12, 1]")
        return ()
    for month in value:
        if not 1 <= month <= MONTHS:
            item.fault("months", f"names month {month}", "months are 1 to 12")
    if len(set(value)) != len(value):
        item.fault("months", "names a month twice", "name it once")
    if len(set(value)) >= MONTHS:
        item.fault("months", "names every month", "remove it: an item without months counts always")
    return tuple(value)


def _hazards(item: Table) -> tuple[Hazard, ...]:
    if not item.has("hazards"):
        return ()
    known = [hazard.value for hazard in Hazard]
    names = item.texts("hazards", f"a list of {', '.join(known)}")
    for name in names:
        if name not in known:
            item.fault("hazards", f"names '{name}'", f"known: {', '.join(known)}")
    return tuple(Hazard(name) for name in names if name in known)


def _opens(item: Table) -> tuple[str, ...]:
    if not item.has("opens"):
        return ()
    names = item.texts("opens", "a list of items, for example FS-01")
    return tuple(names)
