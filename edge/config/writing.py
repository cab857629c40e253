"""Settings as tables and back to text: what a record says beyond its defaults, and its TOML.

TOML's basic strings, numbers, booleans and arrays are JSON's; its inline tables
are not, and JSON leaves DEL as it is (toml.io/en/v1.0.0#string).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec


def said(record: msgspec.Struct) -> dict[str, Any]:
    """The fields of a settings record that are not as they are by themselves, as plain values."""
    found = {}
    for field in msgspec.structs.fields(record):
        value = getattr(record, field.name)
        if field.required or value != field.default:
            found[field.encode_name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return said(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return msgspec.to_builtins(value)


def toml(tables: Mapping[str, Any]) -> str:
    """A settings file of plain tables and arrays of tables; what is None is left out."""
    lines: list[str] = []
    for name, value in tables.items():
        rows = value if isinstance(value, Sequence) else [value]
        head = f"[[{name}]]" if isinstance(value, Sequence) else f"[{name}]"
        for row in rows:
            lines += [head, *(f"{k} = {_value(v)}" for k, v in row.items() if v is not None), ""]
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        inner = (f"{key} = {_value(one)}" for key, one in value.items() if one is not None)
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
