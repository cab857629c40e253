"""Claims, sent profiles and carried alerts in the home's database."""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.domain import Claim, ClaimKind, ClaimState, OutboxClass, Priority, ProfileSent
from edge.store import claims, outbox, restored
from edge.store.database import Database
from edge.store.restored import Held, Restored
from tests.store.samples import AT, batch, message
from tests.support.clock import instant

WAITING = Claim(
    id="claim-1",
    kind=ClaimKind.NEW,
    state=ClaimState.WAITING,
    told_by="Matti (uid 1000)",
    told=AT,
    changed=AT,
    typed_address="Mallikatu 5",
)
SECRET = b"0123456789P"


def test_a_claim_and_its_changes_survive_a_restart(path: Path) -> None:
    """What the desk said replaces what was waiting; what was typed stays as it was."""
    answered = msgspec.structs.replace(
        WAITING, state=ClaimState.CONFIRMED, customer="c-1", name="Aino", address="Mallikatu 5 A"
    )
    changed = msgspec.structs.replace(answered, changed=instant(5_000))
    with Database.open(path) as database:
        database.record(batch(claims=[WAITING]))
        database.record(batch(claims=[changed]))
    with Database.open(path) as database:
        assert database.look(claims.newest_first) == [changed]


def test_old_claims_go_and_confirmed_ones_stay(database: Database) -> None:
    """A day of typing fills no disk, and nobody forgets whose home it is."""
    confirmed = msgspec.structs.replace(WAITING, state=ClaimState.CONFIRMED)
    more = [msgspec.structs.replace(WAITING, id=f"more-{n}") for n in range(claims.CLAIMS_MAX + 5)]
    database.record(batch(claims=[confirmed]))
    database.record(batch(claims=more))
    found = database.change(lambda c, _: c.execute("SELECT id FROM claim").fetchall())
    assert len(found) == claims.CLAIMS_MAX + 1
    assert ("claim-1",) in found


def test_a_code_leaves_the_disk_with_its_receipt(path: Path) -> None:
    """Wiped in the row, overwritten in the file, and gone from the write-ahead log."""
    with Database.open(path) as database:
        database.record(batch(messages=[message(1, Priority.NORMAL, OutboxClass.CLAIM, SECRET)]))
        assert SECRET in _on_disk(path)
        database.mark_received(["message-000001"], AT)
        database.tidy()
        assert SECRET not in _on_disk(path)


def _on_disk(path: Path) -> bytes:
    log = path.with_name(path.name + "-wal")
    return path.read_bytes() + log.read_bytes()


def test_a_newer_profile_takes_the_place_of_the_older_one(database: Database) -> None:
    """Same numbers, so that nothing seems lost; a part too many is emptied and keeps its id."""
    _recovery_code(database)
    old = [message(n, None, OutboxClass.PROFILE, b"old" * 99) for n in (1, 2, 3)]
    database.record(batch(messages=old))
    # Received after the newer profile was cut: the number is upstream, the new part is not.
    database.mark_received(["message-000001"], AT)
    instead = (msgspec.structs.replace(old[0], id="newer-1", body=b"new"),)
    emptied = tuple(msgspec.structs.replace(entry, body=b"{}") for entry in old[1:])
    sent = ProfileSent(number=2, digest="d" * 64, at=AT, instead=instead, emptied=emptied)
    database.mark_received(["message-000003"], AT)
    database.record(batch(profile=sent))
    owed = database.look(claims.owed_profile)
    assert [(entry.sequence, entry.id, entry.body) for entry in owed] == [
        (1, "newer-1", b"new"),
        (2, "message-000002", b"{}"),
    ]
    assert database.mark_received(["message-000001", "newer-1"], AT) == ["newer-1"]
    head = database.look(claims.profile_head)
    assert head == claims.ProfileHead(number=2, digest="d" * 64)


def _recovery_code(database: Database) -> None:
    database.change(
        lambda c, names: c.execute(
            "INSERT INTO profile (key, recipient, told_by, told_boot, told_boottime_ms, "
            "told_wall_ms, told_offset_min, told_sync) VALUES (1, x'00', 'Matti', ?, ?, ?, ?, ?)",
            names.moment(AT),
        )
    )


def test_a_profile_is_never_shed(database: Database) -> None:
    """It goes out after everything about the resident, and is no telemetry all the same."""
    part = message(1, None, OutboxClass.PROFILE, b"x" * 1_000)
    database.record(batch(messages=[part]))
    assert database.status().heads.message == 1
    assert database._backlog.rows == 0


def test_carried_alerts_go_out_and_take_no_number_of_ours(path: Path) -> None:
    """Their bytes hold their own numbers; ours go on without a hole, also after a restart."""
    with Database.open(path) as database:
        database.record(batch(messages=[message(1)]))
        carried = [
            msgspec.structs.replace(message(sequence), id=f"old-{sequence}", body=b"%d" % sequence)
            for sequence in (118, 120)
        ]
        database.change(outbox.carry, carried, AT)
        database.change(outbox.carry, carried, AT)  # again, after a power cut: once
    with Database.open(path) as database:
        assert database.heads().message == 1
        database.record(batch(messages=[message(2)]))
        owed = database.owed(9)
        ours = ["message-000002", "message-000001"]
        assert [entry.id for entry in owed] == [*ours, "old-120", "old-118"]
        assert [entry.sequence for entry in owed] == [2, 1, -1, -2]
        assert database.mark_received(["old-120", "old-118"], AT) == ["old-120", "old-118"]


def test_a_new_box_may_carry_before_it_has_a_word_of_its_own(path: Path) -> None:
    """Its first own message is number 1 all the same."""
    with Database.open(path) as database:
        old = msgspec.structs.replace(message(118), id="old-118")
        database.change(outbox.carry, [old], AT)
    with Database.open(path) as database:
        assert database.heads().message == 0
        database.record(batch(messages=[message(1)]))
        assert [entry.sequence for entry in database.owed(9)] == [1, -1]


def test_a_restored_profile_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    """Beside the database, for its owner alone, until it was taken."""
    database = tmp_path / "home.db"
    assert restored.read(database) is None
    held = (Held(store_id="st-0", highest=121, missing=((118, 119),)),)
    one = Restored(
        request="r", replaces="gw-0000", number=3, digest="d", sealed=b"\x00" * 9, held=held
    )
    restored.keep(database, one)
    assert restored.read(database) == one
    assert restored.path_of(database).stat().st_mode & 0o777 == 0o600
    restored.keep(database, msgspec.structs.replace(one, number=4))
    found = restored.read(database)
    assert found is not None
    assert found.number == 4
    restored.drop(database)
    assert restored.read(database) is None
    assert list(tmp_path.iterdir()) == []
