"""Silent gateways: when each is known, what is one incident, who is told, who comes first."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.silence import (
    COORDINATOR_AFTER_MS,
    GOODBYE_AFTER_MS,
    INCIDENT_HOMES_MIN,
    INCIDENT_WITHIN_MS,
    LOST_AFTER_MS,
    By,
    Escape,
    Fleet,
    Frailty,
    Heard,
    News,
    Said,
    frailest_first,
    step,
)

BEGAN_MS = 1_000_000_000
SECOND_MS = 1_000
MINUTE_MS = 60_000


class Region:
    """Gateways in a virtual time; `go` looks around every second, as the service does."""

    def __init__(self, names: int, area: str = "a") -> None:
        self.at_ms = BEGAN_MS
        self.listening_ms: int | None = BEGAN_MS
        self.fleet = Fleet()
        self.told: list[tuple[int, Said]] = []
        self.heard = {
            f"gw-{n:03d}": Heard(gateway=f"gw-{n:03d}", area=area, heard_ms=BEGAN_MS)
            for n in range(names)
        }
        self.dead: set[str] = set()

    def hear(self, name: str) -> None:
        self.set(name, heard_ms=self.at_ms, goodbye_ms=None)

    def set(self, name: str, **facts: object) -> None:
        self.heard[name] = msgspec.structs.replace(self.heard[name], **facts)

    def go(self, for_ms: int, every_ms: int = SECOND_MS) -> None:
        """Let time pass; whoever is not dead beats once a minute, each at a second of its own."""
        end_ms = self.at_ms + for_ms
        while self.at_ms < end_ms:
            self.at_ms += every_ms
            for n, name in enumerate(self.heard):
                beats = (self.at_ms // SECOND_MS + n * 7) % 60 < every_ms // SECOND_MS
                if name not in self.dead and beats:
                    self.hear(name)
            self.fleet, said = step(
                self.fleet, list(self.heard.values()), self.at_ms, self.listening_ms
            )
            self.told += [(self.at_ms, one) for one in said]

    def news(self, *kinds: News) -> list[Said]:
        return [one for _, one in self.told if not kinds or one.news in kinds]


def test_a_dead_gateway_is_known_within_180_s_and_maintenance_is_told_first():
    """From its last word; the coordinator half an hour later; its return ends it by itself."""
    region = Region(3)
    region.go(5 * MINUTE_MS)
    region.dead = {"gw-001"}
    last_ms = region.heard["gw-001"].heard_ms
    region.go(40 * MINUTE_MS)
    (lost_ms, lost), (asked_ms, asked) = region.told
    assert (lost.news, lost.gateway) == (News.LOST, "gw-001")
    assert lost_ms - last_ms <= 180 * SECOND_MS
    assert (asked.news, asked.gateway) == (News.COORDINATOR, "gw-001")
    assert asked_ms - lost_ms == COORDINATOR_AFTER_MS
    region.dead = set()
    region.go(2 * MINUTE_MS)
    assert [one.news for one in region.news()] == [News.LOST, News.COORDINATOR, News.BACK]
    assert region.fleet.silences == {}


def test_a_home_that_can_wait_for_no_timer_is_told_to_the_coordinator_at_once():
    """An open critical alert, or a resident who does not get out alone."""
    region = Region(1)
    region.set("gw-000", urgent=True)
    region.dead = {"gw-000"}
    region.go(181 * SECOND_MS)
    assert [one.news for one in region.news()] == [News.LOST, News.COORDINATOR]
    assert len({at_ms for at_ms, _ in region.told}) == 1


def test_a_last_will_that_stands_is_known_before_three_heartbeats():
    """And one that is taken back within a minute is none: a box that only restarted."""
    region = Region(2)
    region.dead = {"gw-000", "gw-001"}
    for name in region.dead:
        region.set(name, goodbye_ms=region.at_ms)
    region.go(GOODBYE_AFTER_MS // 2)
    region.hear("gw-001")
    region.go(GOODBYE_AFTER_MS)
    assert [one.gateway for one in region.news(News.LOST)] == ["gw-000"]
    assert region.fleet.silences["gw-000"].by is By.WILL


def test_a_desk_that_cannot_hear_takes_nobody_for_silent():
    """Its own line is down for an hour: no fault of any home, and everybody gets their time."""
    region = Region(20)
    region.dead = set(region.heard)
    region.listening_ms = None
    region.go(60 * MINUTE_MS)
    assert region.told == []
    region.listening_ms = region.at_ms
    region.dead = {"gw-007"}
    region.go(5 * MINUTE_MS)
    assert [one.gateway for one in region.news()] == ["gw-007"]


def test_ten_of_an_area_are_one_incident_and_no_ten_faults():
    """Those who follow join it; it is over when all are back, each with an episode of its own."""
    region = Region(40)
    region.go(2 * MINUTE_MS)
    region.dead = {f"gw-{n:03d}" for n in range(12)}
    region.go(4 * MINUTE_MS)
    assert len(region.news(News.INCIDENT)) == 1
    assert len(region.news(News.LOST)) < INCIDENT_HOMES_MIN
    (incident,) = region.fleet.incidents.values()
    assert len(region.fleet.silences) == 12
    region.dead |= {"gw-030"}
    region.go(10 * MINUTE_MS)
    assert region.fleet.silences["gw-030"].incident == incident.key
    region.go(COORDINATOR_AFTER_MS)
    assert [one.incident for one in region.news(News.COORDINATOR)] == [incident.key]
    region.dead = {"gw-003"}
    region.go(2 * MINUTE_MS)
    assert list(region.fleet.incidents) == [incident.key]
    region.dead = set()
    region.go(2 * MINUTE_MS)
    assert region.fleet == Fleet(next_key=incident.key + 1)
    assert len(region.news(News.BACK)) == 13
    assert len(region.news(News.OVER)) == 1


def test_nine_are_nine_faults_and_areas_are_not_mixed():
    """Neither fewer than ten, nor ten of two areas, nor ten over a day."""
    nine = Region(9)
    nine.dead = set(nine.heard)
    nine.go(5 * MINUTE_MS)
    assert len(nine.news(News.LOST)) == 9
    assert nine.news(News.INCIDENT) == []
    two = Region(18)
    for name in list(two.heard)[::2]:
        two.set(name, area="b")
    two.dead = set(two.heard)
    two.go(5 * MINUTE_MS)
    assert two.news(News.INCIDENT) == []
    slow = Region(12)
    for name in slow.heard:
        slow.dead.add(name)
        slow.go(10 * MINUTE_MS, every_ms=10 * SECOND_MS)
    assert slow.news(News.INCIDENT) == []


def test_an_urgent_home_that_joins_is_told_to_the_coordinator():
    """The incident waits no longer for its half hour."""
    region = Region(11)
    region.dead = {f"gw-{n:03d}" for n in range(10)}
    region.go(4 * MINUTE_MS)
    assert region.news(News.COORDINATOR) == []
    region.set("gw-010", urgent=True)
    region.dead.add("gw-010")
    region.go(4 * MINUTE_MS)
    assert [one.incident for one in region.news(News.COORDINATOR)] == [1]


def test_a_box_that_was_replaced_ends_its_silence():
    """Another one speaks for the home."""
    region = Region(1)
    region.dead = {"gw-000"}
    region.go(4 * MINUTE_MS)
    del region.heard["gw-000"]
    region.go(SECOND_MS)
    assert [one.news for one in region.news()] == [News.LOST, News.REPLACED]


@st.composite
def _lives(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """(who, when dead, for how long), in seconds."""
    one = st.tuples(st.integers(0, 24), st.integers(0, 900), st.integers(1, 3_000))
    return draw(st.lists(one, max_size=40))


@given(lives=_lives(), deaf=st.tuples(st.integers(0, 900), st.integers(0, 400)), seed=st.integers())
def test_whatever_happens_every_long_silence_is_told_once_and_ends_with_a_word(
    lives: list[tuple[int, int, int]], deaf: tuple[int, int], seed: int
):
    """Told within 180 s of hearing, to maintenance alone or in an incident; never twice at once."""
    region = Region(25)
    for name in region.heard:
        region.set(name, area=random.Random(f"{seed}{name}").choice("ab"))
    for second in range(0, 3_900, 10):
        now = {f"gw-{who:03d}" for who, at, long in lives if at <= second < at + long}
        region.dead = now
        down = deaf[0] <= second < deaf[0] + deaf[1]
        if down:
            region.listening_ms = None
            region.dead = set(region.heard)  # nothing comes
        elif region.listening_ms is None:
            region.listening_ms = region.at_ms
        region.go(10 * SECOND_MS, every_ms=10 * SECOND_MS)
        _holds(region)
    begun = {key for one in region.news(News.INCIDENT) if (key := one.incident)}
    over = {key for one in region.news(News.OVER) if (key := one.incident)}
    assert begun - over == set(region.fleet.incidents)
    assert over <= begun


def _holds(region: Region) -> None:
    fleet, at_ms, listening_ms = region.fleet, region.at_ms, region.listening_ms
    for name, one in region.heard.items():
        known = name in fleet.silences
        if listening_ms is not None:
            since_ms = max(one.heard_ms, listening_ms)
            assert known or at_ms - since_ms < LOST_AFTER_MS
        # Never forgotten without a word, never kept after one.
        assert not known or fleet.silences[name].since_ms == one.heard_ms
    for silence in fleet.silences.values():
        told = silence.incident is None or fleet.incidents[silence.incident].area == silence.area
        assert told
        who = fleet.incidents[silence.incident] if silence.incident is not None else silence
        assert who.coordinator_ms is not None or at_ms - who.known_ms < COORDINATOR_AFTER_MS
    loose = sorted(
        (one.area, one.since_ms) for one in fleet.silences.values() if one.incident is None
    )
    for area, first_ms in loose:
        crowd = [ms for a, ms in loose if a == area and 0 <= ms - first_ms <= INCIDENT_WITHIN_MS]
        assert len(crowd) < INCIDENT_HOMES_MIN


@given(order=st.permutations(range(14)))
def test_the_order_in_which_homes_are_looked_at_makes_no_difference(order: list[int]):
    """The same fleet from the same facts."""
    heard = [
        Heard(gateway=f"gw-{n}", area="a", heard_ms=BEGAN_MS + n * 20 * SECOND_MS)
        for n in range(14)
    ]
    at_ms = BEGAN_MS + 20 * MINUTE_MS
    fleet, said = step(Fleet(), heard, at_ms, BEGAN_MS)
    other, also = step(Fleet(), [heard[n] for n in order], at_ms, BEGAN_MS)
    assert (fleet, sorted(map(repr, said))) == (other, sorted(map(repr, also)))


@pytest.mark.parametrize(
    "first, then",
    [
        (Frailty(critical_raised=True, escape=Escape.OUT), Frailty(escape=Escape.NO)),
        (Frailty(critical_raised=True), Frailty(critical_taken=True, escape=Escape.NO)),
        (Frailty(escape=Escape.NO), Frailty(high_open=True, level="red")),
        (Frailty(), Frailty(escape=Escape.MAYBE)),  # unknown is never safe
        (Frailty(escape=Escape.MAYBE), Frailty(escape=Escape.OUT, high_open=True)),
        (Frailty(high_open=True), Frailty(level="red")),
        (Frailty(level="red"), Frailty(level="orange")),
        (Frailty(), Frailty(level="yellow")),  # nobody assessed it
        (Frailty(level="grey"), Frailty(level="green")),
    ],
)
def test_the_frailest_home_stands_first(first: Frailty, then: Frailty):
    """Whatever their names and times are."""
    assert frailest_first([(then, 1, "gw-a"), (first, 2, "gw-b")]) == ["gw-b", "gw-a"]
    assert frailest_first([(first, 1, "gw-a"), (then, 2, "gw-b")]) == ["gw-a", "gw-b"]


def test_among_equals_the_one_that_is_silent_longest_stands_first():
    """The order is total."""
    homes = [(Frailty(), 5, "gw-b"), (Frailty(), 3, "gw-c"), (Frailty(), 5, "gw-a")]
    assert frailest_first(homes) == ["gw-c", "gw-a", "gw-b"]
