"""A notification of a made-up home, ordinary and as full as it can be."""

from __future__ import annotations

import msgspec

from edge.domain import Level
from edge.domain.notification import (
    AtRisk,
    BuildingType,
    ConcernCategory,
    Detection,
    EscapeCapacity,
    IndexLine,
    InterimMeasure,
    Known,
    NotificationContent,
    NotificationKind,
    NotificationState,
    Notifier,
    ObservedFact,
    RequestedAction,
    Resident,
    SeenBy,
    Site,
    Urgency,
    WorkerRisk,
)
from edge.domain.task import Tenure
from edge.locale import render
from edge.notification import bounds
from edge.notification.document import Frame

ID = "01a1ffd9-6a76-7c11-9c0b-0c5d1a2b3c4d"
SEEN = ("FS-05:bed", "FS-02:dead", "FS-18:blocked", "FS-22:no", "FS-09:repeated")


def content(kind: NotificationKind = NotificationKind.DANGER) -> NotificationContent:
    """The smoker with home care, as a nurse would write it down."""
    basis = "PelL-379-2011-42" if kind is NotificationKind.DANGER else "VanhPL-980-2012-25"
    return NotificationContent(
        kind=kind,
        basis=basis,
        urgency=Urgency.PROMPT,
        observed_first="2026-11-18",
        observed_last="2026-11-20",
        site=Site(
            street="Mallikatu", number="5", stair="A", flat="12", postcode="02100",
            municipality="Espoo", building=BuildingType.APARTMENT, storey=3, storeys=5,
            tenure=Tenure.RENTED, owner_contact="Isännöinti Esimerkki, 09 000 0000",
        ),
        notifier=Notifier(
            name="Anna Esimerkki", role="sairaanhoitaja", phone="050 000 0000",
            organisation="Esimerkin hyvinvointialue, kotihoito", email="anna@example.org",
            reachable="ma-pe 8-15",
        ),
        resident=Resident(
            name="Aino Mallikas", birth_year=1941, phone="040 000 0000", language="suomi",
            informed=True, informed_on="2026-11-20",
        ),
        concerns=(
            ConcernCategory.SMOKING, ConcernCategory.ALARMS, ConcernCategory.GOODS_LOAD,
            ConcernCategory.STOVE, ConcernCategory.FUNCTIONAL_ABILITY,
        ),
        observations=tuple(
            ObservedFact(
                text=render("fi", f"notify_finding.{code}", {}), item=code[:5], finding=code,
                on="2026-11-20", seen=SeenBy.RESIDENT if code[:5] == "FS-09" else SeenBy.WORKER,
            )
            for code in SEEN
        ),
        escape=EscapeCapacity.CANNOT,
        escape_basis="kotikäynti 20.11.2026",
        detection=Detection(alarms=1, required=2, working=0, heard=Known.NO, linked=Known.NO),
        at_risk=AtRisk(
            number=1, alone_at_night=Known.YES, needs_assistance=Known.YES, neighbours=Known.YES
        ),
        measures=(
            InterimMeasure(
                what="Lainavaroitin asennettu makuuhuoneen ovelle", by="Anna Esimerkki",
                on="2026-11-20",
            ),
            InterimMeasure(
                what="Tupakointi sovittu parvekkeelle", by="Anna Esimerkki", on="2026-11-20"
            ),
        ),
        requested=(RequestedAction.JOINT_VISIT, RequestedAction.SUPPRESSION_ADVICE),
        worker_safety=(WorkerRisk.HOARDING, WorkerRisk.DOGS),
        index=IndexLine(
            level=Level.RED, list_version="fire/2026.1", share_unknown=0.12,
        ),
    )  # fmt: skip


def fullest() -> NotificationContent:
    """Every field as long as its bound, every list as long as it may be."""
    full = content()
    # Words of ordinary length: one of 80 letters without a break is no address.
    line = ("ylimmäistä tavaraa " * 20)[: bounds.FIELD_CHARS_MAX].strip()
    site = dict.fromkeys(("street", "municipality", "owner_contact"), line)
    return msgspec.structs.replace(
        full,
        site=msgspec.structs.replace(full.site, **site),
        notifier=Notifier(
            **dict.fromkeys(("name", "role", "organisation", "phone", "email", "reachable"), line)
        ),
        resident=msgspec.structs.replace(
            full.resident,
            name=line,
            phone=line,
            language=line,
            informed=False,
            not_informed_why=(line * 2)[: bounds.NOTE_CHARS_MAX],
        ),
        concerns=tuple(ConcernCategory),
        observations=tuple(
            ObservedFact(
                text=(line * 3)[: bounds.OBSERVATION_CHARS_MAX], item="FS-02",
                on="2026-11-20T10:20+02:00", photo=line,
            )
            for _ in range(bounds.OBSERVATIONS_MAX)
        ),
        escape_basis=line,
        measures=tuple(
            InterimMeasure(what=(line * 2)[: bounds.MEASURE_CHARS_MAX], by=line, on="2026-11-20")
            for _ in range(bounds.MEASURES_MAX)
        ),
        requested=tuple(RequestedAction),
        worker_safety=tuple(WorkerRisk),
        worker_safety_note=(line * 2)[: bounds.NOTE_CHARS_MAX],
    )  # fmt: skip


def frame(state: NotificationState = NotificationState.RELEASED, access: str = "") -> Frame:
    return Frame(
        id=ID,
        revision=2,
        state=state,
        created_at="2026-11-20T11:04+02:00",
        released_at="2026-11-20T11:30+02:00",
        access=access,
    )
