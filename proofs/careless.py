"""The gateway with one mutation: its database does not wait for the disk. A proof must catch it.

python -m proofs.careless run --config FILE
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from edge.cli.main import main
from edge.store import connection, database


def connect(path: Path, *, exclusive: bool) -> sqlite3.Connection:
    """As the gateway's own, but commits reach the disk with the next checkpoint."""
    opened = connection.connect(path, exclusive=exclusive)
    opened.execute("PRAGMA synchronous = NORMAL")
    return opened


if __name__ == "__main__":
    database.connect = connect  # type: ignore[attr-defined]  # the mutation
    main()
