"""The certificate as data: what was tested, measured and left open, in codes and numbers.

`config/schemas/certificate-1.0.json` is its schema. Its bytes are made here, so that their
SHA-256, which the paper carries, is the same wherever it is computed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import msgspec

from edge.commissioning import course
from edge.commissioning.record import ORDER, Build, Check, Run, Step, StepName, Verdict
from edge.domain import Device, Instant, Record, Sync

SCHEMA = "urn:kotivahti:schema:certificate:1.0"
# What the system does not do; each is a text of the catalogues.
LIMITS = ("calls_no_112", "no_medical_device", "no_last_resort", "no_power_no_line")
# Checks that say how a thing is used, not whether it works: their owner reads them on the paper.
_DEVICE_STEPS = (StepName.DEVICES,)


class Where(Record, frozen=True, kw_only=True):
    """Whose home it is, as the desk said and the installer read aloud; "" while that is open."""

    state: str = "none"  # of the claim: none, waiting, answered, confirmed, refused, mismatch
    customer: str = ""
    name: str = ""
    address: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the certificate says beside the run."""

    gateway: str
    site: str
    customer: str  # the pseudonym of the settings
    store: str
    build: Build  # of now: the run has its own
    where: Where
    devices: tuple[Device, ...]


def document(run: Run, facts: Facts) -> dict[str, Any]:
    """The certificate of `run`, also of one that is not over."""
    return {
        "schema": SCHEMA,
        "id": run.id,
        "revision": run.rev,
        "reason": run.reason.value,
        "by": run.by,
        "begun": when(run.begun),
        "ended": None if run.ended is None else when(run.ended),
        "changed": when(run.changed or run.begun),
        "clock_trusted": (run.ended or run.begun).sync is not Sync.NONE,
        "verdict": course.verdict(run).value,
        "gateway": {
            "id": facts.gateway,
            "site": facts.site,
            "customer": facts.customer,
            "store": facts.store,
            "release": run.build.release,
            "schema": run.build.schema,
            "settings_sha256": run.build.settings,
        },
        "home": msgspec.structs.asdict(facts.where),
        "steps": [_step(run.step(name)) for name in ORDER],
        "devices": [_device(run, device) for device in facts.devices],
        "alarm": _alarm(run),
        "open": _open(run),
        "hands_on_s": round(sum(run.step(n).hands_on_ms for n in ORDER) / 1000, 1),
        "limits": list(LIMITS),
    }


def as_bytes(certificate: dict[str, Any]) -> bytes:
    """The one spelling of it: sorted keys, two spaces, UTF-8, a line end."""
    text = json.dumps(certificate, indent=2, sort_keys=True, ensure_ascii=False)
    return text.encode() + b"\n"


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def when(at: Instant) -> str:
    """ISO 8601 to the second, with the home's offset."""
    zone = timezone(timedelta(minutes=at.offset_min)) if at.offset_min else UTC
    return datetime.fromtimestamp(at.wall_ms // 1000, zone).isoformat().replace("+00:00", "Z")


def _step(step: Step) -> dict[str, Any]:
    took_ms = course.took_ms(step)
    return {
        "name": step.name.value,
        "verdict": (step.verdict or Verdict.OPEN).value,
        "done": step.verdict is not None,
        "begun": None if step.begun is None else when(step.begun),
        "ended": None if step.ended is None else when(step.ended),
        "by": step.by,
        "reason": step.reason,
        "hands_on_s": round(step.hands_on_ms / 1000, 1),
        "took_s": None if took_ms is None else round(took_ms / 1000, 1),
        "checks": [_check(check) for check in step.checks],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "subject": check.subject,
        "verdict": check.verdict.value,
        "why": check.why,
        "text": check.text,
        "by": check.by,
        "measures": [msgspec.structs.asdict(m) for m in check.measures],
    }


def _device(run: Run, device: Device) -> dict[str, Any]:
    check = next(
        (c for n in _DEVICE_STEPS for c in run.step(n).checks if c.subject == device.id), None
    )
    row: dict[str, Any] = {
        "id": device.id,
        "label": device.label,
        "role": device.role.value,
        "room": device.room,
        "person": device.person,
        "verdict": Verdict.OPEN.value if check is None else check.verdict.value,
        "why": "not_tested" if check is None else check.why,
        "receivers": [],
    }
    for name in ("battery", "packets", "stored_ms", "published_ms", "received_ms"):
        row[name] = None if check is None else check.measured(name)
    if check is not None:
        row["receivers"] = [
            {"id": m.name.removeprefix("rssi:"), "dbm": m.value}
            for m in check.measures
            if m.name.startswith("rssi:")
        ]
    return row


def _alarm(run: Run) -> dict[str, Any] | None:
    """There and back: the newest try."""
    check = next(iter(run.step(StepName.ALARM).checks), None)
    if check is None or not check.subject:
        return None
    times = ("stored_ms", "published_ms", "received_ms", "acknowledged_ms")
    return {
        "device": check.subject,
        "verdict": check.verdict.value,
        "by": check.by,
        **{name: check.measured(name) for name in times},
    }


def _open(run: Run) -> list[dict[str, str]]:
    """What was not proved: a failed or open check, a step that was left out or not begun."""
    return [row for name in ORDER for row in _left(run.step(name))]


def _left(step: Step) -> Iterable[dict[str, str]]:
    if step.verdict is Verdict.SKIPPED:
        yield _row(step, "", "", Verdict.SKIPPED, "skipped", step.reason)
    elif step.verdict is None and step.name is not StepName.CERTIFICATE:
        yield _row(step, "", "", Verdict.OPEN, "not_done", "")
    for check in step.checks:
        if check.verdict in (Verdict.FAILED, Verdict.OPEN, Verdict.SKIPPED):
            yield _row(step, check.name, check.subject, check.verdict, check.why, check.text)


def _row(
    step: Step, check: str, subject: str, verdict: Verdict, why: str, text: str
) -> dict[str, str]:
    return {
        "step": step.name.value,
        "check": check,
        "subject": subject,
        "verdict": verdict.value,
        "why": why,
        "text": text,
    }
