"""What notifications stand on besides code: the legal basis as dated data, words of doubt."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from edge.config.words import FilePath, Section
from edge.domain.notification import LegalBasis, NotificationKind
from edge.errors import ConfigError, ConfigFault
from edge.resources import resource
from edge.settings import check, parse_toml

LEGAL_BASIS = "config/legal_basis.toml"
MEDICAL_WORDS = "config/medical_words.toml"
_MEND = "take the file of the release and change only the days and the name"


class NotifyTable(Section, frozen=True, kw_only=True):
    """The desk's `[notify]`: who is asked after a day, and with what key a door code is sealed."""

    organisation: Annotated[
        str,
        Meta(
            max_length=60,
            description="the public body that notifies, as the receiver reads it",
            examples=["Esimerkin hyvinvointialue"],
        ),
    ] = ""
    deputy: Annotated[
        tuple[str, ...],
        Meta(
            max_length=8,
            description="accounts that are named, in this order, when a draft is undecided after "
            "24 h; whoever may not release one is passed over",
            examples=[["sari"]],
        ),
    ] = ()
    legal_basis: Annotated[
        str,
        Meta(description="the controller's own reviewed copy of legal_basis.toml"),
    ] = ""
    key_file: Annotated[
        FilePath | None,
        Meta(
            description="32 bytes in base64, readable by the desk alone; seals door codes and "
            "what was released with one"
        ),
    ] = None


class _LegalFile(Section, frozen=True, kw_only=True):
    basis: tuple[LegalBasis, ...]


class _WordsFile(Section, frozen=True, kw_only=True):
    stems: tuple[str, ...]
    whole: tuple[str, ...]


def legal_bases(path: str = "") -> tuple[LegalBasis, ...]:
    """Every legal basis of the file, or of the release; raises ConfigError."""
    file = Path(path) if path else resource(LEGAL_BASIS)
    told, faults = check(_LegalFile, _table(file), str(file))
    if told is None:
        raise ConfigError(faults)
    for row in told.basis:
        for key in ("read_on", "reviewed_on", "review_by"):
            faults += _day(file, row, key)
        if set(row.title) != {"fi", "sv", "en"}:
            faults.append(ConfigFault(str(file), row.code, "title lacks a language", _MEND))
    for kind in NotificationKind:
        if not any(row.kind is kind for row in told.basis):
            faults.append(ConfigFault(str(file), "basis", f"has none for '{kind.value}'", _MEND))
    if faults:
        raise ConfigError(faults)
    return told.basis


def is_stale(basis: LegalBasis, today: str) -> bool:
    """Whether nobody of the controller has held it against the act in force, or not lately."""
    return not basis.reviewed_on or not basis.review_by or basis.review_by < today


def medical_words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Stems and whole words that give doubt in free text."""
    file = resource(MEDICAL_WORDS)
    told, faults = check(_WordsFile, _table(file), str(file))
    if told is None or faults:
        raise ConfigError(faults)
    return told.stems, told.whole


def _table(file: Path) -> dict[str, object]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fault = ConfigFault(str(file), "(file)", f"cannot be read: {error}", _MEND)
        raise ConfigError([fault]) from error
    return parse_toml(text, str(file))


def _day(file: Path, row: LegalBasis, key: str) -> list[ConfigFault]:
    text = str(getattr(row, key))
    if not text and key != "read_on":
        return []
    try:
        date.fromisoformat(text)
    except ValueError:
        where = f"basis {row.code}.{key}"
        return [ConfigFault(str(file), where, f"'{text}' is no day such as 2026-03-01", _MEND)]
    return []
