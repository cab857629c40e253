"""Checks a TOML table against a frozen Struct and reports every fault at once.

msgspec stops at the first fault; an installer in a hallway wants all of them.
So each key is converted on its own, and every refusal names file, key, what is
wrong and the mend, which comes from the field's own description and example.
"""

from __future__ import annotations

import difflib
import enum
import tomllib
import types
import typing
from typing import Any, TypeVar

import msgspec

from edge.errors import ConfigError, ConfigFault

S = TypeVar("S", bound=msgspec.Struct)

# A settings file is read by people; a bigger one is not a settings file.
FILE_MAX_BYTES = 256 * 1024


def parse_toml(text: str, file: str) -> dict[str, Any]:
    """The file as a dict; raises ConfigError naming line and column of a syntax error."""
    if len(text.encode()) > FILE_MAX_BYTES:
        raise ConfigError(
            [ConfigFault(file, "(file)", f"larger than {FILE_MAX_BYTES} bytes", "split it")]
        )
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        fault = ConfigFault(file, "(syntax)", "nested too deeply", "a setting has one level of []")
        raise ConfigError([fault]) from error
    except tomllib.TOMLDecodeError as error:
        fault = ConfigFault(file, "(syntax)", str(error), "correct the TOML at that place")
        raise ConfigError([fault]) from error


def check(
    kind: type[S], data: object, file: str, at: str = ""
) -> tuple[S | None, list[ConfigFault]]:
    """Build `kind` from `data`; on any fault the record is None and the list says all."""
    if not isinstance(data, dict):
        return None, [ConfigFault(file, at or "(file)", "is not a table", f"write it as [{at}]")]
    fields = {f.encode_name: f for f in msgspec.structs.fields(kind)}
    hints = typing.get_type_hints(kind, include_extras=True)
    faults = [_unknown(file, at, key, fields) for key in data if key not in fields]
    values: dict[str, Any] = {}
    for key, field in fields.items():
        where = f"{at}.{key}" if at else key
        if key not in data:
            if field.required:
                faults.append(ConfigFault(file, where, "is missing", _mend(key, hints[field.name])))
            continue
        value, found = _value(hints[field.name], data[key], file, where)
        faults += found
        values[field.name] = value
    if faults:
        return None, faults
    return kind(**values), []


def _value(hint: Any, raw: object, file: str, where: str) -> tuple[Any, list[ConfigFault]]:
    nested = _struct_of(hint)
    if nested is not None and raw is not None:
        return check(nested, raw, file, where)
    item = _item_of(hint)
    if item is not None and isinstance(raw, list):
        values, faults = [], _too_many(hint, raw, file, where)
        for i, element in enumerate(raw):
            value, found = check(item, element, file, f"{where}[{i}]")
            values.append(value)
            faults += found
        return tuple(values), faults
    try:
        return msgspec.convert(raw, hint, strict=True), []
    except msgspec.ValidationError as error:
        wrong = str(error).replace("`", "'")
        return None, [
            ConfigFault(file, where, wrong, _mend(where.rsplit(".", maxsplit=1)[-1], hint))
        ]


def _struct_of(hint: Any) -> type[msgspec.Struct] | None:
    for kind in _plain(hint):
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return kind
    return None


def _too_many(hint: Any, raw: list[Any], file: str, where: str) -> list[ConfigFault]:
    meta = _meta(hint)
    most = None if meta is None else meta.max_length
    if most is None or len(raw) <= most:
        return []
    return [ConfigFault(file, where, f"has {len(raw)} entries", f"at most {most} are possible")]


def _item_of(hint: Any) -> type[msgspec.Struct] | None:
    for kind in _plain(hint):
        args = typing.get_args(kind)
        if typing.get_origin(kind) is tuple and args and isinstance(args[0], type):
            return args[0] if issubclass(args[0], msgspec.Struct) else None
    return None


def _plain(hint: Any) -> list[Any]:
    """The alternatives of a hint, without Annotated and None."""
    if typing.get_origin(hint) is typing.Annotated:
        return _plain(typing.get_args(hint)[0])
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return [p for arg in typing.get_args(hint) for p in _plain(arg)]
    return [] if hint is type(None) else [hint]


def _meta(hint: Any) -> msgspec.Meta | None:
    """The last description given: an alias described again means the newer words."""
    found = None
    for arg in typing.get_args(hint):
        inner = arg if isinstance(arg, msgspec.Meta) else _meta(arg)
        found = inner or found
    return found


def _mend(key: str, hint: Any) -> str:
    meta = _meta(hint)
    if meta is None:
        if words := [word for one in _plain(hint) for word in _words(one)]:
            return f"one of: {', '.join(words)}"
        return f"give {key} a value of type {getattr(hint, '__name__', hint)}"
    say = meta.description or "give it a value"
    if meta.examples:
        example = msgspec.json.encode(meta.examples[0]).decode()
        return f"{say}, for example {key} = {example}"
    return say


def _words(hint: Any) -> list[str]:
    """The words that an enum or a Literal takes; none of anything else."""
    if typing.get_origin(hint) is typing.Literal:
        return [str(one) for one in typing.get_args(hint)]
    is_enum = isinstance(hint, type) and issubclass(hint, enum.StrEnum)
    return [one.value for one in hint] if is_enum else []


def _unknown(file: str, at: str, key: str, fields: dict[str, Any]) -> ConfigFault:
    close = difflib.get_close_matches(key, fields, n=1)
    mend = f"did you mean '{close[0]}'?" if close else f"known here: {', '.join(sorted(fields))}"
    return ConfigFault(file, f"{at}.{key}" if at else key, "is not known", mend)
