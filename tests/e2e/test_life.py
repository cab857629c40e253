"""A stay in hospital told at the home, and a request to erase, reach what the desk keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.demo import scene
from tests.e2e.test_claims import BY, Fitting
from tests.e2e.world import NURSE, eventually
from tests.support.mosquitto import mosquitto

pytestmark = pytest.mark.timeout(120)


class Caring(Fitting):
    """A claimed home whose nurse keeps how its customer sees their life."""

    def life(self, *command: str) -> Any:
        who = ("--as", NURSE, "--password-file", str(scene.password_file(self.folder)))
        return json.loads(self.desk("life", *command, *who, "--json"))

    def due(self) -> list[tuple[str, str, str]]:
        return [(one["kind"], one["whose"], one["about"]) for one in self.life("due", "--mine")]


@pytest.fixture
def caring(tmp_path: Path) -> Iterator[Caring]:
    with mosquitto(tmp_path) as broker:
        one = Caring(tmp_path, broker)
        try:
            yield one
        finally:
            one.stop()


def test_hospital_makes_the_segment_due_and_a_request_erases_the_answers(caring: Caring) -> None:
    """By commands at the home alone: the case manager sees it, and what was answered is gone."""
    caring.begin()
    with caring.desk_settings.open("a", encoding="utf-8") as settings:
        settings.write('\n[life]\nterms = "of this test"\n')
    caring.claim(caring.code())
    caring.claim_is("answered")
    caring.ask("claim_confirm", yes=True, **BY)
    eventually(
        "the desk has the claim", lambda: caring.customer_claims()[0]["state"] == "confirmed"
    )
    caring.life("answer", "c-demo", "1=6/9/8", "3=5/9/8", "10=7")
    caring.life("segment", "c-demo", "--level", "2", "--reason", "apua arjessa")
    caring.life("manager", "c-demo", "--account", NURSE)
    assert caring.due() == []

    caring.gateway("stay", "begin", "hospital", "--by", "nurse.one")
    caring.gateway("stay", "end", "--by", "nurse.one")
    caring.on_desk("assessment_due")
    assert sorted(caring.due()) == [
        ("alert", NURSE, "assessment_due"),
        ("segment", NURSE, "hospital"),
    ]
    caring.life("segment", "c-demo", "--level", "3", "--reason", "sairaalan jälkeen")
    assert caring.due() == [("alert", NURSE, "assessment_due")]

    caring.gateway("erase", "--request", "--by", "relative.one")
    eventually("the answers are erased", lambda: caring.life("show", "c-demo")["rounds"] == [])
    kept = caring.life("show", "c-demo")
    assert [one["level"] for one in kept["segments"]] == [3, 2]
    (asked,) = json.loads(caring.desk("request", "list", "--json"))
    assert (asked["erased"]["life_round"], asked["kept"]["life_segment"]) == (1, 2)
