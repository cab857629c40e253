"""The statements of each migration, a file each; never edited once released."""

from __future__ import annotations

from edge.store.migrations import (
    m0001,
    m0002,
    m0003,
    m0004,
    m0005,
    m0006,
    m0007,
    m0008,
    m0009,
)

# Name -> statements, in the order in which they are applied. Append only.
MIGRATIONS: dict[str, tuple[str, ...]] = {
    "m0001_start": m0001.STATEMENTS,
    "m0002_device_layer": m0002.STATEMENTS,
    "m0003_home": m0003.STATEMENTS,
    "m0004_locator_walk": m0004.STATEMENTS,
    "m0005_alarm_lane": m0005.STATEMENTS,
    "m0006_time_and_proof": m0006.STATEMENTS,
    "m0007_tasks": m0007.STATEMENTS,
    "m0008_why": m0008.STATEMENTS,
    "m0009_vitals": m0009.STATEMENTS,
}
