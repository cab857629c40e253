"""How a check, a step and an open thing read: the same words at the terminal and on the paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.locale import catalogue, render

# Longer measured times read better in seconds, and larger disks in gigabytes.
SECONDS_FROM_MS = 1_000
GIGABYTES_FROM_MB = 10 * 1024
# Checks that are the whole of their step: the step's name says it.
WHOLE = frozenset({"claim", "alarm", "mains", "recovery"})
# Checks with one measure whose own name says what is measured.
_NAMED_BY_CHECK = frozenset({"sync", "verdict_ms", "how"})
# UCUM as people write it; what is not here is written as it is.
_UNIT_WORDS = {
    "1": "",
    "MiBy": "MB",
    "KiBy": "kB",
    "dB[mW]": "dBm",
    "Cel": "°C",
    "deg": "°",
    "deg/s": "°/s",
    "m[g]": "mG",
    "mm[Hg]": "mmHg",
    "[ppm]": "ppm",
    "[IU]": "IU",
    "kW.h": "kWh",
    "m3": "m³",
    "m3/h": "m³/h",
    "ug/m3": "µg/m³",
    "uS/cm": "µS/cm",
    "m/s2": "m/s²",
    "kg/m2": "kg/m²",
}
# What stands in a table of its own, or says little to a person.
_SILENT = frozenset({"schema", "size", "packets", "capacity_before"})


def word(lang: str, table: str, key: str, **params: Any) -> str:
    return render(lang, f"{table}.{key}", params)


def value_text(lang: str, value: Any, unit: str) -> str:
    """A measured value with its unit, as a person reads it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return word(lang, "commission_word", "yes" if value else "no")
    if isinstance(value, str):
        said = f"commission_word.{value}"
        return render(lang, said, {}) if said in catalogue(lang) else value
    if unit == "ms" and value >= SECONDS_FROM_MS:
        value, unit = value / 1000, "s"
    if unit == "MiBy" and value >= GIGABYTES_FROM_MB:
        value, unit = round(value / 1024), "GB"
    shown = render(lang, "certificate.seconds", {"n": value}).removesuffix(" s")
    return f"{shown} {unit_text(unit)}".strip()


def unit_text(unit: str) -> str:
    return _UNIT_WORDS.get(unit, unit)


def measured(lang: str, values: Mapping[str, Any], units: Mapping[str, str]) -> str:
    """The measures of one check on one line."""
    parts = []
    for name, value in values.items():
        if name in _SILENT or value is None:
            continue
        if name in _NAMED_BY_CHECK:
            what = ""
        elif name.startswith("rssi:"):
            source = name.removeprefix("rssi:")
            what = word(lang, "commission_measure", "rssi")
            what = what if source == "gateway" else f"{what} {source}"
        else:
            what = word(lang, "commission_measure", name)
        parts.append(f"{what} {value_text(lang, value, units.get(name, ''))}".strip())
    return ", ".join(parts)


def detail(lang: str, row: Mapping[str, Any]) -> str:
    """What stands beside a reason: what a person gave, or a fault told; "" where that says more.

    A desk's refusal is a code with a word of its own. What the system said of a line that is
    down is for the log: the mend is the same whatever it was.
    """
    if row["why"] == "no_line":
        return ""
    if row["why"] == "claim_refused" and row["text"]:
        return render(lang, "commission.claim.why", {"reason": row["text"]})
    return str(row["text"] or "")


def check_line(lang: str, row: Mapping[str, Any]) -> str:
    """One check: what, verdict, why, measures ("radio: passed (adverts 12 /s)")."""
    found = measured(lang, row["measures"], row["units"])
    why = "" if not row["why"] else word(lang, "commission_why", row["why"])
    if told := detail(lang, row):
        why = f"{why}: {told}" if why else told
    extra = "; ".join(part for part in (why, found, row["by"]) if part)
    subject = f" {row['subject']}" if row["subject"] else ""
    verdict = word(lang, "commission_verdict", row["verdict"])
    name = word(lang, "commission_check", row["name"])
    return f"{name}{subject}: {verdict}" + (f" ({extra})" if extra else "")


def thing(lang: str, row: Mapping[str, Any]) -> str:
    """What an open row is about: the step, and which check of it where that says more."""
    what = word(lang, "commission_step", row["step"])
    own = row["check"] and row["check"] not in WHOLE
    name = word(lang, "commission_check", row["check"]) if own else ""
    parts = " ".join(part for part in (name, row["subject"]) if part)
    return f"{what}: {parts}" if parts else what


def mend(lang: str, why: str) -> str:
    """What to do about it; "" where nothing is said."""
    key = f"commission_mend.{why}"
    return render(lang, key, {}) if key in catalogue(lang) else ""


def changes(lang: str, rows: list[dict[str, str]]) -> str:
    return ", ".join(
        word(lang, "commission_change", r["what"], before=r["before"], now=r["now"]) for r in rows
    )
