"""A reading that may be somebody else's is flagged; who changes is not doubted for ever."""

from __future__ import annotations

import random

import pytest

from edge.domain import Observation, Person, PersonKind, Quality, Role, Scalar, Visit, VisitKind
from edge.events import Confirmed
from edge.home.identity import marked
from edge.home.state import decode, encode
from edge.kinds import observation
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living

OWN = {"body_weight": 62.0, "blood_pressure_systolic": 135.0, "pulse_rate": 70.0}
HIS = {"body_weight": 88.0, "blood_pressure_systolic": 118.0, "pulse_rate": 58.0}
WOBBLE = {"body_weight": 0.6, "blood_pressure_systolic": 9.0, "pulse_rate": 6.0}


class Measured(Living):
    """A home whose instruments are read, marked as the house marks what it hears."""

    def say(self, device: str, kind: str, value: Scalar) -> Observation:
        seen = marked(self.home, observation(device, kind, value, self.now))
        self.tell(seen)
        return seen

    def measure(self, rng: random.Random, device: str, who: dict[str, float]) -> list[Observation]:
        """Weight by the scale, the others by the cuff."""
        kinds = ["body_weight"] if device.endswith("scale") else list(who)[1:]
        return [self.say(device, k, round(rng.gauss(who[k], WOBBLE[k]), 1)) for k in kinds]

    def doubted(self) -> dict[str, tuple[str, ...]]:
        return {d.id: d.identity for d in self.home.devices.values() if d.identity}


def couple() -> Measured:
    home = Measured()
    for person in ("she", "he"):
        home.tell(Person(id=person, kind=PersonKind.RESIDENT, by="installer"))
        for thing in ("scale", "cuff"):
            home.enrol(f"{person}-{thing}", Role.VITALS, person=person, silent_after_s=90 * 86_400)
    return home


def mornings(home: Measured, rng: random.Random, days: int) -> list[Observation]:
    said = []
    for _ in range(days):
        home.wait(DAY)
        for person, who in (("she", OWN), ("he", HIS)):
            for thing in ("scale", "cuff"):
                home.wait(10 * MINUTE)
                said += home.measure(rng, f"{person}-{thing}", who)
    return said


def doubtful(said: list[Observation]) -> list[Observation]:
    return [one for one in said if one.quality is Quality.IDENTITY_DOUBTFUL]


@pytest.mark.parametrize("seed", range(5))
def test_two_months_of_a_couple_are_no_doubt(seed: int) -> None:
    home = couple()
    assert doubtful(mornings(home, random.Random(seed), 60)) == []
    assert home.doubted() == {}
    assert decode(encode(home.home)).likeness == home.home.likeness
    assert len(home.home.likeness.ranges) == 6


@pytest.mark.parametrize("seed", range(5))
def test_his_weight_on_her_scale_is_flagged_at_once(seed: int) -> None:
    """Kept and stored as it is; her own one afterwards is trusted, and her range is as it was."""
    home, rng = couple(), random.Random(seed)
    mornings(home, rng, 10)
    middle = home.home.likeness.ranges["she body_weight"].middle
    home.wait(DAY)
    (strange,) = home.measure(rng, "she-scale", HIS)
    assert strange.quality is Quality.IDENTITY_DOUBTFUL
    assert isinstance(strange.value, float)
    assert home.doubted() == {}  # one of them is a neighbour who tried it
    assert home.home.likeness.ranges["she body_weight"].middle == middle
    home.wait(DAY)
    assert doubtful(home.measure(rng, "she-scale", OWN)) == []


def test_three_in_a_row_make_the_scale_doubtful_until_her_own_comes() -> None:
    home, rng = couple(), random.Random(1)
    mornings(home, rng, 10)
    for _ in range(3):
        home.wait(6 * HOUR)
        assert doubtful(home.measure(rng, "she-scale", HIS))
    assert home.doubted() == {"she-scale": ("others_reading",)}
    assert home.open("identity_doubtful", "she-scale").priority == "normal"
    home.wait(6 * HOUR)
    assert doubtful(home.measure(rng, "she-scale", OWN)) == []
    assert home.doubted() == {}
    assert not home.is_open("identity_doubtful")


def test_who_changed_for_good_is_not_doubted_for_ever() -> None:
    """A week of the same new readings is the new range."""
    home, rng = couple(), random.Random(2)
    mornings(home, rng, 10)
    lighter = OWN | {"body_weight": 52.0}
    flags = []
    for _ in range(9):
        home.wait(DAY)
        flags.append(bool(doubtful(home.measure(rng, "she-scale", lighter))))
    assert flags[0] is True
    assert flags[-1] is False
    assert home.doubted() == {}


def test_a_cuff_needs_somebody_whom_it_fits_better() -> None:
    """High by itself is high; far from her own and like his is perhaps his."""
    home, rng = couple(), random.Random(3)
    steady = {"blood_pressure_systolic": 160.0, "pulse_rate": 70.0}
    calm = {"blood_pressure_systolic": 105.0, "pulse_rate": 70.0}
    for _ in range(12):
        home.wait(DAY)
        for kind, value in steady.items():
            home.say("she-cuff", kind, value + rng.choice((-2, 0, 2)))
        home.wait(HOUR)
        for kind, value in calm.items():
            home.say("he-cuff", kind, value + rng.choice((-2, 0, 2)))
    home.wait(DAY)
    assert home.say("she-cuff", "blood_pressure_systolic", 215.0).quality is Quality.OK
    home.wait(DAY)
    seen = home.say("she-cuff", "blood_pressure_systolic", 106.0)
    assert seen.quality is Quality.IDENTITY_DOUBTFUL


@pytest.mark.parametrize("why", ["visit", "again", "first_days", "relative", "unset"])
def test_what_explains_a_reading_or_is_not_known_yet(why: str) -> None:
    home, rng = couple(), random.Random(4)
    mornings(home, rng, 2 if why == "first_days" else 10)
    home.wait(DAY)
    if why == "visit":
        now = home.now.wall_ms
        visit = Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=now, until_ms=now + HOUR)
        home.tell(visit)
    elif why == "again":
        home.measure(rng, "she-scale", OWN)
        home.wait(30 * SECOND)
    elif why == "relative":
        home.tell(Person(id="she", kind=PersonKind.RELATIVE, by="installer"))
    elif why == "unset":
        home.reboot(HOUR, sync=home.sync.NONE)
    assert doubtful(home.measure(rng, "she-scale", HIS)) == []


def test_the_instruments_own_user_number() -> None:
    """It comes before the readings of its frame; the one that always comes is hers."""
    home, rng = couple(), random.Random(5)
    for _ in range(8):
        home.wait(DAY)
        home.say("she-scale", "user", 1)
        home.measure(rng, "she-scale", OWN)
    home.wait(DAY)
    home.say("she-scale", "user", 2)
    assert doubtful(home.measure(rng, "she-scale", OWN))
    home.wait(DAY)
    home.say("she-scale", "user", 1)
    assert doubtful(home.measure(rng, "she-scale", OWN)) == []


def test_confirmed_is_learnt_anew() -> None:
    home, rng = couple(), random.Random(6)
    mornings(home, rng, 10)
    for _ in range(3):
        home.wait(6 * HOUR)
        home.measure(rng, "she-scale", HIS)
    home.tell(Confirmed(device="she-scale", by="nurse.one"))
    assert not any(key.startswith("she ") for key in home.home.likeness.ranges)
    assert doubtful(home.measure(rng, "she-scale", HIS)) == []
