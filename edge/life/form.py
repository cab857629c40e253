"""A form: ten themes by name and number, and what a file of one may hold. Pure."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from edge.errors import ConfigError, ConfigFault
from edge.settings import check

# The wheel has ten equal sectors, and the answers' places are numbered 1 to 10.
THEMES = 10

Code = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z_]{1,29}$", description="a short name of our own", examples=["housing"]
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=60, description="a name", examples=["Housing"])]


class Names(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One name in each language of the gateway."""

    fi: Name
    sv: Name
    en: Name

    def of(self, lang: str) -> str:
        return {"fi": self.fi, "sv": self.sv}.get(lang, self.en)


class Theme(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`watched`: a fall is told to a person. `alone`: about life as a whole, beside the others."""

    code: Code
    name: Annotated[Names, Meta(description="the theme's name in fi, sv and en")]
    watched: Annotated[bool, Meta(description="whether a fall is told to a person")] = False
    alone: Annotated[bool, Meta(description="whether it is about life as a whole")] = False


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a form. `needs_terms`: whose owner has to agree before anybody is asked."""

    id: Annotated[
        str,
        Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,29}$", description="a name", examples=["3x10d-2"]),
    ]
    version: Annotated[int, Meta(ge=1, description="a whole number", examples=[2])]
    title: Annotated[Names, Meta(description="the form's name in fi, sv and en")]
    mark: Annotated[Names | None, Meta(description="whose mark it is, in fi, sv and en")] = None
    needs_terms: Annotated[bool, Meta(description="whether its owner has to agree first")] = True
    top: Annotated[str, Meta(description="the theme at 12 o'clock", examples=["health"])]
    references: Annotated[tuple[str, ...], Meta(max_length=9, description="where it is told")] = ()
    theme: Annotated[
        tuple[Theme, ...], Meta(max_length=THEMES, description="the ten themes, in their order")
    ]

    def number(self, code: str) -> int:
        """The place of a theme, 1 to 10; raises KeyError."""
        found = next((n for n, one in enumerate(self.theme, 1) if one.code == code), None)
        if found is None:
            raise KeyError(code)
        return found

    def clockwise(self) -> list[int]:
        """The numbers of the themes from 12 o'clock on."""
        first = self.number(self.top) - 1
        return [(first + turn) % THEMES + 1 for turn in range(THEMES)]


def form_of(data: dict[str, Any], file: str) -> Form:
    """The form in a file's tables; raises one ConfigError with every fault."""
    form, faults = check(Form, data, file)
    faults += _senses(data, file)
    if faults or form is None:
        raise ConfigError(faults)
    return form


def _senses(data: dict[str, Any], file: str) -> list[ConfigFault]:
    """Faults between keys, also of a file that is broken elsewhere."""
    faults: list[ConfigFault] = []
    themes = data.get("theme")
    rows = [row for row in themes if isinstance(row, dict)] if isinstance(themes, list) else []
    codes = [str(row["code"]) for row in rows if "code" in row]
    if "theme" in data and len(rows) != THEMES:
        mend = f"write {THEMES} tables [[theme]]: the picture has as many sectors"
        faults.append(ConfigFault(file, "theme", f"has {len(rows)} themes", mend))
    faults += [
        ConfigFault(file, "theme", f"'{code}' stands twice", "name each theme once")
        for code in sorted({one for one in codes if codes.count(one) > 1})
    ]
    if isinstance(top := data.get("top"), str) and top not in codes:
        faults.append(ConfigFault(file, "top", f"'{top}' is no theme", "name one of the themes"))
    return faults
