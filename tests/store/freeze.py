"""Freeze the schema of this release, with rows in it, as `schemas/v<N>.sql`.

Run `python -m tests.store.freeze` once for every new migration. A file that
exists is a released schema and is never written again.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from edge.store.database import Database
from edge.store.migrations import MIGRATIONS
from tests.store.samples import AT, one_of_everything

SCHEMAS = Path(__file__).parent / "schemas"
STORE_ID = "00000000-0000-4000-8000-00000000f00d"


def dump(folder: Path) -> str:
    """Return a database of this release as SQL, the same in every run."""
    path = folder / "frozen.db"
    with Database.open(path, home="home-1", store_id=STORE_ID) as database:
        database.record(one_of_everything())
        database.mark_received(["message-000002"], AT)
        database.settle()  # a receipt of telemetry waits for a commit of something else
        database._connection.execute(
            "UPDATE _sqlite_migrations SET applied_at = '2026-03-02 12:00:00+00:00'"
        )
        lines = list(database._connection.iterdump())
    return "\n".join(lines) + "\n"


def main() -> int:
    target = SCHEMAS / f"v{len(MIGRATIONS)}.sql"
    if target.exists():
        print(f"{target} exists; a released schema is never changed, write a new migration")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        target.write_text(dump(Path(folder)), encoding="utf-8")
    print(f"wrote {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
