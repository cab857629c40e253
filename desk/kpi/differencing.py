"""Which sums may be told beside each other so that no difference tells a small number. Pure.

A quarter less two of its months is the third month; all areas less all but one is that area. Each
sum that is told is an equation over the counts of single areas and months; a sum that would make a
secret follow from all that is told is not told.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction

# By unknown count (an area and a month): how often it stands in the sum.
Sum = Mapping[Hashable, int]
_Row = dict[Hashable, Fraction]


def plain_sum(counts: Iterable[Hashable]) -> Sum:
    return dict.fromkeys(counts, 1)


class Told:
    """All sums that are told (rows in echelon form), and what is left unknown of each secret."""

    def __init__(self, secrets: Iterable[Sum]) -> None:
        self._rows: dict[Hashable, _Row] = {}
        self._secrets = [row for one in secrets if (row := self._left(one))]

    def would_tell(self, one: Sum) -> bool:
        """Whether a secret follows once `one` is told too; what follows already tells nothing."""
        row = self._left(one)
        return bool(row) and any(_are_parallel(row, secret) for secret in self._secrets)

    def tell(self, one: Sum) -> None:
        row = self._left(one)
        if not row:
            return
        pivot, factor = next(iter(row.items()))
        row = {count: value / factor for count, value in row.items()}
        for other in (*self._rows.values(), *self._secrets):
            _eliminate(other, pivot, row)
        self._rows[pivot] = row
        self._secrets = [secret for secret in self._secrets if secret]

    def _left(self, one: Sum) -> _Row:
        """What of a sum does not follow from what is told."""
        row = {count: Fraction(times) for count, times in one.items() if times}
        for count in [count for count in row if count in self._rows]:
            _eliminate(row, count, self._rows[count])
        return row


def _eliminate(row: _Row, pivot: Hashable, by: _Row) -> None:
    factor = row.get(pivot)
    if factor is None:
        return
    for count, value in by.items():
        left = row.get(count, Fraction(0)) - factor * value
        if left:
            row[count] = left
        else:
            row.pop(count, None)


def _are_parallel(one: _Row, other: _Row) -> bool:
    if one.keys() != other.keys():
        return False
    count = next(iter(one))
    factor = one[count] / other[count]
    return all(value == factor * other[count] for count, value in one.items())
