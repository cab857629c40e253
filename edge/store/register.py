"""The data register as records: what each column is for, and what becomes of it.

It is no paper beside the code: the export is made from it, retention is named in it, and a test
holds it against the schema in both directions.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from edge.store.bounds import DAY_MS, Bounds

# The order in which people read it.
CLASSES = (
    "identity",
    "health",
    "behaviour",
    "alarm",
    "service",
    "housing",
    "technical",
    "key",
)
INSTANT = ("boot", "boottime_ms", "wall_ms", "offset_min", "sync")
# Retention classes of the settings, and what of `Bounds` holds for each.
RETENTION = {
    "readings": "observation_age_ms",
    "alerts": "closed_age_ms",
    "messages": "received_age_ms",
    "disclosures": "disclosure_age_ms",
}
FOREVER = frozenset({"home", "newest"})
# Files of the export, in the order in which they are written.
FILES = (
    "household",
    "devices",
    "alerts",
    "assessments",
    "sent",
    "disclosures",
    "gateway",
    "readings",
)
_FILE = Path(__file__).with_name("register.toml")


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    purpose: str
    basis: str
    kept: str
    leaves: str
    file: str  # of the export; '' for a table that is not in it
    columns: dict[str, tuple[str, ...]]
    instants: tuple[str, ...] = ()
    withheld: dict[str, str] = {}

    def classes(self) -> dict[str, str]:
        """Every column of the table, with its class."""
        found = {name: cls for cls, names in self.columns.items() for name in names}
        found |= {f"{stem}_{part}": "technical" for stem in self.instants for part in INSTANT}
        return found

    def plain(self) -> tuple[str, ...]:
        """The exported columns that are no part of an Instant."""
        names = (name for names in self.columns.values() for name in names)
        return tuple(name for name in names if name not in self.withheld)


@cache
def tables() -> dict[str, Table]:
    """The register by table."""
    return msgspec.toml.decode(_FILE.read_bytes(), type=dict[str, Table])


def days(bounds: Bounds) -> dict[str, int]:
    """For how many days each class of retention is kept."""
    return {name: getattr(bounds, field) // DAY_MS for name, field in RETENTION.items()}


def page() -> str:
    """The register as a table of Markdown, for the privacy page."""
    lines = [
        "| table | what for | basis | kept | leaves to | in the export | classes of its columns |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, table in tables().items():
        told = "; ".join(
            f"{cls}: {', '.join(f'`{one}`' for one in names)}"
            for cls, names in sorted(table.columns.items(), key=lambda one: CLASSES.index(one[0]))
        )
        times = ", ".join(f"`{stem}`" for stem in table.instants)
        told += f"; times: {times}" if times else ""
        held = [f"`{one}`: {why}" for one, why in table.withheld.items()]
        where = f"`{table.file}`" if table.file else "no"
        where += f"; not {'; '.join(held)}" if held else ""
        lines.append(
            f"| `{name}` | {table.purpose} | {table.basis} | {table.kept} | {table.leaves} "
            f"| {where} | {told} |"
        )
    return "\n".join(lines) + "\n"
