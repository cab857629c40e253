"""`kotivahti commission` at the terminal: wrong input, no gateway, words in three languages."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edge.cli.commission import commission
from edge.cli.status_words import _commissioned
from edge.control.protocol import Peer
from edge.errors import ControlError, NotNowError
from edge.locale import LANGUAGES, render
from edge.locale.refusing import worded
from tests.cli.test_device import Desk, gateway
from tests.uplink.samples import CODE

Row = dict[str, Any]
NAMES = (
    "box", "claim", "devices", "tags", "rooms", "alarm", "mains", "recovery", "certificate",
)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def run(desk: Desk, *command: str, typed: str = "", lang: str = "en") -> Result:
    args = ["--config", str(desk.settings), "--lang", lang, *command]
    return CliRunner().invoke(commission, args, input=typed)


class Gateway:
    """A stand-in that keeps which steps are done, and what it was asked."""

    def __init__(self, **facts: Any) -> None:
        self.done: dict[str, str] = {}
        self.asked: list[tuple[str, Row]] = []
        self.begun = False
        self.facts = facts

    def state(self) -> Row:
        following = next((name for name in NAMES if name not in self.done), None)
        run = {
            "id": "01a200f6-8b2d-7aaa-8bbb-0123456789ab", "by": "Asta", "reason": "first",
            "ended": following is None, "verdict": "open", "next": following,
            "steps": [
                {
                    "name": name, "verdict": self.done.get(name), "begun": True,
                    "hands_on_s": 3.0, "checks": [],
                }
                for name in NAMES
            ],
        }  # fmt: skip
        given: Row = {
            "standing": {"state": "never", "at": None, "changes": []}, "running": True,
            "run": run if self.begun else None, "path_up": True, "devices": [], "wearers": [],
            "persons": [], "rooms": [], "best": None, "location": False, "battery": False,
            "offers": {"claim": False, "locator": False, "recovery": False},
        }  # fmt: skip
        return given | self.facts

    def handlers(self) -> dict[str, Any]:
        async def state(_: Row, __: Peer) -> Row:
            return self.state()

        async def begin(args: Row, _: Peer) -> Row:
            self.asked.append(("begin", args))
            self.begun = True
            return self.state()

        async def finish(args: Row, _: Peer) -> Row:
            self.asked.append(("finish", args))
            self.done[args["step"]] = "passed"
            return self.state()

        async def skip(args: Row, _: Peer) -> Row:
            self.asked.append(("skip", args))
            if "device" not in args:
                self.done[args["step"]] = "skipped"
            return self.state()

        async def certificate(_: Row, __: Peer) -> Row:
            row = {
                "step": "mains", "check": "mains", "subject": "", "verdict": "open",
                "why": "mains_not_told", "text": "",
            }  # fmt: skip
            return {"open": [row]}

        async def enrol(args: Row, _: Peer) -> Row:
            self.asked.append(("enrol", args))
            row = args["devices"][0]["row"]
            if not row["room"].islower():
                fault = {"key": "room", "wrong": "not a short name", "mend": "write it small"}
                return {"faults": [fault], "devices": []}
            return {"faults": [], "devices": [row]}

        return {
            "commission_state": state, "commission_begin": begin, "commission_finish": finish,
            "commission_skip": skip, "commission_certificate": certificate,
            "device_enrol": enrol,
        }  # fmt: skip

    def streams(self) -> dict[str, Any]:
        async def box(_: Row, __: Peer) -> AsyncGenerator[Row, None]:
            self.done["box"] = "passed"
            yield check("disk", measures={"free": 900}, units={"free": "MiBy"})

        async def device(args: Row, _: Peer) -> AsyncGenerator[Row, None]:
            self.asked.append(("device", args))
            yield {"step": "ask", "device": args["device"], "role": "door"}
            yield check("device", args["device"], verdict="failed", why="not_heard")

        async def mains(_: Row, __: Peer) -> AsyncGenerator[Row, None]:
            if self.facts.get("broken"):
                raise ControlError("home.db: cannot store: disk is full; free space on this disk")
            yield check("mains", verdict="not_applicable", why="no_battery")

        return {"commission_box": box, "commission_device": device, "commission_mains": mains}


def check(name: str, subject: str = "", **more: Any) -> Row:
    return {
        "step": "check", "name": name, "subject": subject, "verdict": "passed", "why": "",
        "text": "", "by": "", "measures": {}, "units": {},
    } | more  # fmt: skip


@pytest.mark.parametrize(
    "command, text",
    [
        (("--skip", "mains"), "STEP=REASON"),
        (("--skip", "cellar=none"), "STEP=REASON"),
        (("--skip", "certificate=no"), "STEP=REASON"),
        (("--skip", "mains= "), "STEP=REASON"),
        (("--from", "cellar"), "cellar"),
        (("--again", "cellar"), "cellar"),
        (("--by", " "), "say who you are"),
    ],
)
def test_wrong_input_is_2_and_says_what_is_right(
    desk: Desk, command: tuple[str, ...], text: str
) -> None:
    """Nothing is begun by it."""
    one = Gateway()
    with gateway(desk, one.streams(), one.handlers()):
        result = run(desk, *command, *(() if "--by" in command else ("--by", "Asta")))
    assert result.exit_code == 2
    assert text in result.output
    assert [do for do, _ in one.asked if do in ("finish", "skip")] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_a_gateway_nothing_is_commissioned(desk: Desk, lang: str) -> None:
    """It listens through it."""
    result = run(desk, "--by", "Asta", lang=lang)
    assert result.exit_code == 1
    assert render(lang, "commission.no_gateway", {}) in result.output


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_walk_in_words(desk: Desk, lang: str) -> None:
    """Each step by its name, what is left open with its mend, and how to print it."""
    one = Gateway()
    with gateway(desk, one.streams(), one.handlers()):
        result = run(desk, "--by", "Asta", "--skip", "tags=none here", lang=lang)
    assert result.exit_code == 1
    for name in NAMES:
        assert render(lang, f"commission_step.{name}", {}) in result.output
    assert render(lang, "commission_mend.mains_not_told", {}) in result.output
    assert "certificate --pdf" in result.output
    assert "[" not in result.output.replace("[]", "")
    skipped = [args for do, args in one.asked if do == "skip"]
    assert [(s["step"], s["reason"]) for s in skipped] == [("tags", "none here")]


class Claiming(Gateway):
    """A gateway whose first code waits for a line; `moved_on`: its answer came meanwhile."""

    def __init__(self, *, moved_on: bool = False) -> None:
        offers = {"claim": True, "locator": False, "recovery": False}
        super().__init__(offers=offers, path_up=False)
        self.claim = {"id": "first", "state": "waiting", "name": "", "address": ""}
        self.moved_on = moved_on

    def handlers(self) -> dict[str, Any]:
        async def state(_: Row, __: Peer) -> Row:
            return self.claim

        async def make(args: Row, _: Peer) -> Row:
            self.asked.append(("claim_make", args))
            if self.moved_on:
                self.claim = {"id": "first", "state": "confirmed", "name": "Aino", "address": "K 1"}
                raise worded(NotNowError, "claim_moved_on", state="confirmed")
            self.claim = {"id": "second", "state": "waiting", "name": "", "address": ""}
            return self.claim

        return super().handlers() | {"claim_state": state, "claim_make": make}


def claiming(desk: Desk, fake: Claiming, typed: str, lang: str) -> tuple[Result, list[Row]]:
    """The walk to the step claim and no further."""
    with gateway(desk, fake.streams(), fake.handlers()):
        result = run(desk, "--by", "Asta", typed=typed, lang=lang)
    return result, [args for do, args in fake.asked if do == "claim_make"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_code_that_waits_can_be_typed_anew(desk: Desk, lang: str) -> None:
    """A typing error costs no attempt; the code after it goes in place of the former one."""
    typed = f"0000-0000-002\n{CODE}\nKotikatu 1\n"
    result, made = claiming(desk, Claiming(), typed, lang)
    assert result.stdout.count(render(lang, "commission.claim.other", {})) == 2
    assert made == [
        {"code": CODE, "kind": "new", "by": "Asta", "address": "Kotikatu 1", "instead": "first"}
    ]
    assert "kotivahti commission --again claim" in result.stdout


def test_enter_keeps_the_code_that_waits(desk: Desk) -> None:
    """Nothing is withdrawn by whoever only goes on."""
    result, made = claiming(desk, Claiming(), "\n", "en")
    assert made == []
    assert "The answer has not come yet" in result.stdout


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_that_came_meanwhile_is_said(desk: Desk, lang: str) -> None:
    """In words, with whose home it is now."""
    typed = f"{CODE}\nKotikatu 1\n"
    result, made = claiming(desk, Claiming(moved_on=True), typed, lang)
    assert len(made) == 1
    assert render(lang, "refused.claim_moved_on", {"state": "confirmed"}) in result.stdout
    known = {"name": "Aino", "address": "K 1"}
    assert render(lang, "commission.claim.known", known) in result.stdout


def test_a_device_without_a_room_is_asked_for_one(desk: Desk) -> None:
    """A room that cannot be is refused with the mend and asked again; a device can be left out."""
    door = {
        "id": "door-1", "label": "", "role": "door", "room": None, "raises": False, "how": "ask",
        "verdict": None, "why": "",
    }  # fmt: skip
    one = Gateway(devices=[door])
    skip = ("--skip", "alarm=x", "--skip", "mains=x")
    with gateway(desk, one.streams(), one.handlers()):
        result = run(desk, "--by", "Asta", *skip, typed="The Hall\nhallway\ny\nn\n")
    assert "write it small" in result.output
    rooms = [args["devices"][0]["row"]["room"] for do, args in one.asked if do == "enrol"]
    assert rooms == ["The Hall", "hallway"]
    assert len([1 for do, _ in one.asked if do == "device"]) == 2  # tried again once
    one = Gateway(devices=[door | {"room": None}])
    with gateway(desk, one.streams(), one.handlers()):
        run(desk, "--by", "Asta", *skip, typed="s it is still in its box\n")
    (left,) = [args for do, args in one.asked if do == "skip" and "device" in args]
    assert (left["device"], left["reason"]) == ("door-1", "it is still in its box")


def test_the_end_of_the_input_stops_and_can_be_gone_on_from(desk: Desk) -> None:
    """As Ctrl-C does: exit 1, and how to go on."""
    one = Gateway(battery=True)
    with gateway(desk, one.streams(), one.handlers()):
        result = run(desk, "--by", "Asta")
        assert result.exit_code == 1
        assert "goes on from here" in result.output
        result = run(desk, typed="q\n")
        assert "Going on" in result.output
        assert result.exit_code == 1


def test_a_refusal_in_the_middle_is_its_own_sentence(desk: Desk) -> None:
    """A full disk: file and mend, exit 1 or 2, no traceback."""
    one = Gateway(broken=True)
    with gateway(desk, one.streams(), one.handlers()):
        result = run(desk, "--by", "Asta")
    assert result.exit_code == 2
    assert "home.db: cannot store: disk is full; free space on this disk" in result.output
    assert "mains" not in one.done


def test_rows_for_a_script(desk: Desk) -> None:
    """One JSON document on each line; the last holds the run."""
    one = Gateway()
    done = [
        sys.executable, "-m", "edge", "commission", "--config", str(desk.settings), "--json",
        "--by", "Asta",
    ]  # fmt: skip
    with gateway(desk, one.streams(), one.handlers()):
        out = subprocess.run(done, capture_output=True, text=True, timeout=9, check=False)
    rows = [json.loads(line) for line in out.stdout.splitlines()]
    assert out.returncode == 1
    assert rows[-1]["run"]["ended"] is True
    assert [r["step"] for r in rows if r.get("tell") == "step"] == list(NAMES)


@pytest.mark.parametrize(
    "standing, text",
    [
        ({"state": "never", "at": None, "changes": []}, "never"),
        ({"state": "unfinished", "at": None, "changes": []}, "not finished"),
        ({"state": "commissioned", "at": "2026-11-22T10:00:00Z", "changes": []}, "2026-11-22"),
        (
            {
                "state": "out_of_date",
                "at": "2026-11-22T10:00:00Z",
                "changes": [{"what": "release", "before": "0.1.0", "now": "0.2.0"}],
            },
            "out of date: release 0.1.0 → 0.2.0 (last 2026-11-22)",
        ),
    ],
)
def test_status_says_whether_the_home_is_commissioned(standing: Row, text: str) -> None:
    """In a word, with what changed since."""
    assert _commissioned(standing, "en") == text
