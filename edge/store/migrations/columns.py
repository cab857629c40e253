"""Columns that more than one table has."""

from __future__ import annotations


def instant(prefix: str, *, null: str = "NOT NULL") -> str:
    """Give the five columns of an Instant; no table stores one of them without the others."""
    return f"""
    {prefix}_boot INTEGER {null} REFERENCES boot(key),
    {prefix}_boottime_ms INTEGER {null},
    {prefix}_wall_ms INTEGER {null},
    {prefix}_offset_min INTEGER {null},
    {prefix}_sync TEXT {null}"""
