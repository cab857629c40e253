"""The phases of `kotivahti replace`. Each finds out by itself whether it is done already.

Nothing is remembered between two runs but what the gateway keeps (the claim, the
sealed profile that came, the taken home) and the settings file: a run that was
interrupted anywhere is simply run again.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from edge.app.proving.last_words import last_words
from edge.app.provisioning.resettling import checked, missing, own_tables, put, resettled
from edge.app.provisioning.taking import packed
from edge.app.view import instant_text
from edge.cli.call import call
from edge.cli.common import EXIT_STATE, EXIT_USAGE, fail, refuse, sure
from edge.cli.profile import read_profile
from edge.cli.replace_words import say
from edge.clock import SystemClock
from edge.config import Config
from edge.domain import OutboxEntry, Record
from edge.errors import ConfigError, StoreError
from edge.locale import render
from edge.locale.refusing import said, worded
from edge.profile import (
    Header,
    Profile,
    ProfileError,
    decode,
    header_of,
    open_sealed,
    private_of,
    read_code,
)
from edge.store import oldcard
from edge.uplink.envelope import ClaimCodeError, Origin
from edge.uplink.envelope import read_code as read_claim_code

# A desk answers within seconds; an installer with a telephone waits a minute, not five.
ANSWER_WITHIN_S = 60.0
PROFILE_WITHIN_S = 90.0
# Beside a home that is taken over already: what a desk with a line says at once, or later.
LATE_WITHIN_S = 10.0
ASK_EVERY_S = 0.3
# A code from paper is mistyped once or twice; whoever has the wrong paper looks for the right one.
TRIES = 3
# One line of the control socket has 256 KiB; an alert has 2 to 4 kB, and the line has quotes.
CARRY_BYTES_MAX = 128 * 1024
CODE_FILE_BYTES_MAX = 1024
# Where the old card is copied to, beside the database: there is room for one more.
SCRATCH = ".old-card-"


class Job(Record, frozen=True, kw_only=True):
    """Who replaces which box, and in what language."""

    path: Path
    config: Config
    by: str
    lang: str
    ask: bool  # False: the right home is taken for granted
    claim_file: Path | None = None
    code_file: Path | None = None

    def call(self, do: str, **args: Any) -> Any:
        return call(self.config, do, args)

    def note(self, key: str, **params: Any) -> None:
        """What is going on, to standard error: the result alone is output."""
        click.echo(say(self.lang, key, **params), err=True)

    def sure(self, key: str) -> bool:
        return not self.ask or sure(self.lang, say(self.lang, key))


# -- the sealed profile --------------------------------------------------------------------------


def fetched(job: Job, file: Path | None) -> tuple[bytes, list[dict[str, Any]]]:
    """The sealed profile and what the desk has of the old box's messages ([] from a file)."""
    if file is not None:
        return read_profile(file), []
    claim = job.call("claim_state")
    if claim["kind"] != "replace" or claim["state"] not in ("waiting", "answered", "confirmed"):
        code = _claim_code(job, "claim_code")
        job.call("claim_make", code=code, kind="replace", by=job.by, again=True)
    claim = _answered(job)
    job.note("fetching")
    found = _until(PROFILE_WITHIN_S, lambda: job.call("replace_profile", request=claim["id"]))
    if found is None:
        fail(say(job.lang, "no_profile_yet"), EXIT_STATE)
    if not found["number"]:
        fail(say(job.lang, "no_profile", gateway=found["replaces"]), EXIT_STATE)
    return base64.b64decode(found["sealed"]), found["held"]


def _answered(job: Job) -> dict[str, Any]:
    """The claim once the desk has answered and the installer has compared whose home it is."""
    job.note("asking")

    def look() -> dict[str, Any] | None:
        claim: dict[str, Any] = job.call("claim_state")
        return None if claim["state"] == "waiting" else claim

    claim: dict[str, Any] | None = _until(ANSWER_WITHIN_S, look)
    if claim is None:
        fail(say(job.lang, "no_answer"), EXIT_STATE)
    if claim["state"] == "answered":
        job.note("whose", name=claim["name"], address=claim["address"])
        yes = job.sure("right")
        job.call("claim_confirm", by=job.by, yes=yes)
        if not yes:
            fail(say(job.lang, "not_right"), EXIT_USAGE)
    elif claim["state"] != "confirmed":
        fail(say(job.lang, "claim_refused", reason=claim["reason"] or claim["state"]), EXIT_STATE)
    return claim


def _until(within_s: float, look: Callable[[], Any]) -> Any:
    end = time.monotonic() + within_s
    while (found := look()) is None and time.monotonic() < end:
        time.sleep(ASK_EVERY_S)
    return found


def opened(job: Job, sealed: bytes, taken: dict[str, Any] | None) -> tuple[Header, Profile, str]:
    """Header, home and the text for the gateway; asks for the recovery code up to TRIES times."""
    header = header_of(sealed)
    if taken is not None and header.store_id != taken["store_id"]:
        ours, theirs = taken["gateway"], header.gateway
        refuse("other_profile", EXIT_STATE, gateway=ours, other=theirs)
    for left in reversed(range(TRIES)):
        try:
            code = _typed(job, job.code_file, "recovery_code", hidden=True)
            _, inside = open_sealed(sealed, private_of(read_code(code)))
            return header, decode(inside), packed(inside)
        except ProfileError as error:
            wrong_code = error.reason in ("code", "other_code")
            if not left or not wrong_code or job.code_file is not None:
                raise
            click.echo(said(error, job.lang), err=True)
    raise AssertionError  # the last try returned or raised


def _claim_code(job: Job, key: str, default: str | None = None) -> str:
    """The coordinator's code; a typing error is said here, before the desk counts it."""
    for left in reversed(range(TRIES)):
        code = _typed(job, job.claim_file, key, hidden=False, default=default)
        if not code:
            return code
        try:
            return read_claim_code(code)
        except ClaimCodeError as error:
            wrong = render(job.lang, "commission.claim.mistyped", {"reason": error.reason})
            if not left or job.claim_file is not None:
                fail(wrong, EXIT_USAGE)
            click.echo(wrong, err=True)
    raise AssertionError  # the last try returned or left


def _typed(
    job: Job, file: Path | None, key: str, *, hidden: bool, default: str | None = None
) -> str:
    """A code from its file, or asked for; out with 2 when there is none."""
    if file is not None:
        try:
            with file.open("rb") as source:
                return source.read(CODE_FILE_BYTES_MAX).decode("ascii").strip()
        except (OSError, ValueError) as error:
            refuse("unreadable", EXIT_USAGE, file=str(file), why=type(error).__name__)
    try:
        asked = say(job.lang, key)
        return str(
            click.prompt(asked, default, hide_input=hidden, show_default=False, err=True)
        ).strip()
    except click.Abort:
        fail(say(job.lang, "no_code"), EXIT_USAGE)


def shown(job: Job, header: Header, profile: Profile) -> None:
    """Which home it is, how old the profile is, and what is in it."""
    from edge.app.provisioning.profile import COUNTERS_EVERY_MS, counts_of  # noqa: PLC0415
    from edge.cli.profile import holds_lines  # noqa: PLC0415

    made = instant_text(profile.made)[:16].replace("T", " ")
    job.note("home", gateway=header.gateway, site=profile.site, made=made)
    if profile.claim is not None:
        job.note("whose", name=profile.claim.name, address=profile.claim.address)
    age_ms = time.time() * 1000 - header.made_ms
    # It goes out daily while a counter moves; two hours are for a line that was down.
    if age_ms > COUNTERS_EVERY_MS + 2 * 3_600_000:
        job.note("old", hours=int(age_ms // 3_600_000))
    for line in holds_lines(counts_of(profile), job.lang):
        click.echo("  " + line, err=True)


def gap_of(taken: dict[str, Any], desk: list[dict[str, Any]]) -> list[tuple[int, int]] | None:
    """The numbers of the old box's messages that the desk does not have; None: nobody knows."""
    held = next((one for one in desk if one["store_id"] == taken["store_id"]), None)
    if held is None:
        return None
    gaps = [(first, last) for first, last in held["missing"]]
    if taken["last_message"] > held["highest"]:
        gaps.append((held["highest"] + 1, taken["last_message"]))
    return gaps


# -- the settings --------------------------------------------------------------------------------


def settled(job: Job, profile: Profile) -> dict[str, Any]:
    """Write the settings anew from the home's and the box's own, once they are in order."""
    text = resettled(own_tables(job.path), profile)
    try:
        config = checked(text, str(job.path), frozenset(one.id for one in profile.devices))
    except ConfigError as error:
        click.echo(say(job.lang, "bad_settings", file=str(job.path)), err=True)
        raise error from None
    changed = put(job.path, text)
    return {"file": str(job.path), "changed": changed, "missing": missing(config)}


def claimed_late(job: Job, address: str) -> tuple[str, list[dict[str, Any]]]:
    """Tell the desk of a take-over that began with a file: the claim's state, and what it has.

    The address of the profile goes along, so that the answer needs nobody to compare it.
    """
    claim = job.call("claim_state")
    # "of gw-0001" is what the profile said, and the desk knows nothing of it yet.
    asked = claim["kind"] == "replace" and not claim["reason"].startswith("of ")
    if asked and claim["state"] in ("waiting", "answered", "confirmed"):
        return str(claim["state"]), []
    if job.claim_file is None and not job.ask:
        return "open", []
    code = _claim_code(job, "claim_code_late", default="")
    if not code:
        return "open", []
    made = {"code": code, "kind": "replace", "by": job.by, "again": True}
    request = job.call("claim_make", **made, **({"address": address} if address else {}))["id"]
    found = _until(LATE_WITHIN_S, lambda: job.call("replace_profile", request=request))
    if found is not None:
        job.call("replace_done")
    return job.call("claim_state")["state"], [] if found is None else found["held"]


# -- the old card --------------------------------------------------------------------------------


def carried(job: Job, place: Path, taken: dict[str, Any], written: str) -> dict[str, Any]:
    """Send the alerts that the old card still owes; what cannot be read is said, not raised."""
    counts = {"carried": 0, "known": 0, "refused": 0}
    found: dict[str, Any] = {"others": 0, "last": None, "error": ""}
    try:
        path = oldcard.find(place, written)
        folder = Path(job.config.store.path).parent
        for left in folder.glob(f"{SCRATCH}*"):  # of a run that was killed: a home's readings
            shutil.rmtree(left)
        with (
            tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder) as scratch,
            oldcard.opened(path, Path(scratch)) as card,
        ):
            _expect_same(card, path, taken)
            found |= {"last": card.heads.message, "others": card.owed_others()}
            for batch in _batches(card):
                done = job.call("replace_carry", store_id=taken["store_id"], entries=batch)
                counts = {name: counts[name] + done[name] for name in counts}
            _end(job, card, taken)
    except (StoreError, OSError) as error:
        found["error"] = said(error, job.lang) if isinstance(error, StoreError) else str(error)
    return found | counts


def _end(job: Job, card: oldcard.OldCard, taken: dict[str, Any]) -> None:
    """Say what the old box numbered last, so that the desk can tell a loss from what stays here."""
    settings = job.config.gateway
    origin = Origin(
        gateway=taken["gateway"],
        store_id=taken["store_id"],
        site=taken["site"],
        customer=settings.customer,
    )
    at = SystemClock(settings.zone, trusted=settings.trusted_clock).now()
    for entry in last_words(card, origin, at):
        job.call("replace_carry", store_id=taken["store_id"], entries=[_row(entry)])


def _expect_same(card: oldcard.OldCard, path: Path, taken: dict[str, Any]) -> None:
    if card.heads.store_id != taken["store_id"]:
        raise worded(
            StoreError,
            "other_card",
            file=str(path),
            other=card.heads.store_id,
            home=card.home,
            store=taken["store_id"],
            gateway=taken["gateway"],
        )


def _batches(card: oldcard.OldCard) -> Iterator[list[dict[str, Any]]]:
    """All owed alerts in pieces for the socket, the newest piece first; each in its own order."""
    below: int | None = None
    while entries := card.owed_alerts(below):
        below = entries[0].sequence
        piece: list[dict[str, Any]] = []
        size = 0
        for entry in reversed(entries):
            row = _row(entry)
            if piece and size + len(row["body"]) > CARRY_BYTES_MAX:
                yield piece[::-1]
                piece, size = [], 0
            piece.append(row)
            size += len(row["body"])
        yield piece[::-1]


def _row(entry: OutboxEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "sequence": entry.sequence,
        "created_ms": entry.created_ms,
        "body": base64.b64encode(entry.body).decode("ascii"),
    }
