from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from edge.domain import Secret
from edge.errors import StoreError
from edge.store.database import Database
from tests.store.samples import BUTTON, CLIMATE, KEY, batch, reading
from tests.support.clock import instant

HISTORY = (
    "SELECT device.id, address, enrolled_boottime_ms, removed_boottime_ms, secret IS NULL "
    "FROM enrolment JOIN device ON device.key = enrolment.device ORDER BY enrolment.key"
)


def test_the_same_enrolment_again_changes_nothing(database: Database) -> None:
    """Every start tells the site's devices; that is no history."""
    for _ in range(2):
        database.record(batch(enrolled=[BUTTON, CLIMATE], driver_states={"help-button": b"7"}))
    assert len(database._connection.execute(HISTORY).fetchall()) == 2
    assert database.devices() == [BUTTON, CLIMATE]
    assert database.driver_states() == {"help-button": b"7"}


def test_a_moved_device_keeps_its_state_and_its_history(database: Database) -> None:
    """Another room is the same device: its replay counter must stand."""
    database.record(batch(enrolled=[BUTTON], driver_states={"help-button": b"7"}))
    moved = msgspec.structs.replace(BUTTON, room="lounge")
    database.record(batch(at=instant(5), enrolled=[moved]))
    assert database.devices() == [moved]
    assert database.driver_states() == {"help-button": b"7"}
    first, second = database._connection.execute(HISTORY).fetchall()
    assert (first[3], second[2], second[3]) == (second[2], instant(5).boottime_ms, None)


@pytest.mark.parametrize(
    "change", [{"key": Secret(b"k" * 16)}, {"address": "A4:C1:38:00:00:02"}, {"driver": "other"}]
)
def test_another_thing_under_the_same_name_starts_anew(
    database: Database, change: dict[str, object]
) -> None:
    """A replaced button counts from zero; the old one's counter would refuse all its frames."""
    database.record(batch(enrolled=[BUTTON], driver_states={"help-button": b"7"}))
    database.record(batch(enrolled=[msgspec.structs.replace(BUTTON, **change)]))
    assert database.driver_states() == {}


def test_a_removed_device_leaves_its_rows_but_not_its_key(database: Database, path: Path) -> None:
    """What it observed stays; its secret has no purpose any more."""
    seen = reading(device="help-button")
    database.record(batch(enrolled=[BUTTON], observations=[seen]))
    assert KEY in path.with_name("home.db-wal").read_bytes()
    database.record(batch(database, at=instant(5), removed=["help-button", "never-enrolled"]))
    assert database.devices() == []
    assert [o for _, o in database.observations(0, 9)] == [seen]
    ((*_, removed, is_wiped),) = database._connection.execute(HISTORY).fetchall()
    assert (removed, is_wiped) == (instant(5).boottime_ms, 1)
    database.close()
    assert KEY not in path.read_bytes()


def test_keys_never_show(path: Path) -> None:
    """Neither a log line, a status, an error nor a representation carries a device's key."""
    with capture_logs() as logs, Database.open(path) as database:
        database.record(batch(enrolled=[BUTTON]))
        with pytest.raises(StoreError) as refusal:
            database.record(batch(enrolled=[msgspec.structs.replace(BUTTON, label="\ud800")]))
        shown = [
            repr(database.devices()),
            repr(database),
            json.dumps(msgspec.to_builtins(database.status(check=True))),
            f"{refusal.value!r} {refusal.value.__cause__!r}",
            repr(logs),
        ]
        assert database.devices()[0].key == Secret(KEY)
    for text in shown:
        assert KEY.hex() not in text.lower()
        assert repr(KEY)[2:-1] not in text


def test_only_the_owner_may_read_the_files(database: Database, path: Path) -> None:
    """Database, log and lock hold keys and a home's life: mode 0600, whatever the umask."""
    database.record(batch(enrolled=[BUTTON]))
    for name in ("home.db", "home.db-wal", "home.db.lock"):
        assert path.with_name(name).stat().st_mode & 0o777 == 0o600
