"""What a checklist says beyond its questions: how its points become a level.

All of it is data of the checklist file, so that a wellbeing services county can
argue about a threshold without reading code.
"""

from __future__ import annotations

import msgspec

from edge.domain import Checklist, Record

NOT_APPLICABLE = "na"
FIXED = "fixed"

# Said of an item that has no answer to stand on; never an answer's code.
UNANSWERED = "unanswered"
UNKNOWN = "unknown"
DECLINED = "declined"
EXPIRED = "expired"
DOUBTS = (UNANSWERED, UNKNOWN, DECLINED, EXPIRED)


class RedCase(Record, frozen=True, kw_only=True):
    """One of the cases that make an open critical red; exactly one of three forms.

    `item` and `answer`: answered so; `gate` and `grade_from`: the gate has that
    grade or more; `gate` and `open_critical`: an open critical in that gate.
    """

    item: str = ""
    answer: str = ""
    gate: str = ""
    grade_from: int = 0
    open_critical: bool = False


class LevelRules(msgspec.Struct, frozen=True, kw_only=True):
    """From which sum of grades on; an open critical is at least orange."""

    yellow_from: int
    orange_from: int
    red_gate: str
    red_cases: tuple[RedCase, ...]


class Raised(Record, frozen=True, kw_only=True):
    """Points of an answer while another item is answered so; never fewer than its own."""

    item: str
    answer: str
    points: int


class GradedChecklist(Checklist, frozen=True, kw_only=True):
    """A checklist with the rules that make a level of its points.

    `raised` is keyed by "FS-04:no"; `gate_labels`, `parties` and `references`
    are words and sources by key.
    """

    levels: LevelRules
    raised: dict[str, tuple[Raised, ...]]
    device_valid_days: int
    gate_labels: dict[str, dict[str, str]]
    parties: dict[str, dict[str, str]]
    references: dict[str, str]
