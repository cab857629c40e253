"""Checklists, answers, and the level that they make."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.domain.base import Hazard, Instant, Level, Record


class AnswerState(StrEnum):
    OK = "ok"
    HAZARD = "hazard"
    FIXED_ON_VISIT = "fixed_on_visit"
    UNKNOWN = "unknown"
    DECLINED = "declined"
    NOT_APPLICABLE = "na"


# What a worker writes beside an answer, and an officer's finding: a few sentences.
NOTE_MAX_CHARS = 500


class Answer(Record, frozen=True, kw_only=True):
    """One answer to one checklist item; an older answer is kept, never overwritten."""

    checklist: str  # "fire"
    item: str  # "FS-02"
    code: str  # the answer's code in the list, "" when state is unknown or declined
    state: AnswerState
    by: str
    role: str
    source: str  # human, device, import
    at: Instant
    valid_until_ms: int | None = None  # UTC wall time
    note: str = ""


class ChecklistAnswer(Record, frozen=True, kw_only=True):
    """One possible answer of an item: what it scores and whether it is critical."""

    code: str
    points: int
    critical: bool = False
    fixable_on_visit: bool = False


class Signal(Record, frozen=True, kw_only=True):
    """What a device of the home says to an item: `value` of `signal` by `op` suggests an answer.

    Without an answer it only asks: what happened is known, and what it means is a person's to say.
    """

    signal: str  # a name of edge.risk.signals
    op: str  # one of < <= > >=
    value: float
    suggests: str = ""  # an answer's code; "": the item is to be asked


class ChecklistItem(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a checklist (FHIR Questionnaire.item)."""

    id: str  # "FS-02"
    gates: tuple[str, ...]  # I ignition, D detection, E escape, R rescue access
    label: dict[str, str]  # by language
    ask: dict[str, str]
    answers: tuple[ChecklistAnswer, ...]
    answer_labels: dict[str, dict[str, str]]  # answer code -> language -> words
    responsible: dict[str, str]  # by tenure: apartment, rented, own_house, fallback
    action: dict[str, str]  # corrective action, by language
    due_days: dict[str, int]  # answer code -> days
    valid_days: int
    refs: tuple[str, ...] = ()
    shared: str = ""  # one question of several lists: an answer to one is the answer to all
    months: tuple[int, ...] = ()  # asked and counted in these months (UTC) only; (): always
    hazards: tuple[Hazard, ...] = ()  # (): the list's own
    opens: tuple[str, ...] = ()  # items of full lists to ask on a finding: "FS-01"
    signals: tuple[Signal, ...] = ()  # the first that holds suggests
    added: bool = False  # not of the list: an officer added it in this home


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


class LevelsBy(StrEnum):
    """What a list's level stands on; an open critical is at least orange in each."""

    GRADES = "grades"  # the sum of the gates' grades
    POINTS = "points"  # the sum of the items' points
    FINDINGS = "findings"  # open criticals; any other finding asks for a full list


class LevelRules(msgspec.Struct, frozen=True, kw_only=True):
    """From which sum on a level begins; 0: not by this sum."""

    by: LevelsBy = LevelsBy.GRADES
    yellow_from: int = 0
    orange_from: int = 0
    red_from: int = 0
    red_gate: str = ""
    red_cases: tuple[RedCase, ...] = ()


class Raised(Record, frozen=True, kw_only=True):
    """Points of an answer while another item is answered so; never fewer than its own."""

    item: str
    answer: str
    points: int


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    """A versioned set of questions about one hazard (FHIR Questionnaire)."""

    id: str  # "fire"
    version: str  # "2026.1"
    hazard: Hazard
    title: dict[str, str]
    gates: dict[str, tuple[int, int]]  # gate -> lowest points of grade 1 and of grade 2
    items: tuple[ChecklistItem, ...]
    unknown_share_max: float  # above it the profile is incomplete: grey, never green
    levels: LevelRules | None = None  # None: a list that sets no level
    raised: dict[str, tuple[Raised, ...]] = {}  # by "FS-04:no"
    device_valid_days: int = 7  # what a device said is a state of that moment
    gate_labels: dict[str, dict[str, str]] = {}
    gate_hazards: dict[str, Hazard] = {}  # of gates that are about another hazard than the list
    parties: dict[str, dict[str, str]] = {}
    references: dict[str, str] = {}


class Reason(Record, frozen=True, kw_only=True):
    """One reason of an assessment: a catalogue code, what it weighs and where it comes from."""

    code: str
    weight: float  # points of the checklist, or log odds of the model
    source: str  # "checklist:fire/2026.1" or "model:home-risk/1.0.0"


class Happened(Record, frozen=True, kw_only=True):
    """Something after which a home is to be assessed anew."""

    trigger: str  # fall, fire_event, discharge, move
    at: Instant


class Grounds(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a level stands on, so that it can be made again from what is stored.

    Answers are kept for as long as the home, so their hash is enough to find those that were in
    force; a list that was changed since is known by its hash.
    """

    rules: str  # "levels/2"
    judged_ms: int  # validity was judged by this wall time, UTC
    answers: str  # SHA-256 of all answers in force
    lists: dict[str, str]  # "fire/2026.1" -> SHA-256 of the list
    happened: dict[str, Happened] = {}
    repeated: tuple[str, ...] = ()  # items whose open critical persons had found again
    # Answers told before the clock was set, "fire/FS-02" -> when they count as given, UTC ms.
    dated: dict[str, int] = {}


class Deviation(Record, frozen=True, kw_only=True):
    """A measure of a home's day beside what is usual there; `z`: how many spreads apart."""

    measure: str  # a name of edge.risk.routine.measuring.MEASURES
    value: float
    usual: float
    z: float
    unit: str = "1"  # UCUM; "h": an hour of the local clock
    drift: bool = False  # of the last weeks, not of one day


class Routine(msgspec.Struct, frozen=True, kw_only=True):
    """What a home's own usual days say of one day; `abstained`: why they say nothing."""

    score: float | None = None
    abstained: str | None = None
    learning: bool = False  # fewer than two weeks of usual days are known
    speaks: bool = False  # the day is worth an entry
    deviations: tuple[Deviation, ...] = ()


class RiskAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """The level of one hazard and what it stands on (FHIR RiskAssessment).

    Points, gates and open criticals set `level`; `index` (0-100) and the
    model's reasons only rank and add. `share_unknown` is 0.0-1.0.
    """

    id: str
    hazard: Hazard
    level: Level
    at: Instant
    reasons: tuple[Reason, ...] = ()
    share_unknown: float = 1.0
    points: dict[str, int] = {}  # per gate
    open_critical: tuple[str, ...] = ()
    index: float | None = None  # of several, the one that ranks
    checklist: str | None = None  # "fire/2026.1"
    model: str | None = None  # "home-risk/1.0.0"
    model_manifest: str | None = None  # the manifest's SHA-256; of older releases 12 digits of it
    abstained: str | None = None  # why the model said nothing
    # What the model was told, in its own names; it stays in the home, so that anybody who may can
    # ask the model again. None: it was told nothing.
    features: dict[str, float | None] | None = None
    day: str | None = None  # the local day it is about, "2026-03-01"; None: about now
    feature_hash: str | None = None  # of names, order, units and extractor of `features`
    outputs: dict[str, float] = {}  # all that the model gave, by its name; float32
    # Output -> feature -> log odds, the heaviest first; float32.
    contributions: dict[str, dict[str, float]] = {}
    grounds: Grounds | None = None  # None: no answer stands behind it
    routine: Routine | None = None  # of the wellbeing of a day; None: nobody asked
    entry: str | None = None  # what became of it on the list of today: edge.home.budget.Entry
