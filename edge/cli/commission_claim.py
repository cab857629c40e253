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
    if found["state"] in ("answered", "waiting"):
        # Asked before the terminal or the power went.
        found = _answer(talk) if state["path_up"] else found
    for _ in range(TRIES_MAX):
        match found["state"]:
            case "answered":
                _read_back(talk, by, found)
                return
            case "waiting":
                talk.tell("claim.later")
                return
            case "refused":
                talk.tell("claim.refused", reason=found.get("reason") or "")
        if _made(talk, by, state):
            found = _answer(talk) if state["path_up"] else {"state": "waiting"}
        else:
            found = {"state": "none"}


def _made(talk: Talk, by: str, state: Row) -> bool:
    code = talk.asked("claim.code")
    if not code:
        raise LeftOutError("-")
    try:
        read_code(code)
    except ClaimCodeError as error:
        talk.tell("claim.mistyped", reason=error.reason)
        return False
    args: Row = {"code": code, "kind": "new", "by": by}
    if not state["path_up"]:
        args["address"] = talk.asked("claim.address")
    try:
        talk.call("claim_make", **args)
    except RefusedError as error:
        talk.tell("claim.refused", reason=str(error))
        return False
    return True


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
