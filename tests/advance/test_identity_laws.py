"""Doubt about a device takes nothing away: not an alert, not a moment of it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.alerts.flags import SEEMS_OVER
from edge.domain import Alert, Observation, Priority, Quality
from edge.events import ConfigLoaded, Doubted, Raise, Revise
from edge.home.identity import marked
from edge.home.state import decode, encode
from edge.kinds import observation
from tests.advance.test_metamorphic import AWAITED, NIGHT, ROLES, ROOMS, Word, rounds_of
from tests.support.living import MINUTE, Living

Rounds = list[tuple[list[Word], int]]
ORDER = (Priority.NORMAL, Priority.HIGH, Priority.CRITICAL)
ABOUT_DOUBT = "identity_doubtful"


class Doubting(Living):
    """Tells what devices say as the house does: with the doubt that stands marked on it."""

    def say(self, device: str, kind: str, value: object) -> Observation:
        seen = marked(self.home, observation(device, kind, value, self.now))  # type: ignore[arg-type]
        self.tell(seen)
        return seen


def lived(rounds: Rounds, doubted: frozenset[str]) -> Doubting:
    home = Doubting(
        settings=ConfigLoaded(
            no_activity_after_s=3600, stove_unattended_after_s=1200, night_door=NIGHT
        )
    )
    for name, role in ROLES.items():
        home.enrol(name, role, room=ROOMS.get(name, "hallway"), person="p1")
    for name in sorted(doubted):
        home.tell(Doubted(device=name, reason="moved"))
    for words, minutes in rounds:
        for device, kind, value in words:
            seen = home.say(device, kind, value)
            assert (seen.quality is Quality.IDENTITY_DOUBTFUL) is (device in doubted)
        home.wait(minutes * MINUTE)
    return home


def raised_when(home: Doubting) -> dict[tuple[str, str, Priority], int]:
    """When each alert first stood at each priority, or above."""
    found: dict[tuple[str, str, Priority], int] = {}
    for effect in home.effects:
        if not isinstance(effect, Raise | Revise):
            continue
        alert = effect.alert
        for priority in ORDER[: ORDER.index(alert.priority) + 1]:
            key = (alert.code, alert.subject, priority)
            found.setdefault(key, alert.changed.boottime_ms)
    return found


@settings(max_examples=40)
@given(rounds_of(AWAITED), st.frozensets(st.sampled_from(sorted(ROLES)), max_size=4))
def test_doubt_removes_and_delays_no_alert(rounds: Rounds, doubted: frozenset[str]) -> None:
    """Whichever devices are in doubt: every alert stands as early and as high, or more so."""
    sure, unsure = raised_when(lived(rounds, frozenset())), raised_when(lived(rounds, doubted))
    late = {key: at for key, at in sure.items() if unsure.get(key, 1 << 62) > at}
    assert late == {}


@settings(max_examples=40)
@given(rounds_of(AWAITED))
def test_where_all_are_doubted_nothing_is_said_to_be_over(rounds: Rounds) -> None:
    """Nobody's word reassures; every alert of a device says that it is in doubt."""
    for alert in lived(rounds, frozenset(ROLES)).alerts():
        assert set(alert.flags) & SEEMS_OVER <= {"heard_again"}, alert.code
        if alert.subject in ROLES and alert.code != ABOUT_DOUBT:
            assert "identity_doubtful" in alert.flags


@settings(max_examples=40)
@given(rounds_of(AWAITED), st.frozensets(st.sampled_from(sorted(ROLES)), max_size=4))
def test_the_snapshot_holds_the_doubt(rounds: Rounds, doubted: frozenset[str]) -> None:
    home = lived(rounds, doubted).home
    assert decode(encode(home)).likeness == home.likeness
    assert {d.id for d in decode(encode(home)).devices.values() if d.identity} == doubted


def test_a_doubtful_sensor_ends_no_stillness_after_a_fall() -> None:
    """Somebody moves where the sensor is, and that may be in another flat: it is confirmed."""
    for doubted, priority in ((frozenset[str](), "high"), (frozenset({"motion"}), "critical")):
        home = lived([([("motion", "motion", False)], 1)], doubted)
        home.enrol("other", ROLES["motion"], room="kitchen")
        home.observe("other", "motion", value=False)
        home.say("band", "fall", value=True)
        home.wait(2 * MINUTE)
        home.say("motion", "motion", value=True)
        home.wait(10 * MINUTE)
        alert: Alert = home.open("possible_fall", "band")
        assert alert.priority == priority
        assert ("identity_doubtful" in alert.flags) is bool(doubted)
        assert ("activity_seen" in alert.flags) is not bool(doubted)


def test_a_press_on_a_doubtful_tag_is_a_call_each_time() -> None:
    """No gap between two, as there is for a frame that may be forged."""
    home = lived([], frozenset({"button"}))
    for _ in range(3):
        home.wait(MINUTE)
        home.say("button", "button", "press")
    alert = home.open("help_button", "button")
    assert (alert.priority, alert.repeats) == ("critical", 2)
    assert "identity_doubtful" in alert.flags
