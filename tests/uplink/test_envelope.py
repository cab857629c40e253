"""What the home says: golden bytes per version, schemas, and what must not leave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from edge.domain import AlertState, ClaimKind, Evidence, Priority, Scalar, Sync
from edge.kinds import KINDS, observation
from edge.resources import resource
from edge.uplink import envelope
from edge.uplink.envelope import AckKind, ClaimStep, DataClass, LeftOut, Outcome, Sharing
from tests.support.clock import instant
from tests.uplink import samples
from tests.uplink.samples import NOW, ORIGIN, uid

GOLDEN = Path(__file__).parent / "golden"


def schemas() -> dict[str, dict[str, Any]]:
    """Every message schema of the repository by its file's stem."""
    files = sorted(resource("config/schemas").glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


REGISTRY: Registry[Any] = Registry().with_resources(
    [(schema["$id"], Resource.from_contents(schema)) for schema in schemas().values()]
)


def validate(message: bytes) -> None:
    """Hold a message against the schema that it names."""
    content = json.loads(message)
    kind = content["type"].split(".")[2] if "type" in content else "state"
    Draft202012Validator(schemas()[f"{kind}-1.0"], registry=REGISTRY).validate(content)


def built() -> dict[str, bytes]:
    """What today's code makes of the samples, by the golden file's stem."""
    made = {
        "alert-1.0": samples.smoke_alert(),
        "alert-1.0-taken": samples.taken_alert(),
    }
    out = {
        name: envelope.alert(ORIGIN, told, samples.TITLES, id=uid(1), sequence=41, at=NOW).body
        for name, told in made.items()
    }
    batch = envelope.observations(
        ORIGIN, samples.rows(), samples.SHARING, first_seq=4_708, id=uid(2), sequence=42, at=NOW
    )
    assert batch is not None
    status = envelope.device_status(
        ORIGIN,
        samples.DEVICE,
        state="degraded",
        since=NOW,
        id=uid(3),
        sequence=43,
        at=NOW,
        reasons=("battery_low",),
        battery_pct=11,
        last_seen=instant(-60_000),
    )
    out |= {"obs-1.0": batch.body, "devstatus-1.0": status.body}
    out["hb-1.0"] = envelope.heartbeat(ORIGIN, samples.HEALTH, id=uid(4), at=NOW)
    proved = msgspec.structs.replace(
        samples.HEALTH, proof=envelope.ProofPart(state="ok", age_s=3_600, total_ms=85)
    )
    out["hb-1.0-proof"] = envelope.heartbeat(ORIGIN, proved, id=uid(4), at=NOW)
    out["alert-1.0-proof"] = envelope.alert(
        *(ORIGIN, envelope.path_test(uid(18), NOW, "daily"), samples.TITLES),
        id=uid(18),
        sequence=49,
        at=NOW,
    ).body
    out["state-1.0"] = envelope.state(online=True, boot=NOW.boot)
    of = samples.OF
    out["ack-1.0-received"] = envelope.receipt("area-07", of, id=uid(5), at=NOW)
    out["ack-1.0-rejected"] = envelope.receipt(
        "area-07", of, id=uid(6), at=NOW, rejected="data.alert.rev: Expected int"
    )
    out["ack-1.0-accepted"] = envelope.decision(
        "area-07", of, AckKind.ACCEPTED, samples.ANNA, id=uid(7), at=NOW, eta_s=900
    )
    out["ack-1.0-closed"] = envelope.decision(
        "area-07", of, AckKind.CLOSED, samples.ANNA, id=uid(8), at=NOW, outcome=Outcome.HELPED
    )
    out["ack-1.0-escalated"] = envelope.escalated("area-07", of, 2, id=uid(17), at=NOW)
    return out | claim_messages()


def claim_messages() -> dict[str, bytes]:
    """A claim, its answers, and a small profile on both ways."""
    asked = envelope.claim(
        ORIGIN,
        uid(9),
        ClaimStep.ASKED,
        id=uid(10),
        sequence=44,
        at=NOW,
        kind=ClaimKind.REPLACE,
        code=samples.CODE,
        replaces="gw-0000",
        address="Mallikatu 5 A 12",
    )
    seen = envelope.claim(ORIGIN, uid(9), ClaimStep.SEEN, id=uid(11), sequence=45, at=NOW)
    erase = envelope.request(ORIGIN, "erase", id=uid(15), sequence=47, at=NOW)
    switched = envelope.request(
        ORIGIN, "sending", id=uid(16), sequence=48, at=NOW, cls="readings", allowed=False
    )
    left = (LeftOut(first=43, last=43, why="shed"), LeftOut(first=45, last=46, why="parked"))
    stretch = {41: uid(1), 42: uid(2), 44: uid(10), 47: uid(15)}
    summed = envelope.digest(
        *(ORIGIN, envelope.digest_of(41, 47, stretch)),
        first=41,
        last=47,
        rev=2,
        day="2026-03-02",
        left_out=left,
        id=uid(19),
        sequence=50,
        at=NOW,
    )
    sealed = bytes(range(64))
    (part,) = envelope.cut(sealed, number=3)
    return {
        "claim-1.0-asked": asked.body,
        "claim-1.0-seen": seen.body,
        "claimed-1.0-confirmed": envelope.claimed("area-07", samples.CLAIMED, id=uid(9), at=NOW),
        "claimed-1.0-refused": envelope.claimed("area-07", samples.REFUSED, id=uid(9), at=NOW),
        "profile-1.0": envelope.profile(ORIGIN, part, id=uid(12), sequence=46, at=NOW).body,
        "profile-1.0-superseded": envelope.profile(
            ORIGIN, part, id=uid(12), sequence=46, at=NOW, superseded=True
        ).body,
        "digest-1.0": summed.body,
        "work-1.0": samples.work_list().body,
        "request-1.0-erase": erase.body,
        "request-1.0-sending": switched.body,
        "restore-1.0": envelope.restore("area-07", samples.restored(part), id=uid(13), at=NOW),
        "restore-1.0-none": envelope.restore("area-07", samples.restored(), id=uid(14), at=NOW),
    }


PARSERS = {
    "alert": lambda body: envelope.parse_alert(body, "gw-0001"),
    "obs": lambda body: envelope.parse_observations(body, "gw-0001"),
    "digest": lambda body: envelope.parse_digest(body, "gw-0001"),
    "work": lambda body: envelope.parse_work(body, "gw-0001"),
    "devstatus": lambda body: envelope.parse_device_status(body, "gw-0001"),
    "hb": lambda body: envelope.parse_heartbeat(body, "gw-0001"),
    "ack": lambda body: envelope.parse_downlink(body, "gw-0001"),
    "claim": lambda body: envelope.parse_claim(body, "gw-0001"),
    "claimed": lambda body: envelope.parse_claimed(body, "gw-0001"),
    "profile": lambda body: envelope.parse_profile(body, "gw-0001"),
    "request": lambda body: envelope.parse_request(body, "gw-0001"),
    "restore": lambda body: envelope.parse_restore(body, "gw-0001"),
    "state": envelope.parse_state,
}


def golden_files() -> list[Path]:
    """Every golden message ever released; one is never removed."""
    return sorted(GOLDEN.glob("*.json"))


@pytest.mark.parametrize("name", sorted(built()))
def test_todays_writer_makes_the_golden_bytes(name: str):
    """A changed byte on the wire is a decision, never an accident."""
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    assert json.loads(built()[name]) == golden


def test_every_sample_has_its_golden_file_and_back():
    """No golden message is forgotten when a version is added."""
    assert {file.stem for file in golden_files()} >= set(built())


@pytest.mark.parametrize("file", golden_files(), ids=lambda file: file.stem)
def test_golden_messages_fit_their_schema(file: Path):
    """The schema in the repository is about the messages that are really sent."""
    validate(file.read_bytes())


@pytest.mark.parametrize("file", golden_files(), ids=lambda file: file.stem)
def test_todays_reader_takes_every_golden_message(file: Path):
    """A gateway of an older release is understood."""
    PARSERS[file.stem.split("-")[0]](file.read_bytes())


@pytest.mark.parametrize("file", golden_files(), ids=lambda file: file.stem)
def test_readers_ignore_what_a_newer_sender_adds(file: Path):
    """Members added at any place change nothing for an older reader."""

    def widen(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: widen(inner) for key, inner in value.items()} | {"addedlater": [{}]}
        return value

    content = json.loads(file.read_bytes())
    content = {k: widen(v) if k == "data" else v for k, v in content.items()} | {"addedlater": 1}
    for open_dict in ("title", "params"):
        content.get("data", {}).get("alert", {}).get(open_dict, {}).pop("addedlater", None)
    for line in content.get("data", {}).get("lines", ()):
        line.get("params", {}).pop("addedlater", None)
    content.get("data", {}).get("model", {}).pop("addedlater", None)
    parse = PARSERS[file.stem.split("-")[0]]
    assert parse(json.dumps(content).encode()) == parse(file.read_bytes())


def test_attribute_names_follow_cloudevents():
    """Context attributes are lower-case letters and digits (CloudEvents 1.0, naming)."""
    for name, body in built().items():
        if name != "state-1.0":
            assert all(key.isalnum() and key == key.lower() for key in json.loads(body)), name


def test_times_carry_the_offset_of_the_home():
    """Local time and offset, of the event and not of the sending."""
    body = json.loads(built()["alert-1.0-taken"])
    assert body["time"] == "2026-03-02T14:03:00.000+02:00"
    assert body["data"]["alert"]["raised"] == "2026-03-02T14:00:00.000+02:00"
    assert envelope.iso(samples.UNSYNCED) == "1969-12-31T20:30:00.000-03:30"


@given(ms=st.integers(-(2**41), 2**44), offset=st.integers(-840, 840))
def test_times_come_back_to_the_millisecond(ms: int, offset: int):
    """`wall_ms` undoes `iso` for every offset and also before 1970."""
    at = instant()
    moved = type(at)(boot=at.boot, boottime_ms=0, wall_ms=ms, offset_min=offset, sync=at.sync)
    assert envelope.wall_ms(envelope.iso(moved)) == ms


def test_alerts_never_expire_and_telemetry_does():
    """A late alert is marked late by the receiver; nothing on the way may drop it."""
    made = {name: json.loads(body) for name, body in built().items()}
    assert "expirytime" not in made["alert-1.0"]
    assert made["obs-1.0"]["expirytime"] == "2026-04-01T14:00:00+02:00"
    assert made["hb-1.0"]["expirytime"] == "2026-03-02T14:10:00+02:00"


def test_every_kind_has_a_class():
    """A new kind of observation must be classed before it can be sent anywhere."""
    assert set(envelope.KIND_CLASSES) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_values_leave_with_an_alert_by_class_only(kind: str):
    """Alarms, devices and appliances tell their value; behaviour, air and vitals never do."""
    told = samples.smoke_alert(
        evidence=(Evidence(device="d", kind=kind, value=97.25, unit="u", at=NOW),),
        params={kind: 97.25},
    )
    body = envelope.alert(ORIGIN, told, {}, id=uid(1), sequence=1, at=NOW).body
    open_classes = {DataClass.ALARM, DataClass.DEVICE, DataClass.APPLIANCE}
    assert (b"97.25" in body) is (envelope.KIND_CLASSES[kind] in open_classes)
    assert kind.encode() in body


def test_an_unknown_kind_keeps_its_value_at_home():
    """What nobody has classed is not told."""
    assert not envelope.tells_value("heart_rhythm")


def test_evidence_is_bounded_and_counted():
    """At most eight facts leave; how many more there are is said."""
    many = tuple(Evidence(device="d", kind="smoke", value=n, unit="1", at=NOW) for n in range(11))
    told = samples.smoke_alert(evidence=many)
    body = envelope.alert(ORIGIN, told, samples.TITLES, id=uid(1), sequence=1, at=NOW).body
    data = json.loads(body)["data"]
    assert (len(data["evidence"]), data["evidence_more"]) == (8, 3)
    validate(body)


def test_an_ordinary_alert_stays_below_1300_bytes():
    """One alert fits one packet on most lines."""
    assert max(len(built()[name]) for name in ("alert-1.0", "alert-1.0-taken")) < 1_300


def test_age_of_evidence_survives_a_reboot():
    """Within a boot the boot clock counts, across one only the wall clock can."""
    before = instant(-5_000)
    other = type(before)(
        boot="earlier", boottime_ms=9, wall_ms=before.wall_ms, offset_min=120, sync=before.sync
    )
    told = samples.smoke_alert(
        evidence=(Evidence(device=None, kind="smoke", value=True, unit="1", at=other),)
    )
    body = envelope.alert(ORIGIN, told, {}, id=uid(1), sequence=1, at=NOW).body
    assert json.loads(body)["data"]["evidence"][0]["age_ms"] == 5_000


@pytest.mark.parametrize("boot", [NOW.boot, "earlier"])
def test_a_raised_time_of_an_unset_clock_is_dated_within_its_boot(boot: str):
    """Once the clock is set; of an earlier boot it stays as it was, and says so."""
    early = msgspec.structs.replace(instant(-60_000), wall_ms=9, boot=boot, sync=Sync.NONE)
    told = samples.smoke_alert(2, raised=early, changed=NOW)
    body = envelope.alert(ORIGIN, told, {}, id=uid(1), sequence=1, at=NOW).body
    validate(body)
    read = envelope.parse_alert(body, "gw-0001").data
    if boot == NOW.boot:
        raised = (NOW.wall_ms - 60_000, Sync.HOLDOVER, Sync.NTP)
    else:
        raised = (9, Sync.NONE, Sync.NONE)
    assert (envelope.wall_ms(read.alert.raised), read.alert.raised_sync, read.sync) == raised


def test_observations_leave_only_for_a_purpose():
    """Rows without a purpose are counted and stay; without any row there is no message."""
    data = json.loads(built()["obs-1.0"])["data"]
    assert [row[2] for row in data["rows"]] == ["battery", "pulse_rate"]
    assert (data["count"], data["withheld"]) == (2, 2)
    assert [row[0] for row in data["rows"]] == [4_708, 4_710]
    nothing = envelope.observations(
        ORIGIN, samples.rows(), Sharing(), first_seq=1, id=uid(1), sequence=1, at=NOW
    )
    assert nothing is None


def test_a_full_batch_fits_the_limit():
    """500 rows of the longest kind stay below what a receiver takes."""
    long = max(KINDS, key=len)
    rows = [observation("d" * 40, long, 1234.5678, instant(n)) for n in range(500)]
    sharing = Sharing.of([("x", [long])])
    batch = envelope.observations(
        ORIGIN, rows, sharing, first_seq=2**52, id=uid(1), sequence=1, at=NOW
    )
    assert batch is not None
    assert len(batch.body) < envelope.UP_BYTES_MAX
    validate(batch.body)


def test_a_device_status_names_neither_address_nor_key():
    """Radio addresses and keys have no business upstream."""
    body = built()["devstatus-1.0"]
    assert b"54:48" not in body
    assert b"Secret" not in body


# Names of ours are words: no control characters.
names = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=20))


@given(
    code=names,
    words=st.dictionaries(st.sampled_from(["fi", "sv", "en"]), st.text(max_size=80)),
    priority=st.sampled_from(Priority),
    state=st.sampled_from(AlertState),
    value=scalars,
    params=st.dictionaries(st.text(min_size=1, max_size=10), scalars, max_size=4),
    rev=st.integers(1, 2**31),
)
def test_any_alert_fits_schema_and_reader(
    code: str,
    words: dict[str, str],
    priority: Priority,
    state: AlertState,
    value: Scalar,
    params: dict[str, Scalar],
    rev: int,
):
    """Whatever the rules put into an alert, both ends can read it."""
    evidence = (Evidence(device=None, kind="smoke", value=value, unit="1", at=NOW),)
    told = samples.smoke_alert(
        rev, code=code, priority=priority, state=state, evidence=evidence, params=params
    )
    body = envelope.alert(ORIGIN, told, words, id=uid(1), sequence=rev, at=NOW).body
    validate(body)
    read = envelope.parse_alert(body, "gw-0001").data.alert
    assert (read.rev, read.code, read.state, read.priority) == (rev, code, state, priority)
    assert read.title == words
