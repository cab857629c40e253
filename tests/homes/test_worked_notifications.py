"""The twelve homes worked by hand: whether a person is asked to notify, and what a draft tells."""

from __future__ import annotations

from edge.domain import Hazard
from edge.domain.notification import NotificationKind
from edge.notification.drafting import draft
from edge.notification.findings import OF_A_BODY, item_of
from edge.notification.prompting import kind_of
from edge.risk.findings import open_findings
from tests.homes.test_worked_homes import HOMES, each, lived


def drafted(name: str) -> tuple[list[str], list[str]]:
    """The categories of a draft to the rescue department, and the findings that it tells."""
    home = lived(HOMES[name])
    findings = [f"{one.item}:{one.code}" for one in open_findings(home.home, home.now.wall_ms)]
    made = draft(NotificationKind.DANGER, "42", findings, say=str, on="2026-03-02")
    return sorted(one.value for one in made.concerns), [one.finding for one in made.observations]


@each
def test_red_alone_asks_a_person(name: str) -> None:
    """A client has a nurse and a plan, so that a red level of falls asks for no notice."""
    found = lived(HOMES[name]).home.assessments
    asked = [
        kind
        for hazard, assessment in found.items()
        if (kind := kind_of(hazard.value, assessment.level.value, is_client=True)) is not None
    ]
    expected = HOMES[name].notification.prompted
    assert asked == ([NotificationKind.DANGER] if expected else [])
    assert (found[Hazard.FIRE].level.value == "red") is expected


@each
def test_a_draft_tells_what_was_argued_for_and_nothing_of_a_body(name: str) -> None:
    """From one finding at any level, by whoever found it; falls and medicines are not for them."""
    concerns, told = drafted(name)
    assert concerns == list(HOMES[name].notification.concerns)
    assert not [one for one in told if one.startswith("FA-") or item_of(one) in OF_A_BODY]
