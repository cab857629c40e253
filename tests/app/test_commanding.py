"""Signed commands in a house with a real database: the corpus, what lasts, and the answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from edge.app.commanding import WAITING_MAX, Commander
from edge.app.house import House
from edge.commands import Verdict, public_of
from edge.domain import CommandName, Scalar
from edge.errors import ControlError
from edge.ports import Downlink
from edge.uplink.books import Books
from edge.uplink.envelope import MessageError, parse_reply
from edge.uplink.schedule import Schedule
from tests.app.homes import house_in
from tests.commands import corpus
from tests.support.clock import FakeClock, instant

KEYS = (
    f'[[command_key]]\nid = "area-07"\npublic_key = "{public_of(corpus.AREA)}"\n'
    'commands = ["ping", "status", "profile_send"]\n'
    f'[[command_key]]\nid = "pinger"\npublic_key = "{public_of(corpus.PINGER)}"\n'
    'commands = ["ping"]\n'
)
CASES = {case["name"]: case for case in corpus.load()}
# What a nonce or a count of the same minute decides needs a home of its own.
LASTING = {"done", "replay", "rate"}
# What is meant for gw-0001, and this house is called so for the corpus.
RIGHT = corpus.given()


class Obeying:
    """A commander whose deeds and answers are seen."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.done: list[CommandName] = []
        self.answers: list[dict[str, Any]] = []
        names = (CommandName.PING, CommandName.STATUS, CommandName.PROFILE_SEND)
        self.commander = Commander(house, {name: self._doer(name) for name in names})
        self.commander.say = self._say

    def _doer(self, name: CommandName) -> Any:
        async def do() -> Mapping[str, Scalar]:
            self.done.append(name)
            return {"number": 1}

        return do

    def _say(self, topic: str, body: bytes, expires_s: int) -> None:
        assert topic == "kotivahti/v1/gw-0001/up/reply"
        assert expires_s == 300
        parse_reply(body, "gw-0001")
        self.answers.append(json.loads(body)["data"])

    async def take(self, body: bytes) -> str:
        return (await self.commander.take(body)).value


def house_at(folder: Path, clock: FakeClock) -> Any:
    return house_in(folder, clock, KEYS, gateway="gw-0001")


async def test_no_forged_command_is_obeyed(tmp_path: Path, clock: FakeClock):
    """Those that their own bytes condemn, through the gateway's own line and loop."""
    async with house_at(tmp_path, clock) as house:
        for name, case in CASES.items():
            if case["verdict"] not in LASTING:
                clock.sync = corpus.clock_of(case).sync
                obeying = Obeying(house)
                found = await _judged(obeying, base64.b64decode(case["body"]), case)
                assert (found, obeying.done) == (case["verdict"], []), name


@pytest.mark.parametrize("name", sorted(n for n, c in CASES.items() if c["verdict"] in LASTING))
async def test_each_is_obeyed_once(name: str, tmp_path: Path, clock: FakeClock):
    """A nonce is used up whatever came of it, for ever; and twelve a minute are the most."""
    case = CASES[name]
    clock.sync = corpus.clock_of(case).sync
    body = base64.b64decode(case["body"])
    async with house_at(tmp_path, clock) as house:
        obeying = Obeying(house)
        for one in case.get("before", []):
            await obeying.take(base64.b64decode(one))
        if not case.get("restart"):
            done = len(obeying.done)
            found = await _judged(obeying, body, case)
            assert (found, len(obeying.done) - done) == (case["verdict"], found == "done")
            return
    async with house_at(tmp_path, clock) as house:
        obeying = Obeying(house)
        assert (await _judged(obeying, body, case), obeying.done) == (case["verdict"], [])


async def _judged(obeying: Obeying, body: bytes, case: dict[str, Any]) -> str:
    """As it comes from the line; what the line refuses never reaches the commander."""
    books = Books(
        store=obeying.house.store,
        clock=obeying.house.clock,
        gateway="gw-0001",
        schedule=Schedule(),
        on_downlink=lambda _: _never(),
        pump=lambda: None,
        on_command=obeying.commander.offer,
    )
    retained = case.get("retained", False)
    await books._take(Downlink(topic="kotivahti/v1/gw-0001/down/cmd", body=body, retained=retained))
    if books.refused:
        (reason,) = books.refused
        return reason
    return await obeying.take(obeying.commander._waiting.get_nowait())


async def _never() -> None:
    raise AssertionError("a command is no receipt")


async def test_who_signed_is_answered_and_nobody_else(tmp_path: Path, clock: FakeClock):
    """Done, refused for its time, and silence for strangers and for those who repeat."""
    async with house_at(tmp_path, clock) as house:
        obeying = Obeying(house)
        await obeying.take(RIGHT)
        await obeying.take(RIGHT)
        await obeying.take(corpus.given(2, by=corpus.STRANGER))
        late = corpus.given(3, at=instant(-corpus.LIFETIME_MS))
        await obeying.take(late)
        await obeying.take(late)
        told = [(one["verdict"], one["nonce"][-1]) for one in obeying.answers]
        assert told == [("done", "1"), ("expired", "3")]
        assert obeying.answers[0]["result"] == {"number": 1}
        assert obeying.commander.refused == {"replay": 1, "signature": 1, "expired": 2}
        rows = await house.store.look(
            lambda db, _: db.execute("SELECT name, issuer, key_id, verdict FROM command").fetchall()
        )
        assert rows == [
            ("profile_send", "anna", "area-07", "done"),
            ("profile_send", "anna", "area-07", "expired"),
        ]


async def test_what_the_state_of_things_refuses_is_said(tmp_path: Path, clock: FakeClock):
    """No recovery code yet: the issuer reads why."""

    async def refuse() -> Mapping[str, Scalar]:
        raise ControlError("there is no recovery code yet")

    async with house_at(tmp_path, clock) as house:
        obeying = Obeying(house)
        obeying.commander._doers[CommandName.PROFILE_SEND] = refuse  # type: ignore[index]
        assert await obeying.take(RIGHT) == Verdict.STATE
        assert obeying.answers[0]["reason"] == "there is no recovery code yet"
        assert await obeying.take(RIGHT) == Verdict.REPLAY


async def test_more_than_can_wait_is_refused(tmp_path: Path, clock: FakeClock):
    """Memory is bounded, and the receipts behind it are not held up."""
    async with house_at(tmp_path, clock) as house:
        commander = Obeying(house).commander
        for _ in range(WAITING_MAX):
            commander.offer(RIGHT)
        with pytest.raises(MessageError, match="too many"):
            commander.offer(RIGHT)


async def test_without_a_key_nothing_is_obeyed(tmp_path: Path, clock: FakeClock):
    """As the settings come."""
    async with house_in(tmp_path, clock, gateway="gw-0001") as house:
        assert await Obeying(house).take(RIGHT) == Verdict.KEY
