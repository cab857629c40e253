"""`kotivahti outbox` at the terminal: what is parked, and sending it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.locale import LANGUAGES
from edge.store.database import Database
from tests.cli.test_life import Terminal
from tests.store.samples import batch, message

ID = "message-000001"


@pytest.fixture
def term(tmp_path: Path) -> Terminal:
    terminal = Terminal(tmp_path)
    with Database.open(tmp_path / "home.db", home="site-88") as database:
        database.record(batch(messages=[message(1, body=b"a body that nobody shows"), message(2)]))
        for _ in range(5):
            database.refuse(ID, "schema: data.alert is missing")
    return terminal


def test_a_parked_message_is_listed_with_its_reason_and_never_its_body(term: Terminal) -> None:
    """What a person needs to mend it; status counts it, and does not count it as owed."""
    (row,) = term.json("outbox", "list")
    assert (row["id"], row["refusals"]) == (ID, 5)
    assert row["reason"] == "schema: data.alert is missing"
    for lang in LANGUAGES:
        said = term.run("outbox", "list", lang=lang).stdout
        assert ID in said
        assert "data.alert is missing" in said
        assert "nobody shows" not in said
    status = term.json("status")
    assert (status["parked"], [row["count"] for row in status["outbox"]]) == (1, [1])
    assert "refused   1 messages" in term.run("status").stdout


def test_it_is_owed_again_when_somebody_says_so(term: Terminal) -> None:
    """One by its id, or all; exit codes tell a wrong call from nothing to do."""
    assert term.run("outbox", "retry").exit_code == 2
    assert term.run("outbox", "retry", ID, "--all").exit_code == 2
    assert term.run("outbox", "retry", "message-000002").exit_code == 1
    assert term.json("outbox", "retry", ID) == {"count": 1}
    assert term.json("outbox", "list") == []
    assert "No message" in term.run("outbox", "list").stdout
    assert term.json("outbox", "retry", "--all") == {"count": 0}
    with Database.open(term.folder / "home.db") as database:
        assert {entry.id for entry in database.owed(9)} == {ID, "message-000002"}
