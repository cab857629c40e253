"""A read-only, failing or corrupt disk: alerts live in memory, and go back when it is mended."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from edge.domain import AlertState
from edge.errors import StoreError
from edge.ports import Batch
from edge.store import aside
from edge.store.bounds import Bounds
from edge.store.database import Database
from edge.store.held import join
from edge.store.steadfast import PROBE_AFTER_MS, RETRY_MS, Steadfast
from edge.store.store import SqliteStore
from tests.store import disks
from tests.store.samples import (
    AT,
    BUTTON,
    CLIMATE,
    alert,
    batch,
    message,
    one_of_everything,
    reading,
    telemetry,
)
from tests.store.test_disk_full import later, one_alert
from tests.support.clock import instant

pytestmark = pytest.mark.filterwarnings(disks.TOLD)

SMALL = Bounds(ballast_bytes=64 * 1024, ballast_piece_bytes=64 * 1024)


class Card:
    """Stands between the store and its disk, and refuses as SQLite does when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.code: int | None = None
        for name in ("record", "mark_received", "probe", "prune", "make_room"):
            monkeypatch.setattr(Database, name, self._guarded(getattr(Database, name)))

    def _guarded(self, call: Callable[..., object]) -> Callable[..., object]:
        def guarded(database: Database, *args: object, **kwargs: object) -> object:
            if self.code is not None:
                fault = {sqlite3.SQLITE_READONLY: "read_only", sqlite3.SQLITE_IOERR: "io"}
                raise StoreError("the card refuses", fault[self.code])
            return call(database, *args, **kwargs)

        return guarded


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    return Card(monkeypatch)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR])
def test_what_the_disk_refuses_is_owed_from_memory_and_stored_later(
    path: Path, card: Card, code: int
) -> None:
    """300 alerts in memory, none called stored, newest first; a receipt counts; all come back."""
    with Steadfast.open(path, mend=True, bounds=SMALL) as store:
        assert one_alert(store, 1, 0)
        card.code = code
        assert not any(one_alert(store, n, 1) for n in range(2, 302))
        state = store.check(later(1))
        assert state.trouble in ("read_only", "io")
        assert state.held_alerts == 300
        assert [e.sequence for e in store.owed(3)] == [301, 300, 299]
        assert sum(c.rows for c in store.outbox_counts()) == 301
        received = ["message-000001", "message-000300", "message-000999"]
        assert store.mark_received(received, later(1)) == received[:2]
        assert store.mark_received(received, later(1)) == []
        assert [e.sequence for e in store.owed(2)] == [301, 299]
        card.code = None
        assert store.check(later(2)).trouble == ""
        assert one_alert(store, 302, 3)
    with Database.open(path) as database:
        assert len(database.alerts()) == 302
        assert len(database.observations(0, 400)) == 302
        owed = [e.sequence for e in database.owed(400)]
        assert owed == [302, 301, *range(299, 1, -1)]


def test_memory_has_bounds_and_numbers_are_given_out_once(path: Path, card: Card) -> None:
    """Telemetry goes first, then what is received; what went is recorded, numbers go on."""
    tight = msgspec.structs.replace(
        SMALL, held_rows=10, held_telemetry=2, held_alerts=3, held_revisions=4
    )
    with Steadfast.open(path, mend=True, bounds=tight) as store:
        card.code = sqlite3.SQLITE_IOERR
        for n in range(1, 7):
            one_alert(store, n, 1)
            heads = store.heads()
            store.record(
                batch(
                    heads.observation,
                    observations=[reading(1.0), reading(2.0)],
                    messages=[telemetry(heads.message + 1)],
                    at=later(1),
                )
            )
            if n == 2:
                store.mark_received(["message-000001", "message-000003"], later(1))
        card.code = None
        assert store.check(later(2)).trouble == ""
        assert (store.heads().observation, store.heads().message) == (18, 12)
        shed = {line.what: line for line in store.database.shed()}
        assert {line.reason for line in shed.values()} == {"no_disk"}
        assert (shed["observation"].rows, shed["observation"].first) == (8, 1)
        assert (shed["telemetry"].rows, shed["telemetry"].last) == (4, 8)
        assert shed["alert"].rows == 1
    with Database.open(path) as database:
        assert (database.heads().observation, database.heads().message) == (18, 12)
        assert {e.sequence for e in database.owed(20)} == {7, 9, 10, 11, 12}


def test_batches_join_in_their_order() -> None:
    """A device removed after it was enrolled stays removed; one enrolled anew is there."""
    first = batch(enrolled=[BUTTON, CLIMATE], driver_states={"help-button": b"1"})
    gone = join(first, batch(removed=["help-button"], at=later(1)))
    assert ([d.id for d in gone.enrolled], gone.driver_states) == (["climate-1"], {})
    back = join(gone, batch(enrolled=[BUTTON], driver_states={"help-button": b"2"}))
    assert [d.id for d in back.enrolled] == ["climate-1", "help-button"]
    assert back.driver_states == {"help-button": b"2"}
    everything = join(one_of_everything(), batch(5))
    plain = one_of_everything()
    for field in Batch.__struct_fields__:
        kept, told = getattr(everything, field), getattr(plain, field)
        if not isinstance(told, bytes | int | dict) and field not in ("at", "profile"):
            assert list(kept) == list(told), field


@pytest.mark.timeout(60)
def test_a_disk_that_turns_read_only_under_the_gateway(tmp_path: Path) -> None:
    """The kernel gives up on the card: 256 alerts are in memory, the fault is seen at a look."""
    if not disks.can_mount():
        return
    with disks.disk(tmp_path) as disk:
        path = disk.folder / "home.db"
        with Steadfast.open(path, mend=True, bounds=SMALL) as store:
            assert one_alert(store, 1, 0)
            disk.abort()
            assert store.check(later(1)).trouble in ("read_only", "io")
            assert not any(one_alert(store, n, 1) for n in range(2, 258))
            assert store.check(later(2)).held_alerts == 256
            assert len(store.owed(500)) == 257
            assert len(store.database.alerts()) == 1


@pytest.mark.timeout(60)
@pytest.mark.parametrize("copied", [True, False])
def test_a_gateway_starts_on_a_read_only_disk_and_comes_back(tmp_path: Path, copied: bool) -> None:
    """The home is read from the card into memory; once it can be written, nothing is missing."""
    if not disks.can_mount():
        return
    bounds = SMALL if copied else msgspec.structs.replace(SMALL, copy_bytes=0)
    with disks.disk(tmp_path) as disk:
        path = disk.folder / "home.db"
        with Database.open(path, home="home-1") as database:
            database.record(one_of_everything())
            before = database.heads()
        disks.run("mount", "-o", "remount,ro", str(disk.folder))
        with pytest.raises(StoreError) as refused:
            Steadfast.open(path, bounds=bounds)
        assert refused.value.fault == "read_only"
        with Steadfast.open(path, mend=True, at=AT, home="home-1", bounds=bounds) as store:
            assert (store.heads() == before) is copied
            known = store.database.devices() or list(store.salvaged.devices)
            assert [d.id for d in known] == ["help-button", "climate-1"]
            heads = store.heads()
            pressed = msgspec.structs.replace(message(heads.message + 1), id="pressed")
            assert not store.record(
                batch(heads.observation, alerts=[alert(9)], messages=[pressed], at=later(1))
            )
            assert store.check(later(1)).trouble == "read_only"
            assert store.owed(9)[0].id == "pressed"
            disks.run("mount", "-o", "remount,rw", str(disk.folder))
            state = store.check(later(2))
            assert state.moved is not copied
        with Database.open(path, home="home-1") as database:
            assert database.alert("alert-0009") is not None
            owed = {e.sequence for e in database.owed(9)}
            assert owed == ({1, 2, 3} if copied else {1, 2, -1})
    assert not list(aside._MEMORY.glob("kotivahti-*"))


def _flip(path: Path, at: int, count: int = 64) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        old = file.read(count)
        file.seek(at)
        file.write(bytes(byte ^ 0x55 for byte in old))


@pytest.mark.parametrize("at", [0, 28, 100, 4096 * 2, 4096 * 5])
def test_a_corrupt_database_is_set_aside_with_when_and_why(path: Path, at: int) -> None:
    """Flipped bits in header and pages: a new store under a new id, the old file kept."""
    with Database.open(path, home="home-1") as database:
        database.record(one_of_everything())
        old = database.heads().store_id
    _flip(path, at)
    with Steadfast.open(path, mend=True, at=AT, home="home-1", bounds=SMALL) as store:
        try:
            store.record(batch(store.heads().observation, observations=[reading(2.0)]))
            store.owed(9)
        except StoreError as error:  # none: of the broken page nobody has read yet
            store.spoilt(error)
        if store.trouble == "corrupt":
            store.replace(batch(store.heads().observation, enrolled=[BUTTON], home=b"home"))
            assert store.moved
        if aside.set_aside_before(path):
            (name,) = store.check(later(1)).aside
            assert name.startswith("home.db.corrupt-20260302T120000Z-")
            assert store.database.heads().store_id != old
            assert store.database.status(check=True).integrity == "ok"


def test_a_corruption_in_use_begins_anew_with_what_is_known(path: Path) -> None:
    """The open alert goes on, its message keeps id and bytes, nothing of the old file is sent."""
    with Steadfast.open(path, mend=True, at=AT, bounds=SMALL) as store:
        store.record(one_of_everything())
        store.spoilt(StoreError("a page is broken", "corrupt"))
        pressed = message(3, body=b"told in the bad hour")
        assert not store.record(
            batch(5, alerts=[alert(7)], messages=[pressed], home=b"then", at=later(1))
        )
        assert store.check(later(2)).trouble == "corrupt"
        store.replace(
            batch(
                store.heads().observation,
                enrolled=[BUTTON],
                driver_states={"help-button": b"counter"},
                alerts=[alert(7), alert(1)],
                messages=[message(4, body=b"alert 1, as it is")],
                home=b"now",
                at=later(3),
            )
        )
        assert store.check(later(3)).moved
        assert "message-000003" in [e.id for e in store.owed(9)]
        # Until the process begins anew, what happens is stored in the new file at once.
        last = message(5, body=b"told before the restart")
        assert store.record(batch(5, alerts=[alert(8)], messages=[last], at=later(3)))
        assert store.mark_received(["message-000004"], later(3)) == ["message-000004"]
    with Database.open(path) as fresh:
        assert fresh.heads().message == 0
        assert {(e.id, e.body) for e in fresh.owed(9)} == {
            ("message-000003", b"told in the bad hour"),
            ("message-000005", b"told before the restart"),
        }
        assert fresh.devices() == [BUTTON]
        assert fresh.driver_states() == {"help-button": b"counter"}
        assert fresh.snapshot() == (b"now", 0)
        assert {a.id for a in fresh.alerts()} == {"alert-0007", "alert-0001", "alert-0008"}
        assert all(a.state is AlertState.RAISED for a in fresh.alerts())


def test_a_corrupt_file_that_cannot_be_renamed_stops_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card is read-only as well: the gateway goes on in memory until it can."""
    path.write_bytes(b"no database, but longer than the hundred bytes of a header" * 9)
    real = Path.rename

    def refuse(source: Path, target: Path) -> Path:
        raise OSError(errno.EROFS, "Read-only file system", str(source), str(target))

    monkeypatch.setattr(Path, "rename", refuse)
    with Steadfast.open(path, mend=True, at=AT, bounds=SMALL) as store:
        assert not one_alert(store, 1, 1)
        assert len(store.owed(9)) == 1
        monkeypatch.setattr(Path, "rename", real)
        assert store.check(later(2)).moved
    with Database.open(path) as database:
        assert database.alert("alert-0001") is not None
        assert [e.id for e in database.owed(9)] == ["message-000001"]
    assert len(aside.set_aside_before(path)) == 1


def test_a_killed_process_leaves_one_copy_at_most(path: Path) -> None:
    """A gateway that is restarted again and again on a dead card must not fill the memory."""
    path.write_bytes(b"home")
    left = aside.copy_to_memory(path, Bounds())
    copy = aside.copy_to_memory(path, Bounds())
    assert left is not None
    assert copy is not None
    assert not left.exists()
    assert copy.read_bytes() == b"home"
    assert copy.parent.stat().st_mode & 0o077 == 0
    aside.forget_copy(copy)
    assert not copy.parent.exists()


def test_at_most_two_files_are_kept_aside(path: Path) -> None:
    """Each may be as large as the card is: the oldest goes."""
    for n in range(4):
        path.write_bytes(b"broken")
        aside.set_aside(path, "in-use", instant(n * 1_000), Bounds())
    names = [one.name for one in aside.set_aside_before(path)]
    assert names == [f"home.db.corrupt-20260302T12000{n}Z-in-use" for n in (2, 3)]


async def test_a_read_that_finds_the_damage_stops_the_storing(path: Path) -> None:
    """Whoever meets the broken page: from then on nothing more is trusted to the file."""
    async with await SqliteStore.open(path, mend=True, bounds=SMALL) as store:
        await store.record(one_of_everything())

        def broken(*_: object) -> None:
            raise sqlite3.DatabaseError("database disk image is malformed")

        with pytest.raises(StoreError):
            await store.look(broken)
        assert await store.record(batch(5, at=later(1)))  # an error without a code proves nothing

        def corrupt(*_: object) -> None:
            raise StoreError("malformed", "corrupt")

        with pytest.raises(StoreError):
            await store.look(corrupt)
        assert not await store.record(batch(5, at=later(1)))
        assert (await store.check(later(1))).trouble == "corrupt"


def test_a_retry_waits_and_a_quiet_disk_is_probed(path: Path, card: Card) -> None:
    """A burst does not beat a dead card; a home where nothing happens still sees it die."""
    with Steadfast.open(path, mend=True, bounds=SMALL) as store:
        assert one_alert(store, 1, 0)
        card.code = sqlite3.SQLITE_IOERR
        assert store.check(instant(PROBE_AFTER_MS - 1)).trouble == ""
        assert store.check(instant(PROBE_AFTER_MS)).trouble == "io"
        assert not store.record(batch(1, alerts=[alert(2)], at=instant(PROBE_AFTER_MS)))
        card.code = None
        assert store.record(batch(1, alerts=[alert(3)], at=instant(PROBE_AFTER_MS + RETRY_MS)))
        assert store.check(instant(PROBE_AFTER_MS + RETRY_MS)).trouble == ""
