"""What must not matter does not, and what is not known never helps."""

from __future__ import annotations

import random
from collections.abc import Iterable

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Quality, Question, Role, Scalar
from edge.events import Answered, ConfigLoaded, NightDoor
from tests.risk import homes
from tests.support.living import HOUR, MINUTE, Living, decision

Word = tuple[str, str, Scalar]

ROLES = {
    "button": Role.HELP_BUTTON,
    "smoke": Role.SMOKE_ALARM,
    "robot": Role.MEDICATION_ROBOT,
    "motion": Role.MOTION,
    "climate": Role.CLIMATE,
    "kitchen": Role.MOTION,
    "stove": Role.STOVE_GUARD,
    "meals": Role.MEAL_DISPENSER,
    "band": Role.FALL_DETECTOR,
    "door": Role.DOOR,
}
ROOMS = {"kitchen": "kitchen", "stove": "kitchen"}
NIGHT = NightDoor(
    devices=("door",),
    from_min=12 * 60,
    back_within_s=600,
)
# A press is movement too, so the button is related to the motion sensor and stays out of this.
SAID: st.SearchStrategy[Word] = st.sampled_from(
    [
        ("button", "battery", 5),
        ("smoke", "smoke", True),
        ("smoke", "smoke", False),
        ("robot", "dose", "due"),
        ("robot", "dose", "taken"),
        ("robot", "dose", "missed"),
        ("motion", "motion", True),
        ("motion", "motion", False),
        ("climate", "battery", 5),
        ("climate", "battery", 90),
    ]
)
# What is waited for. A second sensor that says "nobody" is related to the first one, so no
# stillness is long enough where these are mixed.
SAID_AND_AWAITED: list[Word] = [
    ("motion", "motion", True),
    ("robot", "dose", "missed"),
    ("climate", "moisture", True),
    ("kitchen", "motion", True),
    ("stove", "stove_on", True),
    ("stove", "stove_on", False),
    ("stove", "stove_cut", True),
    ("meals", "meal", "selected"),
    ("meals", "meal", "taken"),
    ("meals", "over_temperature", True),
    ("robot", "jam", True),
    ("band", "fall", True),
    ("band", "moving", True),
    ("door", "door", True),
    ("door", "door", False),
]
AWAITED = st.sampled_from(SAID_AND_AWAITED)


# One round: what each device says at the same moment, and how long until the next one.
def rounds_of(
    said: st.SearchStrategy[Word],
) -> st.SearchStrategy[list[tuple[list[Word], int]]]:
    one = st.tuples(st.lists(said, max_size=6), st.integers(1, 90))
    return st.lists(one, min_size=1, max_size=12)


def lived(
    rounds: Iterable[tuple[list[Word], int]], order: random.Random | None, still_s: int = 3600
) -> Living:
    """A home told these rounds; `order` mixes devices within a round, not one device's words."""
    home = Living(
        settings=ConfigLoaded(
            no_activity_after_s=still_s, stove_unattended_after_s=1200, night_door=NIGHT
        )
    )
    home.tell(decision(Question.NIGHT_DOORS))
    for name, role in ROLES.items():
        home.enrol(name, role, room=ROOMS.get(name, "hallway"))
    for words, minutes in rounds:
        turns = sorted({device for device, _, _ in words})
        if order is not None:
            order.shuffle(turns)
        for turn in turns:
            for device, kind, value in words:
                if device == turn:
                    home.observe(device, kind, value)
        home.wait(minutes * MINUTE)
    return home


@given(rounds_of(SAID), st.integers(0, 2**16))
def test_the_order_of_devices_does_not_matter(
    rounds: list[tuple[list[Word], int]], seed: int
) -> None:
    """What different devices say at one moment leads to the same alerts in any order."""
    one, other = lived(rounds, None), lived(rounds, random.Random(seed))
    assert by_subject(one) == by_subject(other)


@given(rounds_of(AWAITED), st.integers(0, 2**16))
def test_the_order_does_not_matter_to_what_is_waited_for(
    rounds: list[tuple[list[Word], int]], seed: int
) -> None:
    """A cooker and a movement, a fall and a door: said at one moment, in any order.

    The same is raised, as often and as urgently. What is noted beside it may differ: who is
    seen in the kitchen after "off" has nothing to do with the cooker any more.
    """
    one, other = lived(rounds, None, 10**7), lived(rounds, random.Random(seed), 10**7)
    assert urgency(one) == urgency(other)


def urgency(home: Living) -> dict[str, tuple[object, ...]]:
    return {
        key: (alert.priority, alert.repeats, alert.raised)
        for key, alert in home.home.alerts.items()
    }


def by_subject(home: Living) -> dict[str, list[object]]:
    told: dict[str, list[object]] = {}
    for alert in home.alerts():
        words = (alert.rev, alert.state, alert.priority, alert.flags, alert.repeats, alert.changed)
        told.setdefault(f"{alert.code}/{alert.subject}", []).append(words)
    return told


@given(
    st.lists(st.sampled_from(["due", "taken", "retrieved_late"]), max_size=12), st.integers(0, 11)
)
def test_doubt_about_a_dose_never_helps(words: list[str], doubted: int) -> None:
    """The same words with one of them doubtful miss at least the doses that they missed before."""
    missed = []
    for doubt in (False, True):
        home = Living()
        home.enrol("robot", Role.MEDICATION_ROBOT, silent_after_s=86_400)
        for n, word in enumerate(words):
            doubtful = doubt and n == doubted
            quality = Quality.UNAUTHENTICATED if doubtful else Quality.OK
            home.observe("robot", "dose", word, quality)
            home.wait(20 * MINUTE)
        home.wait(HOUR)
        missed.append(sum(1 + alert.repeats for alert in home.home.alerts.values()))
    assert missed[1] >= missed[0]


@given(
    st.sampled_from([{}, {"FS_05": "bed"}, {"FS_05": "bed", "FS_22": "no"}]),
    st.sets(st.sampled_from(sorted(homes.ITEMS)), max_size=4),
)
def test_an_answer_that_is_missing_never_helps(differs: dict[str, str], left: set[str]) -> None:
    """Leaving questions out never turns what is to be told into green."""
    told = []
    for gaps in (set(), left):
        home = Living(settings=ConfigLoaded(checklists={"fire": homes.FIRE}))
        given_now = [
            msgspec.structs.replace(answer, at=home.now)
            for item, answer in homes.home(**differs).items()
            if item not in gaps
        ]
        home.tell(Answered(answers=tuple(given_now)))
        told.append(next(iter(home.home.assessments.values())).level.value)
    if told[0] != "green":
        assert told[1] != "green"
