"""The rescue card that a home makes of what the box itself knows."""

from __future__ import annotations

from pathlib import Path

from edge.app.checking import Checking
from edge.app.household.rescue import RescueCards
from edge.app.provisioning.homelink import HomeLink
from edge.domain import Person, PersonKind, Plan, Room
from tests.app.homes import PEER, house_in
from tests.app.test_homelink import ADDRESS, claim, confirmed
from tests.support.clock import FakeClock

DAY_MS = 86_400_000
FACTS = '[rescue]\nsleeps_in = "bedroom"\noxygen = "yes"\n'


async def test_the_card_has_what_was_claimed_told_and_answered(tmp_path: Path, clock: FakeClock):
    """Address and name of the confirmed claim, rooms, persons, answers with their day."""
    async with house_in(tmp_path, clock, FACTS) as house:
        link = HomeLink(house)
        cards = RescueCards(house, link)
        before = await cards.show({}, PEER)
        assert (before["address"], before["escape"], before["persons"]) == (
            "",
            "not_assessed",
            None,
        )
        request = await claim(link)
        await link.take(confirmed(request))
        await link.claim_confirm({"yes": True, "by": "Liisa"}, PEER)
        house.tell(Plan(rooms=(Room(id="bedroom", outer=True),), by="anna"))
        house.tell(Person(id="r-1", kind=PersonKind.RESIDENT, by="anna"))
        house.tell(Person(id="cat", kind=PersonKind.PET, by="anna"))
        said = {"FS-22": "no", "FS-18": "unknown", "FS-24": "alone"}
        answer = {"checklist": "fire", "answers": said, "by": "anna", "role": "home_care"}
        await Checking(house).answer(answer, PEER)
        made = await cards.show({}, PEER)
        assert (made["address"], made["resident"]) == (ADDRESS, "Aino Mallikas")
        assert [room["id"] for room in made["rooms"]] == ["bedroom"]
        assert (made["persons"], made["sleeps_in"], made["oxygen"]) == (1, "bedroom", "yes")
        assert (made["escape"], made["alone_at_night"]) == ("cannot", "yes")
        assert made["hoarding"] == "unknown"  # "not known" is no answer
        assert made["escape_on"] == made["made_at"][:10]


async def test_a_good_answer_that_has_run_out_is_not_printed_as_one(
    tmp_path: Path, clock: FakeClock
):
    """After two years "gets out" is "not certain", and stands among what is not known."""
    async with house_in(tmp_path, clock) as house:
        cards = RescueCards(house, HomeLink(house))
        answer = {"checklist": "fire", "answers": {"FS-22": "yes"}, "by": "anna"}
        await Checking(house).answer(answer | {"role": "home_care"}, PEER)
        assert (await cards.show({}, PEER))["escape"] == "can"
        clock.pass_time(730 * DAY_MS)
        made = await cards.show({}, PEER)
        assert (made["escape"], made["escape_old"]) == ("may", True)
        assert "escape" in made["unknown"]
