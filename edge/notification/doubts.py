"""Free text that may say what the receiver does not need: shown, and released only knowingly.

The fields themselves cannot hold it; a sentence can. The patterns are words of human languages and
come from `config/medical_words.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from edge.domain import Record
from edge.domain.notification import NotificationContent
from edge.notification.bounds import texts

# Names, numbers and places are not searched: "Diagonaali" is a street.
_FREE = ("observation", "measure", "escape_basis", "worker_safety_note", "not_informed_why")


class TextDoubt(Record, frozen=True, kw_only=True):
    """One place of free text that reads like health data."""

    field: str  # "observation 2"
    word: str  # as it stands there


def patterns_of(stems: Iterable[str], whole: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """`stems` begin a word, `whole` are words or units by themselves."""
    begins = "|".join(re.escape(one) for one in stems)
    alone = "|".join(re.escape(one) for one in whole)
    return (
        re.compile(rf"\b(?:{begins})\w*", re.IGNORECASE),
        re.compile(rf"(?<![\w]) *(?:\d+[.,]?\d* *)?\b(?:{alone})\b", re.IGNORECASE),
    )


def doubts(
    content: NotificationContent, patterns: Sequence[re.Pattern[str]]
) -> tuple[TextDoubt, ...]:
    """Every place that a person should read again before the notification is released."""
    return tuple(
        TextDoubt(field=name, word=found.group(0).strip())
        for name, text, _ in texts(content)
        if name.startswith(_FREE)
        for pattern in patterns
        for found in pattern.finditer(text)
    )
