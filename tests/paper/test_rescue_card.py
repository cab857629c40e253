"""The rescue card: twenty seconds for the caller, the crew's page behind, gaps said as gaps."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from edge.domain.notification import BuildingType, EscapeCapacity, Known
from edge.domain.rescue import (
    AccessState,
    Rescue,
    RescueCard,
    RescueContact,
    RescueHazard,
    RescueRoom,
)
from edge.locale import LANGUAGES, render
from edge.notification.rescue_card import Answered, card
from edge.paper.floor import ROOMS_MAX, sketch
from edge.paper.rescue_card import PAGES, SCRIPT_WORDS_MAX, card_page, script_lines
from edge.paper.sheet import exactly
from edge.resources import resource

pytestmark = pytest.mark.timeout(90)
MADE = "2026-11-22T12:00+02:00"
LINE = ("ylimmäinen tavara " * 9)[:60].strip()
ROOMS = (
    RescueRoom(id="hallway", outer=True, next_to=("kitchen", "living-room"), alarms=1),
    RescueRoom(id="kitchen"),
    RescueRoom(id="living-room", next_to=("bedroom",)),
    RescueRoom(id="bedroom", alarms=1),
)
FACTS = Rescue(
    entrance="Pihan puolelta", stair="A", storey=3, storeys=5, lift="yes",
    building=BuildingType.APARTMENT, persons=1, sleeps_in="bedroom", usually_in="living-room",
    oxygen="yes", gas="no", electricity_off="sähkötaulu eteisessä", pets="kissa",
    contact=(RescueContact(name="Matti Mallikas", who="poika", phone="040 000 0000"),),
)  # fmt: skip


def made(facts: Rescue = FACTS, **more: Any) -> RescueCard:
    given_: dict[str, Any] = {
        "made_at": MADE,
        "source": "gw-0001",
        "address": "Mallikatu 5 A 12, 02100 Espoo",
        "resident": "Aino Mallikas",
        "rooms": ROOMS,
        "answers": {
            "FS-22": Answered(code="no", on="2026-11-20"),
            "FS-18": Answered(code="blocked", on="2026-11-20"),
            "FS-24": Answered(code="alone", on="2026-11-20"),
        },
    }
    return card(facts, **given_ | more)


def pages_of(one: RescueCard, lang: str, folder: Path) -> list[str]:
    file = folder / "card.pdf"
    file.write_bytes(exactly(card_page(one, lang), PAGES))
    found = []
    for page in ("1", "2"):
        command = ["pdftotext", "-raw", "-f", page, "-l", page, str(file), "-"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found.append(" ".join(done.stdout.split()))
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_caller_s_side_is_read_in_twenty_seconds(lang: str, tmp_path: Path) -> None:
    """Address, entrance, what happened, persons, getting out, hazards: in this order, first."""
    one = made()
    lines = script_lines(one, lang)
    options = [render(lang, f"rescue.{key}", {}) for key in ("fire", "smoke")]
    happened = render(lang, "rescue.happened", {})
    spoken = " ".join(head if head == happened else f"{head} {text}" for head, text in lines)
    assert len(spoken.split()) + 1 <= SCRIPT_WORDS_MAX  # one word of what happened
    front, back = pages_of(one, lang, tmp_path)
    heads = [head for head, _ in lines]
    keys = ("address", "entrance", "happened", "persons", "out", "hazards")
    assert heads == [render(lang, f"rescue.{key}", {}) for key in keys]
    at = [front.index(head) for head in heads]
    assert at == sorted(at)
    for word in (render(lang, "rescue.call", {}), one.address, *options):
        assert word in front
    for word in ("Aino Mallikas", "Matti Mallikas", "040 000 0000", "sähkötaulu eteisessä",
                 "kissa", "20.11.2026", render(lang, "rescue.sketch", {})):  # fmt: skip
        assert word in back
        assert word not in front  # a stranger at the wall needs none of it
    assert "[" not in front + back
    assert "22.11.2026" in front


@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_an_empty_home_everything_is_said_to_be_unknown(lang: str, tmp_path: Path) -> None:
    """Blank lines to write on, and nobody is taken to get out."""
    one = card(Rescue(), made_at=MADE, source="gw-0001")
    assert one.escape is EscapeCapacity.NOT_ASSESSED
    front, back = pages_of(one, lang, tmp_path)
    assert front.count(render(lang, "rescue.blank", {})) == 3
    assert render(lang, "rescue.out_not_assessed", {}) in front
    assert render(lang, "rescue.hazards_unknown", {}) in front
    assert render(lang, "rescue.unknown_rule", {}) in back
    for code in one.unknown:
        assert render(lang, f"rescue_unknown.{code}", {}) in back
    assert set(one.unknown) >= {"address", "persons", "escape", "oxygen", "hoarding", "gas"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_fullest_card_has_two_sides(lang: str) -> None:
    """As many rooms, contacts and letters as the settings take."""
    facts = msgspec.structs.replace(
        FACTS, oxygen="yes", hoarding="yes", gas="yes",
        contact=(RescueContact(name=LINE, phone="0" * 24, who=LINE),) * 3,
        **dict.fromkeys(
            ("entrance", "owner", "sleeps_in", "usually_in", "electricity_off", "water_off",
             "gas_off", "pets", "note"),
            LINE,
        ),
    )  # fmt: skip
    rooms = tuple(
        RescueRoom(id=f"r-{n}", label=f"huone {n}", outer=n == 0, next_to=(f"r-{n + 1}",), alarms=1)
        for n in range(20)
    )
    answers = {
        item: Answered(code=code, on="2026-11-20", old=True)
        for item, code in (("FS-22", "no"), ("FS-17", "with_flame"), ("FS-21", "blocked"),
                           ("FS-11", "dangerous"), ("FS-24", "alone"))
    }  # fmt: skip
    one = made(facts, rooms=rooms, answers=answers, address=LINE * 3, access=LINE,
               access_state=AccessState.RELEASED)  # fmt: skip
    assert exactly(card_page(one, lang), PAGES).startswith(b"%PDF-")


def test_a_danger_that_grew_old_stays_and_a_good_answer_does_not() -> None:
    """Unknown and too old are never printed as safe."""
    old = made(Rescue(), answers={
        "FS-22": Answered(code="yes", on="2025-01-01", old=True),
        "FS-18": Answered(code="clear", on="2025-01-01", old=True),
        "FS-21": Answered(code="blocked", on="2025-01-01", old=True),
        "FS-24": Answered(code="able_adult", on="2025-01-01", old=True),
    })  # fmt: skip
    assert (old.escape, old.escape_old) == (EscapeCapacity.MAY, True)
    assert "escape" in old.unknown
    assert (old.hoarding, old.alone_at_night) == (Known.UNKNOWN, Known.UNKNOWN)
    assert old.hazards == (RescueHazard.BLOCKED,)
    assert made(Rescue(hoarding="no")).hoarding is Known.YES  # a finding beats what was told once


@given(
    st.dictionaries(
        st.sampled_from(["FS-22", "TE-07"]),
        st.builds(
            Answered,
            code=st.sampled_from(["yes", "maybe", "no", "strange"]),
            on=st.just("2026-11-20"),
            old=st.booleans(),
        ),
    ),
    st.sampled_from(EscapeCapacity),
)
def test_of_several_words_about_getting_out_the_worst_is_printed(
    answers: dict[str, Answered], told: EscapeCapacity
) -> None:
    """No further answer makes somebody more able; none at all is not "yes"."""
    rank = [EscapeCapacity.CANNOT, EscapeCapacity.MAY, EscapeCapacity.CAN]
    found = made(Rescue(), answers=answers, escape=told).escape
    if EscapeCapacity.CANNOT is told or "no" in {one.code for one in answers.values()}:
        assert found is EscapeCapacity.CANNOT
    if found is EscapeCapacity.CAN:
        good = {one.code for one in answers.values() if not one.old}
        assert told is EscapeCapacity.CAN or "yes" in good
    for item in answers:
        fewer = {key: one for key, one in answers.items() if key != item}
        less = made(Rescue(), answers=fewer, escape=told).escape
        if less in rank and found in rank:
            assert rank.index(found) <= rank.index(less)


def test_the_data_are_those_of_the_schema() -> None:
    """Both an empty and a full one; a track of somebody has no member."""
    text = resource("config/schemas/rescue-card-1.0.json").read_text(encoding="utf-8")
    check = Draft202012Validator(json.loads(text))
    for one in (made(), card(Rescue(), made_at="", source="area-07")):
        check.validate(json.loads(msgspec.json.encode(one)))
    members = str(msgspec.json.schema(RescueCard))
    assert not [word for word in ("track", "fix_", "position", "diagn", "medic") if word in members]


def test_the_sketch_draws_every_room_once_and_lines_between_neighbours() -> None:
    """Told by one of two is enough; a loop and a room that hangs nowhere end."""
    labels = {room.id: room.id.upper() for room in ROOMS}
    drawn = sketch(ROOMS, labels, {"bedroom": ("sleeps",)}, "door")
    assert [drawn.count(f">{label}<") for label in labels.values()] == [1] * 4
    assert drawn.count("<path") == 3 + 1  # three neighbours, one arrow
    loop = tuple(RescueRoom(id=str(n), next_to=(str((n + 1) % 5),)) for n in range(40))
    many = sketch(loop, {room.id: room.id for room in loop}, {}, "door")
    assert many.count("<rect") == ROOMS_MAX
    assert sketch((), {}, {}, "door") == ""
