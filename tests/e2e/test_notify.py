"""From answers in a home to an authority's answer at the desk, over real processes."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
from typing import Any

import pytest

from edge.demo import scene
from tests.e2e.world import NURSE, World, eventually

pytestmark = pytest.mark.timeout(150)

# The smoker who does not get out, with a dead alarm; FS-07 tells of a body and is said neutrally.
ANSWERS = ("FS-05=bed", "FS-22=no", "FS-02=dead", "FS-07=daily", "FS-24=alone")


def as_nurse(world: World, *words: str, check: bool = True) -> str:
    """What the nurse does at the desk, with her own account."""
    password = str(scene.password_file(world.folder))
    return world.desk(*words, "--as", NURSE, "--password-file", password, check=check)


def listed(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(as_nurse(world, "notify", "list", "--json"))
    return found


def test_a_red_home_is_notified_by_a_person_and_by_nobody_else(own_world: World):
    """Red asks with a draft; edited, released by name, sent by its hash, answered; the card too."""
    world = own_world
    world.start_desk()
    world.start_home()
    world.start_gateway()
    as_nurse(world, "customer", "add", "c-demo", "--name", "Aino Mallikas",
             "--address", "Mallikatu 5 A 12, 02100 Espoo")  # fmt: skip
    given = [word for one in ANSWERS for word in ("--answer", one)]
    world.gateway("checklist", "ask", "fire", "--by", "anna", *given)

    def whole() -> dict[str, Any] | None:
        rows = listed(world)
        ready = rows and set(rows[0]["findings"]) >= {one.replace("=", ":") for one in ANSWERS}
        return rows[0] if ready else None

    draft = eventually("the draft has what the home told", whole, 60)
    assert (draft["origin"], draft["state"], draft["to_decide"]) == ("prompt", "draft", True)
    assert len(listed(world)) == 1
    id_ = draft["id"]

    def index() -> Any:
        shown = json.loads(as_nurse(world, "notify", "show", id_, "--json"))
        return shown["content"]["index"] if shown["content"]["index"]["index"] else None

    line = eventually("the draft has the index of the home's model", index, 30)
    assert (line["level"], line["list_version"][:5], line["model"][:10]) == (
        "red", "fire/", "home-risk/",
    )  # fmt: skip
    refused = as_nurse(world, "notify", "sent", id_, "--channel", "eform", "--sha256", "0" * 64,
                       check=False)  # fmt: skip
    assert refused == ""
    as_nurse(world, "notify", "edit", id_, "--informed", "yes", "--ask", "joint_visit")
    who = {"name": "Anna Esimerkki", "role": "hoitaja", "organisation": "Esimerkin alue",
           "phone": "050 000 0000", "reachable": "ma-pe 8-15"}  # fmt: skip
    named = [word for key, value in who.items() for word in (f"--{key}", value)]
    released = json.loads(as_nurse(world, "notify", "release", id_, *named, "--json"))
    page = world.folder / "ilmoitus.pdf"
    as_nurse(world, "notify", "pdf", id_, str(page))
    assert hashlib.sha256(page.read_bytes()).hexdigest() == released["sha256"]
    text = subprocess.run(
        ["pdftotext", "-raw", str(page), "-"], capture_output=True, text=True, check=True
    ).stdout
    for word in ("Kiireellinen hätä: 112", "Mallikatu 5 A 12", "ei soi", "Anna Esimerkki"):
        assert word in text
    for word in ("FS-07", "päih", "lääk", "diagn"):
        assert word not in text.lower()
    as_nurse(world, "notify", "sent", id_, "--channel", "eform", "--file", str(page))
    as_nurse(world, "notify", "confirm", id_, "--receiver", "palotarkastaja", "--case", "12/2026")
    told = json.loads(as_nurse(world, "notify", "json", id_))
    assert (told["status"], told["acknowledgement"]["case_number"]) == ("confirmed", "12/2026")
    steps = json.loads(as_nurse(world, "notify", "show", id_, "--json"))["steps"]
    out = [one for one in steps if one["step"] in ("release", "send", "confirm")]
    assert {one["account"] for one in out} == {NURSE}

    # The home alone knows what a card needs; it was claimed by nobody, and says so.
    card = world.folder / "kortti.pdf"
    made = world.gateway("rescue-card", str(card), "--lang", "fi")
    assert (made["escape"], made["alone_at_night"], made["address"]) == ("cannot", "yes", "")
    assert card.read_bytes().startswith(b"%PDF-")
    world.kill("gateway", signal.SIGTERM)
    world.broker.kill()
    assert world.gateway("rescue-card")["escape"] == "cannot"  # offline, of the database alone
    at_desk = json.loads(as_nurse(world, "rescue-card", "c-demo", "--json"))
    assert (at_desk["escape"], at_desk["address"][:9]) == ("cannot", "Mallikatu")
