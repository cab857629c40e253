from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.alerts.flags import Flag
from edge.alerts.lifecycle import OUTCOMES
from edge.alerts.rules import RULES
from edge.domain import (
    AlertState,
    Deviation,
    Hazard,
    Level,
    PersonKind,
    Priority,
    Quality,
    Question,
    Role,
    Routine,
    Scalar,
    Stay,
    StayKind,
    VisitKind,
    VitalLimit,
)
from edge.drivers.serial.appliance import EVENTS
from edge.events import Answered, Assessed, ConfigLoaded, Doubted, Fault, FaultKind, NightDoor
from edge.home.behaving import ROUTINE
from edge.home.identity import REASONS
from edge.kinds import KINDS
from edge.locale import LANGUAGES, TITLE_MAX, catalogue, places, render, titles
from edge.risk.features import FEATURES, HOME_RISK, INDICES
from edge.risk.routine.measuring import MEASURES
from tests.risk import homes
from tests.support.living import DAY, HOUR, MINUTE, Living, decision

CODES = sorted(rule.code for rule in RULES)
DEVICE_FAULTS = (
    "device_silent",
    "home_silent",
    "battery_low",
    "gateway_fault",
    "tag_not_worn",
    "wire_fault",
    "identity_doubtful",
)
CALLS_112 = ("smoke", "carbon_monoxide", "heat", "gas")
# Not a medical device: these words have no place in what people read here.
MEDICAL = re.compile(
    r"diagnos|diagnoo|patient|potila|clinic|klini|therap|terapi|treat|behandl|sairau|sjukdom|"
    r"disease|symptom|oire",
    re.IGNORECASE,
)
# What the rules give with their findings, as the last test here sees them do.
PARAMS: dict[str, dict[str, Scalar]] = {
    "help_button": {"device": "wrist button", "room": "bedroom", "press": "press"},
    "smoke": {"device": "smoke alarm", "room": "hallway"},
    "carbon_monoxide": {"device": "CO alarm", "room": "hallway"},
    "heat": {"device": "heat alarm", "room": "hallway"},
    "gas": {"device": "gas alarm", "room": "kitchen"},
    "water_leak": {"device": "water alarm", "room": "bathroom"},
    "stove_cut": {"device": "stove guard", "room": "kitchen"},
    "stove_unattended": {"device": "stove guard", "room": "kitchen", "minutes": 30},
    "possible_fall": {"device": "wrist tag", "room": "bedroom"},
    "night_door": {"device": "front door", "room": "hallway", "opened": "2026-03-02 02:00"},
    "missed_meal": {
        "device": "meal dispenser",
        "room": "kitchen",
        "why": "left",
        "since": "2026-03-02 12:00",
    },
    "tag_not_worn": {"device": "wrist tag", "hours": 4.0},
    "appliance_fault": {
        "device": "robot",
        "room": "kitchen",
        "what": "over_temperature",
        "todo": "give_dose",
    },
    "appliance_refill": {"device": "robot", "room": "kitchen"},
    "wire_fault": {"device": "stove guard", "room": "kitchen"},
    "identity_doubtful": {
        "device": "door sensor",
        "room": "hallway",
        "reason": "swapped",
        "other": "kitchen sensor",
    },
    "decision_expired": {
        "question": "night_doors",
        "decided_by": "coordinator.one",
        "review_by": "2026-03-03",
    },
    "decision_review": {
        "question": "night_doors",
        "decided_by": "coordinator.one",
        "review_by": "2026-03-03",
    },
    "missed_dose": {"device": "robot", "room": "kitchen", "due": "2026-03-02 08:00"},
    "no_activity": {"hours": 8.0, "since": "2026-03-02 08:00"},
    "device_silent": {
        "device": "door sensor",
        "room": "hallway",
        "after_min": 1440,
        "last": "2026-03-02 08:00",
    },
    "home_silent": {"silent": 7, "devices": 8, "last": "2026-03-02 08:00"},
    "battery_low": {"device": "door sensor", "room": "hallway", "percent": 9.0},
    "level_changed": {
        "hazard": "fire",
        "from": "yellow",
        "to": "red",
        "reason_1": "FS-05:bed",
        "reason_2": "home-risk:smoking",
        "reason_3": None,
        "unknown_percent": 12,
    },
    "behaviour_changed": {
        "day": "2026-03-02",
        "reason_1": "routine:night.bathroom day 4 1",
        "reason_2": "routine:moves drift 12.5 30",
        "reason_3": "daily-change:hallway",
    },
    "vital_limit": {
        "device": "blood pressure monitor",
        "room": "kitchen",
        "kind": "pulse_rate",
        "side": "above",
        "set_by": "nurse.one",
        "resident": "r-1",
    },
    "gateway_fault": {"fault": "radio", "part": "hci0", "detail": "mute"},
    "stay_expired": {"stay": "hospital", "until": "2026-03-02 08:00", "resident": "r-1"},
    "assessment_due": {"stay": "hospital", "resident": "r-1"},
}


def wanted() -> set[str]:
    """Every key that the program can ask for."""
    keys = {f"alert.{code}.{part}" for code in CODES for part in ("title", "body", "action")}
    keys |= {f"flag.{flag.value}" for flag in (*Quality, *Flag)}
    keys |= {f"outcome.{outcome}" for outcome in OUTCOMES}
    keys |= {"fallback.any", "fallback.address"}
    for table, values in (
        ("state", AlertState),
        ("priority", Priority),
        ("level", Level),
        ("hazard", Hazard),
        ("fault", FaultKind),
        ("role", Role),
        ("stay", StayKind),
        ("appliance", {"jam", "tamper", "mains_lost", "over_temperature"}),
        ("appliance", {"appliance_door", "faults"}),
        ("todo", {"give_dose", "give_meal", "unplug", "look"}),
        ("meal", {"left", "none"}),
        ("doubt", REASONS),
        ("question", Question),
        ("person_kind", PersonKind),
        ("visit_kind", VisitKind),
        ("kind", KINDS),
        ("kind_value", {str(value) for _, value in EVENTS.values() if isinstance(value, str)}),
    ):
        keys |= {f"{table}.{value}" for value in values}
    keys |= {f"risk_index.{name}" for names in INDICES.values() for name in names}
    keys |= {f"reason.{ROUTINE}:{measure}" for measure in MEASURES}
    keys |= {"compared.day", "compared.drift"}
    for feature in FEATURES:
        keys |= {f"reason.{HOME_RISK}:{feature.name}{end}" for end in ("", ":unknown")}
    return keys


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_word_is_missing(lang: str) -> None:
    """Every code that rules, life cycle, levels and models can return has words."""
    missing = {key for key in wanted() if not catalogue(lang).get(key, "").strip()}
    assert missing == set()


def test_languages_have_the_same_keys_and_placeholders() -> None:
    """What one language tells the others tell, with the same parameters."""
    shapes = [
        {key: places(text) for key, text in catalogue(lang).items() if key != "lang"}
        for lang in LANGUAGES
    ]
    assert shapes[0] == shapes[1] == shapes[2]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_placeholders_name_tables_that_exist(lang: str) -> None:
    """`{to:level}` needs a table `level`."""
    words = catalogue(lang)
    tables = {key.split(".")[0] for key in words} | {"percent"}
    used = {table for text in words.values() for _, table in places(text) if table}
    assert used <= tables


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_alerts_read_without_a_gap(lang: str, code: str) -> None:
    """With what the rule gives, no placeholder is left and nothing but the address is unknown."""
    for part in ("title", "body", "action"):
        text = render(lang, f"alert.{code}.{part}", PARAMS[code] | {"address": "Kotikatu 1"})
        assert "{" not in text
        assert "[" not in text
        assert catalogue(lang)["fallback.any"] not in text


@pytest.mark.parametrize("code", CODES)
def test_titles_fit_a_lock_screen(code: str) -> None:
    """With ordinary parameters nothing is cut."""
    for title in titles(code, PARAMS[code]).values():
        assert len(title) <= TITLE_MAX
        assert not title.endswith("…")


@pytest.mark.parametrize(
    "lang, first", [("fi", "Soita 112"), ("sv", "Ring 112"), ("en", "Call 112")]
)
@pytest.mark.parametrize("code", CALLS_112)
def test_fire_and_gas_begin_with_the_call(code: str, lang: str, first: str) -> None:
    """The first words of title, body and action; the address stands in title and body."""
    for part in ("title", "body", "action"):
        text = render(lang, f"alert.{code}.{part}", {"address": "Kotikatu 1 A 3"})
        assert text.startswith(first)
        assert part == "action" or "Kotikatu 1 A 3" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_missing_address_is_said(lang: str) -> None:
    """The gateway does not know the address; the words say where it is."""
    where = catalogue(lang)["fallback.address"]
    assert where in render(lang, "alert.smoke.title", {"room": "kitchen"})


@pytest.mark.parametrize(
    "lang, about", [("fi", "laitteistamme"), ("sv", "vår utrustning"), ("en", "our equipment")]
)
@pytest.mark.parametrize("code", DEVICE_FAULTS)
def test_device_faults_are_about_us(lang: str, about: str, code: str) -> None:
    """A fault of ours is never told as the resident's."""
    assert about in render(lang, f"alert.{code}.body", PARAMS[code])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_medical_words(lang: str) -> None:
    """Home-safety observation, service planning and operational alerts: nothing else."""
    found = {key: text for key, text in catalogue(lang).items() if MEDICAL.search(text)}
    assert found == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_green_never_says_safe(lang: str) -> None:
    """A level is a colour, not a promise."""
    assert not re.search(r"turvalli|säker|safe", catalogue(lang)["level.green"])


def test_numbers_are_written_as_the_language_writes_them() -> None:
    """A comma in Finnish and Swedish; whole hours without one."""
    for lang, text in (("fi", "8,5"), ("sv", "8,5"), ("en", "8.5")):
        assert text in render(lang, "alert.no_activity.title", {"hours": 8.5})
    assert "8.0" not in render("en", "alert.no_activity.title", {"hours": 8.0})


@pytest.mark.parametrize(
    "minutes, fi, sv, en",
    [
        (10, "10 minuuttia", "10 minuter", "10 minutes"),
        (90, "90 minuuttia", "90 minuter", "90 minutes"),
        (360, "6 tuntia", "6 timmar", "6 hours"),
        (150, "2,5 tuntia", "2,5 timmar", "2.5 hours"),
        (1440, "24 tuntia", "24 timmar", "24 hours"),
        (14 * 1440, "14 vuorokautta", "14 dygn", "14 days"),
        (None, "(ei tiedossa)", "(inte känt)", "(not known)"),
    ],
)
def test_a_silence_is_told_as_people_say_it(minutes: int | None, fi: str, sv: str, en: str) -> None:
    """Nobody says 1440 minutes."""
    for lang, text in (("fi", fi), ("sv", sv), ("en", en)):
        assert text in render(lang, "alert.device_silent.body", {"after_min": minutes})


@pytest.mark.parametrize(
    "lang, words",
    [
        ("fi", ("kosketin", "kosketti", "kosketin", "kosketin")),
        ("sv", ("kontakt", "kontakt", "kontakt", "kontakt")),
        ("en", ("contact", "contact", "contact", "contact")),
    ],
)
def test_a_wire_fault_claims_no_more_than_is_known(lang: str, words: tuple[str, ...]) -> None:
    """A contact that is stuck or chatters is told by the same alert as a wire that broke."""
    keys = [f"alert.wire_fault.{part}" for part in ("title", "body", "action")]
    for key, word in zip([*keys, "flag.wire_whole"], words, strict=True):
        assert word in catalogue(lang)[key]


def test_an_unknown_key_or_language_still_says_something() -> None:
    """Never an exception at alert time."""
    assert render("en", "alert.unheard_of.title", {}) == "[alert.unheard_of.title]"
    assert render("de", "level.red", {}) == "red"
    assert set(titles("unheard_of", {})) == set(LANGUAGES)


@given(
    st.sampled_from(CODES),
    st.dictionaries(
        st.sampled_from(["device", "room", "hours", "to", "from", "fault", "percent", "address"]),
        st.text(max_size=200) | st.floats() | st.integers() | st.booleans() | st.none(),
    ),
)
def test_whatever_the_parameters_there_is_a_title(code: str, params: dict[str, Scalar]) -> None:
    """Labels of any length, nonsense and gaps: a title that fits, in every language."""
    for lang, title in titles(code, params).items():
        assert 0 < len(title) <= TITLE_MAX
        for part in ("body", "action"):
            assert render(lang, f"alert.{code}.{part}", params)


def test_every_rule_gives_what_its_words_ask_for() -> None:
    """One home in which every alert is raised: no text asks for a parameter that is not given."""
    raised = {alert.code: alert for alert in eventful().raised()}
    assert sorted(raised) == CODES
    for code, alert in raised.items():
        assert set(PARAMS[code]) <= set(alert.params)
        for part in ("title", "body", "action"):
            asked = {name for name, _ in places(catalogue("en")[f"alert.{code}.{part}"])}
            assert asked <= {*alert.params, "address"}


def eventful() -> Living:
    """A home in which everything that can be told happens."""
    night = NightDoor(devices=("door",))
    home = Living(
        settings=ConfigLoaded(checklists={"fire": homes.FIRE}, night_door=night, vitals=True)
    )
    home.tell(decision(Question.NIGHT_DOORS, "2026-03-03"))
    for role in Role:
        home.enrol(role.value, role, person="resident")
    home.enrol("kitchen", Role.MOTION, room="kitchen")
    home.enrol("stove_guard", Role.STOVE_GUARD, room="kitchen")
    home.enrol("meal_dispenser", Role.MEAL_DISPENSER, silent_after_s=86_400)
    for kind in ("smoke", "carbon_monoxide", "heat", "gas"):
        home.observe("smoke_alarm", kind, value=True)
    home.observe("water_alarm", "moisture", value=True)
    home.observe("stove_guard", "wire_fault", value=True)
    home.observe("stove_guard", "stove_cut", value=True)
    home.observe("fall_detector", "fall", value=True)
    home.observe("meal_dispenser", "meal", "heat_done")
    home.observe("meal_dispenser", "over_temperature", value=True)
    home.observe("meal_dispenser", "stock_low", value=True)
    home.observe("kitchen", "motion", value=True)
    home.observe("stove_guard", "stove_on", value=True)
    for _ in range(40):
        home.wait(9 * MINUTE)
        home.observe("motion", "motion", value=True)
        home.observe("tag", "movement_counter", 7)
    home.wait(6 * HOUR)
    home.observe("door", "door", value=True)
    home.wait(HOUR)
    home.observe("help_button", "button", "press")
    home.observe("medication_robot", "dose", "missed")
    home.observe("climate", "battery", 5)
    home.tell(Doubted(device="climate", reason="moved"))
    home.tell(Fault(kind=FaultKind.PATH, subject="mqtt", gone=True))
    given = [msgspec.structs.replace(a, at=home.now) for a in homes.home(FS_05="bed").values()]
    home.tell(Answered(answers=tuple(given)))
    home.tell(decision(Question.VITALS))
    limit = VitalLimit(
        person="resident",
        kind="pulse_rate",
        low=None,
        high=100.0,
        priority=Priority.HIGH,
        confirm_s=0,
        set_by="nurse.one",
        role="nurse",
        valid_until="2026-09-01",
        by="nurse.one",
    )
    home.tell(limit)
    home.observe("vitals", "pulse_rate", 120.0)
    home.tell(decision(Question.BEHAVIOUR))
    strange = Deviation(measure="night.bathroom", value=4.0, usual=1.0, z=3.0)
    word = Routine(score=7.0, speaks=True, deviations=(strange,))
    home.tell(
        Assessed(
            hazard=Hazard.WELLBEING,
            index=None,
            reasons=(),
            model=None,
            manifest=None,
            day="2026-03-01",
            routine=word,
        )
    )
    home.beacon("motion", "motion", value=False, every=HOUR, until=DAY)
    until = home.now.wall_ms + HOUR
    home.tell(Stay(kind=StayKind.HOSPITAL, by="relative", from_ms=0))
    home.tell(Stay(kind=StayKind.HOME, by="relative", from_ms=0))
    home.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=0, until_ms=until))
    home.wait(30 * DAY)
    return home


@pytest.mark.parametrize(
    "lang, words",
    [
        ("fi", "kaksoispainallus, painike 3"),
        ("sv", "två tryckningar, knapp 3"),
        ("en", "two presses, button 3"),
    ],
)
def test_a_button_with_a_number_is_told_with_it(lang: str, words: str) -> None:
    """Which of four buttons was pressed; a value that nobody has words for is told as it is."""
    assert words in render(lang, "alert.help_button.body", {"press": "double_press 3"})
    assert "(ringing bell)" in render(lang, "alert.help_button.body", {"press": "ringing bell"})
    assert "(new 2)" not in render(lang, "alert.help_button.body", {"press": "new 2"})


@pytest.mark.parametrize(
    "lang, words",
    [
        ("fi", "Tavallisesta poikkeava päivä: yöllisiä WC-käyntejä 4 (tavallisesti 1)"),
        ("sv", "En ovanlig dag: toalettbesök på natten 4 (vanligen 1)"),
        ("en", "An unusual day: bathroom visits at night 4 (usually 1)"),
    ],
)
def test_a_day_is_told_with_its_own_value_and_the_usual_one(lang: str, words: str) -> None:
    """A number as the language writes it; a model's reason, which has no figures, as it is."""
    params = PARAMS["behaviour_changed"]
    assert render(lang, "alert.behaviour_changed.title", params) == words
    body = render(lang, "alert.behaviour_changed.body", params)
    assert ("12.5" if lang == "en" else "12,5") in body
    assert catalogue(lang)["reason.daily-change:hallway"] in body
