"""What a home tells of its next visit: codes and days, and nothing that anybody typed."""

from __future__ import annotations

import msgspec

from edge.uplink import envelope
from tests.uplink import samples
from tests.uplink.samples import NOW, ORIGIN, uid
from tests.uplink.test_envelope import built, validate


def test_a_work_list_names_nobody_and_repeats_nobodys_words():
    """Who answered, who changed a task and why a notification was not made stay in the home."""
    body = built()["work-1.0"].decode().lower()
    for told in ("anna", "mallikas", "aino", "mallikatu", "uid 1000", "img 7", "son fits"):
        assert told not in body, told
    data = envelope.parse_work(built()["work-1.0"], "gw-0001").data
    assert data.findings[0].role == "other", "what is typed as a role may be a name"
    assert [task.changed is None for task in data.tasks] == [False, False]


def test_names_of_a_municipalitys_own_list_hold_up_no_message():
    """A party or a gate with a name that is no code is told as "other"."""
    found = samples.waiting()
    odd = "Taloyhtiö / isännöitsijä"
    task = msgspec.structs.replace(found.tasks[0], responsible=odd, ordered_by=odd)
    finding = msgspec.structs.replace(found.findings[0], gates=("Ä", "D"))
    found = msgspec.structs.replace(found, tasks=(task,), findings=(finding,))
    data = envelope.work_data(ORIGIN, found, NOW, climbed=frozenset())
    body = envelope.work(ORIGIN, data, id=uid(1), sequence=1, at=NOW).body
    validate(body)
    told = envelope.parse_work(body, "gw-0001").data
    assert (told.tasks[0].responsible, told.tasks[0].ordered_by) == ("other", "other")
    assert told.findings[0].gates == ("other", "D")
