from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from edge.errors import StoreBusyError, StoreError
from edge.ports import Batch, Store
from edge.store.database import Database
from edge.store.store import REQUESTS_MAX, SqliteStore
from tests.store.samples import AT, BUTTON, alert, batch, message, one_of_everything, reading


async def test_it_is_the_store_of_the_ports(path: Path) -> None:
    """The four promises of the port, through the thread, and everything beside them."""
    told = one_of_everything()
    async with await SqliteStore.open(path, home="home-1") as opened:
        store: Store = opened
        await store.record(told)
        assert (await store.heads()).observation == 5
        assert await store.owed(1) == [message(1)]
        assert await store.mark_received(["message-000001", "other"], AT) == ["message-000001"]
        assert await opened.devices() == list(told.enrolled)
        assert await opened.driver_states() == dict(told.driver_states)
        assert await opened.snapshot() == (told.home, 5)
        assert len(await opened.observations(2, 2)) == 2
        assert len(await opened.latest_observations()) == 4 - 1
        assert await opened.alerts(open_only=True) == [alert(1)]
        assert await opened.alert("alert-0001") == alert(1)
        assert len(await opened.alert_history("alert-0002")) == 2
        assert await opened.answers("fire") == list(told.answers)
        assert await opened.last_assessments() == list(told.assessments)
        assert await opened.visits() == list(told.visits)
        assert await opened.stays() == list(told.stays)
        assert await opened.shed() == []
        assert [c.rows for c in await opened.outbox_counts()] == [1]
        assert (await opened.prune(AT)).doubt is None
        assert (await opened.status(check=True)).integrity == "ok"


async def test_batches_are_stored_in_the_order_of_the_calls(path: Path) -> None:
    """Far more callers than the line has places: each batch still follows the one before."""
    count = 5 * REQUESTS_MAX
    async with await SqliteStore.open(path) as store:
        async with asyncio.TaskGroup() as tasks:
            for n in range(count):
                tasks.create_task(store.record(batch(n, observations=[reading(n)])))
        kept = await store.observations(0, count)
    assert [o.value for _, o in kept] == list(range(count))


async def test_a_batch_goes_before_the_reads_that_wait(path: Path) -> None:
    """An alarm waits for the request at work, not for the status page's dozen."""
    order: list[str] = []
    gate = threading.Event()

    async def ask(name: str, call: Any) -> None:
        await call
        order.append(name)

    async with await SqliteStore.open(path) as store, asyncio.TaskGroup() as tasks:
        tasks.create_task(store._ask(store._others, lambda _: gate.wait(5)))
        await asyncio.sleep(0)
        for n in range(5):
            tasks.create_task(ask(f"read {n}", store.status()))
        tasks.create_task(ask("record", store.record(batch(alerts=[alert()]))))
        await asyncio.sleep(0)
        gate.set()
    assert order == ["record", *(f"read {n}" for n in range(5))]


async def test_waiting_requests_are_bounded(path: Path) -> None:
    """A stuck disk makes callers wait; it does not fill memory."""
    gate = threading.Event()
    async with await SqliteStore.open(path) as store:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(store._ask(store._others, lambda _: gate.wait(5)))
            for n in range(3 * REQUESTS_MAX):
                tasks.create_task(store.record(batch(n, observations=[reading(n)])))
            for _ in range(10):
                await asyncio.sleep(0)
            assert len(store._batches) + len(store._others) <= REQUESTS_MAX
            gate.set()
        assert (await store.heads()).observation == 3 * REQUESTS_MAX


async def test_a_refused_batch_stores_nothing_and_the_store_goes_on(path: Path) -> None:
    """One bad value is one caller's error."""
    async with await SqliteStore.open(path) as store:
        with pytest.raises(StoreError, match="a value does not fit"):
            await store.record(batch(observations=[reading(2**63)], alerts=[alert()]))
        assert await store.alerts() == []
        await store.record(batch(observations=[reading(1)]))
        assert (await store.heads()).observation == 1


async def test_close_does_what_was_asked_and_then_refuses(path: Path) -> None:
    """A stop loses no batch that was already given."""
    store = await SqliteStore.open(path)
    given = [
        asyncio.ensure_future(store.record(batch(n, messages=[message(n + 1)]))) for n in range(9)
    ]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*given)
    with pytest.raises(StoreError, match="the store is closed"):
        await store.heads()
    await store.close()
    await store.watch()
    with Database.open(path) as database:
        assert database.heads().message == 9


async def test_a_dead_thread_is_told_to_everyone(path: Path) -> None:
    """Nobody waits for ever on a store that is gone, and the watcher ends the process."""

    def die(_: Database) -> None:
        raise MemoryError

    store = await SqliteStore.open(path)
    with capture_logs() as logs:
        watcher = asyncio.ensure_future(store.watch())
        calls = [
            store._ask(store._batches, die),
            store.record(batch(alerts=[alert()])),
            store.heads(),
        ]
        results = await asyncio.gather(*calls, return_exceptions=True)
        for result in [*results, *await asyncio.gather(watcher, return_exceptions=True)]:
            assert isinstance(result, StoreError)
            assert "died of MemoryError" in str(result)
        with pytest.raises(StoreError, match="died of MemoryError"):
            await store.owed(1)
        with pytest.raises(StoreError, match="died of MemoryError"):
            await store.close()
    assert [line["event"] for line in logs] == ["store_thread_died"]
    with Database.open(path) as database:
        assert database.alerts() == []


async def test_opening_refuses_as_the_database_does(path: Path) -> None:
    """The start-up error keeps its class: busy is not broken."""
    with Database.open(path), pytest.raises(StoreBusyError, match="owns this database"):
        await SqliteStore.open(path)
    with pytest.raises(StoreError, match="No such file"):
        await SqliteStore.open(path.parent / "absent" / "home.db")
    await (await SqliteStore.open(path)).close()


async def test_a_cancelled_caller_breaks_nothing(path: Path) -> None:
    """Its batch may be stored or not; the others' answers come all the same."""
    async with await SqliteStore.open(path) as store:
        cancelled = asyncio.ensure_future(store.record(batch(observations=[reading(1)])))
        await asyncio.sleep(0)
        cancelled.cancel()
        heads = await store.heads()
        await store.record(batch(heads.observation, observations=[reading(2)]))
        assert [o.value for _, o in await store.observations(0, 9)][-1] == 2
        for _ in range(2 * REQUESTS_MAX):
            await store.heads()


async def test_the_connection_lives_in_one_thread(path: Path) -> None:
    """SQLite objects are made, used and closed by the store's own thread."""
    async with await SqliteStore.open(path) as store:
        names = {
            await store._ask(store._others, lambda _: threading.current_thread().name)
            for _ in range(3)
        }
        assert names == {"store"}
        await store.record(Batch(at=AT, first_observation=1, enrolled=[BUTTON]))
    assert "store" not in {thread.name for thread in threading.enumerate()}


async def test_the_pause_after_a_batch_is_used_for_the_checkpoint(path: Path) -> None:
    """The log goes back into the file between two commits; a failure is logged, not lost."""
    async with await SqliteStore.open(path) as store:
        tidied: list[int] = []

        def spy(database: Database) -> None:
            def fail() -> None:
                tidied.append(1)
                raise StoreError("no room")

            database.tidy = fail  # type: ignore[method-assign]

        with capture_logs() as logs:
            await store._ask(store._others, spy)
            for _ in range(1_000):  # until the thread has had a pause
                await store.heads()
                await asyncio.sleep(0.001)
                if logs:
                    break
        assert tidied
        assert {line["event"] for line in logs} == {"store_checkpoint_failed"}
