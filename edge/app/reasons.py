"""The words of a level's reasons in an alert's title: those of the checklist that gave them.

A text message keeps the codes: what was answered about somebody is for the desk, where whoever
looks has an account, and not for a telephone's lock screen.
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.domain import Checklist, Scalar
from edge.locale import LANGUAGES, catalogue
from edge.risk.added import found_by, is_added

# Of a title's 90 characters, with room for the level behind it.
REASON_MAX = 64
_PARAMS = ("reason_1", "reason_2", "reason_3")


def reason_words(
    lists: Mapping[str, Checklist], params: Mapping[str, Scalar]
) -> dict[str, dict[str, str]]:
    """By language, what the catalogue lacks: "reason.FS-05:bed" as the list words it."""
    told: dict[str, dict[str, str]] = {lang: {} for lang in LANGUAGES}
    items = {item.id: item for one in lists.values() for item in one.items}
    for code in {str(params[name]) for name in _PARAMS if params.get(name)}:
        item_id, _, answer = code.partition(":")
        item = items.get(item_id)
        if is_added(item_id):
            for lang in LANGUAGES:
                told[lang][f"reason.{code}"] = _added(item_id, answer, lang)
        if item is None:
            continue
        for lang in LANGUAGES:
            label = item.label.get(lang)
            code_said = answer.partition(":")[0]
            said = item.answer_labels.get(code_said, {}).get(lang)
            said = said or catalogue(lang).get(f"answer.{code_said}")
            if label:
                told[lang][f"reason.{code}"] = _short(f"{label}: {said}" if said else label)
    return told


def _added(item: str, answer: str, lang: str) -> str:
    """What an officer wrote may name somebody, and stays in the home."""
    words = catalogue(lang)
    said = words.get(f"answer.{found_by(answer) or answer}", words["fallback.any"])
    return f"{words['added.title']} {item}: {said}"


def _short(text: str) -> str:
    return text if len(text) <= REASON_MAX else text[: REASON_MAX - 1].rstrip() + "…"
