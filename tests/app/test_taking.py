"""A spare box becomes another home: whole, once, and never beside one that is there."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.app.customer.disclosures import Disclosures
from edge.app.provisioning.profile import HomeProfile
from edge.app.provisioning.taking import packed
from edge.app.working.tasks import Tasks
from edge.domain import SERVICE, Sent
from edge.errors import ControlError, EdgeError, StoreError
from edge.events import Enrolled
from edge.home.state import DEVICES_MAX
from edge.kinds import observation
from edge.profile import encode
from edge.profile.content import Enrolment
from edge.store import household, plans, profiles, takeover
from tests.app.homes import PEER, house_in
from tests.app.spares import given, spare_in, taking_of
from tests.app.test_checking import answer
from tests.escalation.plans import made
from tests.profile.homes import whole
from tests.store.samples import BUTTON, CLIMATE
from tests.support.clock import FakeClock


async def test_the_spare_is_the_home_in_one_commit(tmp_path: Path, clock: FakeClock):
    """Devices with keys and counters, people, plan, decisions, answers, fit, claim, certificate."""
    async with spare_in(tmp_path, clock) as house:
        heard: list[set[str]] = []
        house.when_enrolled.append(lambda: heard.append(set(house.devices)))
        found = await taking_of(house).take(given(), PEER)
        assert found["taken"]["gateway"] == "gw-0001"
        assert heard == [{"help-button"}], "listened for at once"
    async with spare_in(tmp_path, clock) as house:  # as a restart finds it
        home, want = house.keeper.home, whole()
        assert [Enrolment.of(d) for d in house.devices.values()] == list(want.devices)
        assert house.driver_states == want.states
        assert tuple(home.persons.values()) == want.persons
        assert await house.store.look(household.plan) == want.plan
        assert tuple(home.decisions.values()) == want.decisions
        assert tuple(home.vitals.limits.values()) == want.limits != ()
        assert home.stay == want.stays[0]
        assert home.answers["fire"]["FS-02"].note == want.answers[0].note
        parts = await house.store.look(profiles.parts)
        assert parts.fit is not None
        assert parts.certificate is not None
        assert (parts.claim, parts.fit.body, parts.certificate.id) == (want.claim, b"fit", "c-1")
        assert parts.fit.by == "gw-0001: anna", "it says whose fit it is"
        assert await house.store.look(plans.in_force) == made()
        (told,) = await house.store.look(plans.history)
        assert told.told_by == "gw-0001: anna"
        (before,) = await house.store.look(takeover.predecessors)
        assert (before.store_id, before.last_message) == ("store-1", 118)
        assert house.driver_states["help-button"] == want.states["help-button"]


async def test_a_profile_of_a_real_home_makes_the_same_profile_again(
    tmp_path: Path, clock: FakeClock
):
    """Gathered from one house, taken by another, gathered there: only the box differs."""
    async with house_in(tmp_path, clock) as old:
        old.tell(Enrolled(device=BUTTON))
        old.tell(Enrolled(device=CLIMATE))
        await old.commit()
        off = {"recipient": "service", "class": "readings", "allowed": False, "by": "relative"}
        await Disclosures(old).switch(off, PEER)
        await answer(old, "fire", {"FS-02": "dead"})
        tasks = Tasks(old)
        who = {"task": "FS-02", "by": "anna", "role": "home_care"}
        await tasks.hold({"tenure": "rented", "by": "anna"}, PEER)
        await tasks.assign(who | {"to": "nurse"}, PEER)
        await tasks.consider(who | {"notify": False, "why": "mended tomorrow"}, PEER)
        first = await HomeProfile(old).gather()
    async with spare_in(tmp_path, clock) as new:
        await taking_of(new).take({"profile": packed(encode(first)), "by": "pekka"}, PEER)
        assert not new.sending.allows(SERVICE, Sent.READINGS), "the new box keeps to it"
        second = await HomeProfile(new).gather()
        assert new.keeper.home.tasks["FS-02"].responsible == "nurse"
        assert new.keeper.home.considered["FS-02"].why == "mended tomorrow"
    box = ("gateway", "store_id", "message", "made", "site", "customer", "store_path", "settings")
    same = {name: getattr(first, name) for name in box}
    assert msgspec.structs.replace(second, **same) == first


async def test_asked_again_it_only_says_what_was_done(tmp_path: Path, clock: FakeClock):
    """A command that was interrupted after the commit goes on from there."""
    async with spare_in(tmp_path, clock) as house:
        taking = taking_of(house)
        first = await taking.take(given(), PEER)
        assert await taking.take(given(), PEER) == first
        assert len(await house.store.look(takeover.predecessors)) == 1
        assert (await taking.state({}, PEER))["taken"]["gateway"] == "gw-0001"


async def test_a_home_that_is_not_empty_is_left_alone(tmp_path: Path, clock: FakeClock):
    """Two homes are never mixed; the refusal counts what is there."""
    async with spare_in(tmp_path, clock) as house:
        house.tell(Enrolled(device=CLIMATE))
        await house.commit()
        with pytest.raises(ControlError, match="devices 1"):
            await taking_of(house).take(given(), PEER)
        assert set(house.devices) == {CLIMATE.id}
        assert await house.store.look(takeover.predecessors) == []


@pytest.mark.parametrize(
    "wrong", [None, "", "!", "AAAA", base64.b64encode(b"x" * 40).decode(), {"a": 1}]
)
async def test_what_is_no_profile_is_refused(tmp_path: Path, clock: FakeClock, wrong: Any):
    """Nothing of it is kept."""
    async with spare_in(tmp_path, clock) as house:
        with pytest.raises(EdgeError, match=";"):
            await taking_of(house).take({"profile": wrong, "by": "pekka"}, PEER)
        assert house.devices == {}


async def test_a_home_with_too_many_devices_is_refused_before_the_first(
    tmp_path: Path, clock: FakeClock
):
    """Not when the last one finds no room."""
    one = whole().devices[0]
    many = tuple(msgspec.structs.replace(one, id=f"d-{n}") for n in range(DEVICES_MAX + 1))
    async with spare_in(tmp_path, clock) as house:
        with pytest.raises(ControlError, match=re.escape(f"{DEVICES_MAX} at most")):
            await taking_of(house).take(given(devices=many), PEER)
        assert house.devices == {}


async def test_the_file_opens_under_the_old_name_and_then_under_the_homes(
    tmp_path: Path, clock: FakeClock
):
    """Between take and new settings a restart must work; afterwards only the home's name does."""
    async with spare_in(tmp_path, clock) as house:
        await taking_of(house).take(given(), PEER)
    for site in ("spare", "site-88"):
        async with spare_in(tmp_path, clock, site) as house:
            assert set(house.devices) == {"help-button"}
    for site in ("spare", "another"):
        with pytest.raises(StoreError, match="site-88"):
            async with spare_in(tmp_path, clock, site):
                pass


# -- the old card's alerts -----------------------------------------------------------------------


async def old_alerts(folder: Path, clock: FakeClock) -> tuple[str, list[dict[str, Any]]]:
    """A home whose two presses nobody received; its store and what it owes."""
    async with house_in(folder, clock) as old:
        old.tell(Enrolled(device=BUTTON))
        for _ in range(2):
            clock.pass_time(60_000)
            old.hear(observation(BUTTON.id, "button", "press", clock.now()))
            await old.commit()
        owed = [e for e in await old.store.owed(100) if e.cls.value == "alert"]
        assert len(owed) >= 2
        owed.sort(key=lambda entry: entry.sequence)
        rows = [
            {
                "id": e.id,
                "sequence": e.sequence,
                "created_ms": e.created_ms,
                "body": base64.b64encode(e.body).decode(),
            }
            for e in owed
        ]
        return old.origin.store_id, rows


async def test_the_old_cards_alerts_are_owed_with_their_bytes_and_ids(
    tmp_path: Path, clock: FakeClock
):
    """Once, however often they are carried; our own numbering has no hole."""
    store_id, rows = await old_alerts(tmp_path, clock)
    async with spare_in(tmp_path, clock) as house:
        taking = taking_of(house)
        woken: list[int] = []
        house.when_owed.append(lambda: woken.append(1))
        await taking.take(given(gateway="gw-1", store_id=store_id), PEER)
        args = {"store_id": store_id, "entries": rows}
        before = await house.store.heads()
        assert await taking.carry(args, PEER) == {
            "carried": len(rows),
            "known": 0,
            "refused": 0,
        }
        assert await taking.carry(args, PEER) == {
            "carried": 0,
            "known": len(rows),
            "refused": 0,
        }
        assert woken == [1, 1]
        owed = {e.id: e for e in await house.store.owed(100)}
        for row in rows:
            assert base64.b64encode(owed[row["id"]].body).decode() == row["body"]
            assert owed[row["id"]].sequence < 0
        assert await house.store.heads() == before
        (done,) = await house.store.look(takeover.predecessors)
        assert done.carried == len(rows)


@pytest.mark.parametrize("gateway", ["gw-1", "gw-9"])
async def test_only_that_boxs_own_alerts_are_carried(
    tmp_path: Path, clock: FakeClock, gateway: str
):
    """Another gateway's, another id, what is no alert: all of it stays on the card."""
    store_id, rows = await old_alerts(tmp_path, clock)
    wrong: list[list[Any]] = [
        [{**rows[0], "id": rows[1]["id"]}],
        [{**rows[0], "body": base64.b64encode(b"{}").decode()}],
        [{**rows[0], "body": "?"}],
        [{"id": rows[0]["id"]}],
        ["text"],
    ]
    async with spare_in(tmp_path, clock) as house:
        taking = taking_of(house)
        with pytest.raises(ControlError, match="take it first"):
            await taking.carry({"store_id": store_id, "entries": rows}, PEER)
        await taking.take(given(gateway=gateway, store_id=store_id), PEER)
        for entries in wrong if gateway == "gw-1" else [rows]:
            found = await taking.carry({"store_id": store_id, "entries": entries}, PEER)
            assert found == {"carried": 0, "known": 0, "refused": len(entries)}
        assert [e for e in await house.store.owed(100) if e.sequence < 0] == []
        if gateway == "gw-1":  # a damaged one holds up no other
            found = await taking.carry({"store_id": store_id, "entries": [*wrong[0], *rows]}, PEER)
            assert (found["carried"], found["refused"]) == (len(rows), 1)
