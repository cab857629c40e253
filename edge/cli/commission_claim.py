"""Whose home it is: a code of the coordinator, and name and address read back aloud."""

from __future__ import annotations

import time
from typing import Any

from edge.cli.commission_talk import LeftOutError, Talk
from edge.control.client import RefusedError
from edge.uplink.envelope import ClaimCodeError, read_code

Row = dict[str, Any]

# How long the terminal waits for the desk's answer; the gateway waits for ever.
ANSWER_WITHIN_S = 60
LOOK_EVERY_S = 1.0
# A code that is refused is asked for again so often; the desk locks after five wrong ones.
TRIES_MAX = 4


def claim(talk: Talk, by: str, state: Row) -> None:
    """Until it is confirmed, refused for good, left out, or waits for the line."""
    if not state["offers"]["claim"]:
        return
    found = talk.call("claim_state")
    if found["state"] == "confirmed":
        talk.tell("claim.known", name=found["name"], address=found["address"])
        if talk.confirm("claim.still", default=True):
            return
    former = found["id"] if found["state"] in ("answered", "waiting") else None
    if former is not None:
        # Asked before the terminal or the power went.
        found = _answer(talk) if state["path_up"] else found
    for _ in range(TRIES_MAX):
        key = "claim.code"
        match found["state"]:
            case "answered":
                _read_back(talk, by, found)
                return
            case "waiting" if found["id"] == former:
                # Perhaps it was mistyped, and nobody can say so as long as there is no line.
                key = "claim.other"
            case "waiting":
                talk.tell("claim.later")
                return
            case "confirmed" if found["id"] == former:  # by the address that was typed with it
                talk.tell("claim.known", name=found["name"], address=found["address"])
                return
            case "refused":
                talk.tell("claim.refused", reason=found.get("reason") or "")
        code = talk.asked(key)
        if not code and key == "claim.other":
            talk.tell("claim.later")
            return
        found = _after(talk, by, state, code, found)


def _after(talk: Talk, by: str, state: Row, code: str, before: Row) -> Row:
    """How the claim stands with another code, or as before when it is not taken."""
    stands = before if before["state"] == "waiting" else {"state": "none"}
    if not code:
        raise LeftOutError("-")
    try:
        read_code(code)
    except ClaimCodeError as error:
        talk.tell("claim.mistyped", reason=error.reason)
        return stands
    args: Row = {"code": code, "kind": "new", "by": by}
    if not state["path_up"]:
        args["address"] = talk.asked("claim.address")
    if before["state"] == "waiting":
        args["instead"] = before["id"]
    try:
        made = talk.call("claim_make", **args)
    except RefusedError as error:
        talk.refused(error)
        # The answer to the code of before may have come while this one was typed.
        return talk.call("claim_state") if before["state"] == "waiting" else stands
    return _answer(talk) if state["path_up"] else made


def _answer(talk: Talk) -> Row:
    """What the desk says within the bound."""
    end_s = time.monotonic() + ANSWER_WITHIN_S
    while True:
        found = talk.call("claim_state")
        left_s = end_s - time.monotonic()
        if found["state"] != "waiting" or left_s <= 0:
            return found
        talk.progress("claim.wait", left=round(left_s))
        time.sleep(LOOK_EVERY_S)


def _read_back(talk: Talk, by: str, found: Row) -> None:
    talk.tell("claim.answer", name=found["name"], address=found["address"])
    talk.call("claim_confirm", by=by, yes=talk.confirm("claim.right"))
