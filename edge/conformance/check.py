"""All that `kotivahti driver check` looks at, one finding for each question."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator

import msgspec

from edge.conformance import purity
from edge.conformance.probe import (
    AT,
    FRAME_MAX_S,
    Broken,
    damaged,
    device_for,
    feed,
    frame_of,
    too_slow_s,
)
from edge.conformance.sheets import Case, Sheet, as_row
from edge.drivers.base import Driver, Shape
from edge.drivers.rights import may_write

_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")
# A sentence that says why, not a word.
REASON_MIN_CHARS = 20
SOURCE_MIN_CHARS = 20
# A frame longer than that is none of a home's sensors; the transports cut or refuse it.
FRAME_MAX_BYTES = 256
# States of earlier frames that random frames are tried in.
STATES_KEPT = 64
# Rounds over all vectors by which the cost of one is known well enough.
COST_ROUNDS = 200
GARBAGE_BYTES = 256 * 1024
# What a framer may keep of it.
FRAMER_MAX_BYTES = 16 * 1024


class Finding(msgspec.Struct, frozen=True):
    """One question and its answer. `figures` are for the reader, never a verdict."""

    question: str
    good: bool
    detail: str = ""


def check(
    module: str,
    driver: Driver,
    sheets: list[Sheet],
    *,
    frames: int,
    seed: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[Finding]:
    """Every finding in turn; the slow one, `frames` random frames, reports its progress."""
    yield _answer("its row of the table is whole", _row_faults(driver))
    yield _answer("it decodes and does nothing else", purity.faults(module))
    yield _answer("it has vectors with a source", _sheet_faults(sheets))
    cases = [case for sheet in sheets for case in sheet.cases]
    yield _answer("each vector reads as its source says", _vector_faults(driver, cases))
    yield _answer("a vector cut at any byte is read or refused", _cut_faults(driver, cases))
    if driver.framer is not None:
        yield _answer("its framer is bounded and resynchronises", _framer_faults(driver, cases))
    yield _answer("it writes nothing but what a driver may", _writing_faults(driver, cases, seed))
    yield _random(driver, cases, frames, seed, progress)
    yield _cost(driver, cases)


def _answer(question: str, faults: list[str]) -> Finding:
    shown = "; ".join(faults[:5])
    more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""  # noqa: PLR2004
    return Finding(question, good=not faults, detail=shown + more)


def _row_faults(driver: Driver) -> list[str]:
    needs = {
        "match": (driver.match is not None, driver.shape in (Shape.ADVERT, Shape.GATT)),
        "plan": (driver.plan is not None, driver.shape is Shape.GATT),
        "framer": (driver.framer is not None, driver.shape is Shape.SERIAL),
    }
    faults = [
        f"a driver of shape {driver.shape.value} has {'a' if needed else 'no'} {name}"
        for name, (there, needed) in needs.items()
        if there != needed
    ]
    if not _ID.fullmatch(driver.id):
        faults.append(f"id {driver.id!r}: small letters, digits and _, 2 to 40")
    if not driver.title or not driver.roles:
        faults.append("title or roles are missing")
    if driver.silent_after_s <= 0 or len(driver.silent_reason) < REASON_MIN_CHARS:
        faults.append("silent_after_s needs a number, and silent_reason a sentence that says why")
    return faults


def _sheet_faults(sheets: list[Sheet]) -> list[str]:
    if not sheets:
        return ["no sheet names this driver; give --vectors FILE (see docs/developer/drivers.md)"]
    return [
        f"a source of {len(sheet.source)} characters proves nothing"
        for sheet in sheets
        if len(sheet.source) < SOURCE_MIN_CHARS
    ]


def _vector_faults(driver: Driver, cases: list[Case]) -> list[str]:
    faults = []
    for case in cases:
        device = device_for(driver, mac=case.mac, key=case.secret)
        try:
            decoded = feed(driver, device, b"", frame_of(driver, case.data, device))
        except Broken as broken:
            faults.append(f"{case.name}: {broken}")
            continue
        if decoded is None:
            faults.append(f"{case.name}: is refused")
        elif [as_row(seen) for seen in decoded.observations] != list(case.observations):
            faults.append(f"{case.name}: reads {[as_row(s) for s in decoded.observations]}")
    return faults


def _cut_faults(driver: Driver, cases: list[Case]) -> list[str]:
    faults = []
    for case in cases:
        device = device_for(driver, mac=case.mac, key=case.secret)
        for length in range(len(case.data)):
            try:
                feed(driver, device, b"", frame_of(driver, case.data[:length], device))
            except Broken as broken:
                faults.append(f"{case.name} cut to {length}: {broken}")
    return faults


def _framer_faults(driver: Driver, cases: list[Case]) -> list[str]:
    assert driver.framer is not None  # noqa: S101 (the caller asked)
    faults = []
    framer = driver.framer()
    for start in range(0, GARBAGE_BYTES, 4096):
        framer.feed(random.Random(start).randbytes(4096))  # noqa: S311 (the same garbage each time)
    kept = sum(len(v) for v in vars(framer).values() if isinstance(v, bytes | bytearray | list))
    if kept > FRAMER_MAX_BYTES:
        faults.append(f"keeps {kept} bytes of garbage, at most {FRAMER_MAX_BYTES}")
    # Some protocols end a frame by its length, others by a line's end.
    streams = [end.join((*(case.data for case in cases[:50]), b"")) for end in (b"", b"\r\n")]
    stream = max(streams, key=lambda one: len(driver.framer().feed(one)))  # type: ignore[misc]
    whole = driver.framer().feed(stream)
    if cases and not whole:
        faults.append("no vector comes out of it")
    for size in (1, 3, 7):
        split = driver.framer()
        got = [
            frame
            for at in range(0, len(stream), size)
            for frame in split.feed(stream[at : at + size])
        ]
        if got != whole:
            faults.append(f"chunks of {size} give {len(got)} frames, one chunk {len(whole)}")
    return faults


def _writing_faults(driver: Driver, cases: list[Case], seed: int) -> list[str]:
    """Law: no command dispenses, doses, heats or unlocks."""
    rng = random.Random(seed)  # noqa: S311 (the same states each time)
    states = [b"", *(rng.randbytes(rng.randint(1, 64)) for _ in range(200))]
    faults = []
    for case in cases:
        device = device_for(driver, mac=case.mac, key=case.secret)
        try:
            decoded = feed(driver, device, b"", frame_of(driver, case.data, device))
        except Broken:
            continue  # told by the vectors
        if decoded is not None and decoded.state is not None:
            states.append(decoded.state)
    plan = driver.plan
    for state in states:
        try:
            writes = () if plan is None or plan.begin is None else plan.begin(state, AT)
            if driver.on_open is not None:
                driver.on_open(state, AT)
        except Exception as error:  # noqa: BLE001 (whatever a stranger's code raises is the finding)
            faults.append(f"raises {type(error).__name__}: {error} at the beginning of a session")
            continue
        faults += [
            f"would write {w.value.hex()} to {w.characteristic}" for w in writes if not may_write(w)
        ]
    return faults


def _random(
    driver: Driver, cases: list[Case], frames: int, seed: int, progress: Callable[[int], None]
) -> Finding:
    """Random bytes and damaged vectors, in states that came of them, keyed and not."""
    question = f"{frames:,} random frames are read or refused, each within {FRAME_MAX_S * 1e3:g} ms"
    rng = random.Random(seed)  # noqa: S311 (the same frames each time)
    roles = sorted(driver.roles)
    states = [b""]
    read = 0
    for number in range(frames):
        case = rng.choice(cases) if cases and rng.random() < 0.6 else None  # noqa: PLR2004
        payload = (
            rng.randbytes(rng.randint(0, FRAME_MAX_BYTES if number % 50 == 0 else 40))
            if case is None
            else damaged(rng, case.data)
        )
        device = device_for(
            driver,
            rng.choice(roles),
            None if case is None else case.mac,
            None if case is None else case.secret,
        )
        state = _some_state(rng, states)
        try:
            frame = frame_of(driver, payload, device)
            begun = time.perf_counter()
            decoded = feed(driver, device, state, frame)
            if time.perf_counter() - begun > FRAME_MAX_S:
                slow_s = too_slow_s(driver, device, state, frame)
                if slow_s is not None:
                    text = f"{slow_s * 1e3:.2f} ms for {payload.hex()} (seed {seed})"
                    return Finding(question, good=False, detail=text)
        except Broken as broken:
            return Finding(question, good=False, detail=f"{broken} (seed {seed}, frame {number})")
        if decoded is not None:
            read += 1
            if decoded.state is not None:
                states = [*states[-STATES_KEPT:], decoded.state]
        if number % 1000 == 0:
            progress(number)
    return Finding(question, good=True, detail=f"{read:,} read, {frames - read:,} refused")


def _some_state(rng: random.Random, states: list[bytes]) -> bytes:
    """Mostly the newest, as in a home: only a long chain shows a state that grows."""
    dice = rng.random()
    if dice < 0.6:  # noqa: PLR2004
        return states[-1]
    return rng.choice(states) if dice < 0.9 else rng.randbytes(rng.randint(0, 64))  # noqa: PLR2004


def _cost(driver: Driver, cases: list[Case]) -> Finding:
    """The CPU time of one vector, a first hearing each; the slowest one decides."""
    worst_s, name = 0.0, "no vector"
    for case in cases:
        device = device_for(driver, mac=case.mac, key=case.secret)
        try:
            frame = frame_of(driver, case.data, device)
            if frame is None or feed(driver, device, b"", frame) is None:
                continue  # told by the vectors
        except Broken:
            continue
        begun = time.process_time()
        for _ in range(COST_ROUNDS):
            driver.decode(device, b"", frame, AT)
        cost_s = (time.process_time() - begun) / COST_ROUNDS
        if cost_s > worst_s:
            worst_s, name = cost_s, case.name
    question = "what a packet costs"
    return Finding(question, worst_s <= FRAME_MAX_S, f"{worst_s * 1e6:.1f} us of CPU ({name})")
