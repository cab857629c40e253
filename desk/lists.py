"""The words of the checklists that come with this release: what a home tells by codes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache

from edge.domain import Checklist, Scalar
from edge.resources import resource
from edge.risk.checklist import parse

_FALLBACK = "en"


@cache
def shipped() -> tuple[Checklist, ...]:
    """The lists of this release, by their ids; a home may have others, and is told by its codes."""
    files = sorted(resource("config/checklists").glob("*.toml"))
    return tuple(parse(tomllib.loads(file.read_text("utf-8")), file.name) for file in files)


@cache
def names(lang: str) -> Mapping[str, str]:
    """Items ("FS-02"), answers ("FS-02:dead"), parties ("party:nurse") and lists ("list:fire")."""
    found: dict[str, str] = {}
    for one in shipped():
        found[f"list:{one.id}"] = _said(one.title, lang)
        found |= {f"party:{code}": _said(words, lang) for code, words in one.parties.items()}
        for item in one.items:
            found[item.id] = _said(item.label, lang)
            found |= {
                f"{item.id}:{code}": _said(words, lang)
                for code, words in item.answer_labels.items()
            }
    return found


def reasons(params: Mapping[str, Scalar], lang: str) -> dict[str, str]:
    """What the catalogue lacks of an alert's reasons: "reason.FS-05:bed" as the list words it.

    A code of a list that this desk does not know stays a code.
    """
    known = names(lang)
    return {
        f"reason.{code}": f"{known[item]}: {known[code]}"
        for code in map(str, params.values())
        if code in known and (item := code.partition(":")[0]) != code and item in known
    }


def _said(words: Mapping[str, str], lang: str) -> str:
    return words.get(lang) or words[_FALLBACK]
