"""Insert any number of rows by one statement.

`executemany` steps once a row, and Python's sqlite3 lets go of the interpreter
lock around every step. While the event loop computes, each step then waits a
whole switch interval (5 ms) to get it back: 500 rows that take 2 ms in a quiet
process took 2.3 s in a busy one, and an alarm behind them waited as long. One
statement over all the rows lets go once: 18 ms.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

# A statement exists per size and is kept by sqlite3's statement cache (0.7 MB for the largest
# of 15 columns), so rows are padded to the next size; a row of NULLs is filtered out.
SIZES = (1, 4, 16, 64, 256, 512)


class MultiRow:
    """`INSERT INTO <into> ...` for rows of `width` columns, the first of which is never NULL."""

    def __init__(self, into: str, width: int, conflict: str = "") -> None:
        row = "(" + ",".join("?" * width) + ")"
        self._width = width
        self._statements = [
            # The texts are constants of this package; every value is a parameter.
            f"INSERT INTO {into} SELECT * FROM (VALUES {','.join([row] * size)}) "  # noqa: S608
            f"WHERE column1 IS NOT NULL {conflict}"
            for size in SIZES
        ]

    def insert(self, connection: sqlite3.Connection, values: Sequence[Any]) -> None:
        """Insert `values`, all columns of all rows in one flat sequence."""
        span = SIZES[-1] * self._width
        for start in range(0, len(values), span):
            part = values[start : start + span]
            rows = len(part) // self._width
            index = next(i for i, size in enumerate(SIZES) if rows <= size)
            padding = (None,) * ((SIZES[index] - rows) * self._width)
            connection.execute(self._statements[index], (*part, *padding))
