"""Input lines played from a script: what a pty, which has no modem lines, cannot be asked for.

The port has a time of its own, which moves only when somebody samples it, so a test of hours takes
milliseconds and a test of lateness says how late.
"""

from __future__ import annotations

import errno
import threading
import time
from bisect import bisect_right
from collections.abc import Iterable, Mapping

from edge.transports.inputs.contact_level import Sample

# A scripted port that has nothing left to say lets other threads run.
REST_S = 0.001
# A test that fails must not leave a thread behind for long.
STOP_MAX_S = 10.0

Edges = Iterable[tuple[float, bool]]


class ScriptedPort:
    """Implements `InputPort`. `lines` has each line's edges as (second, closed), open at first.

    `late` has moments at which the sampler is held up, with how long; `counts` is whether the
    driver counts edges; at `gone_s` every call fails as an unplugged adapter's does. At `stops_s`
    its time stands still until `go_on` is set; the script began `ago_s` before now.
    """

    def __init__(
        self,
        lines: Mapping[str, Edges],
        *,
        late: Iterable[tuple[float, float]] = (),
        counts: bool = True,
        gone_s: float = float("inf"),
        stops_s: float = float("inf"),
        ago_s: float = 0.0,
    ) -> None:
        self.now_s = 0.0
        self.closed = False
        self.go_on = threading.Event()
        self._stops_s = stops_s
        self._start_s = time.monotonic() - ago_s
        self._edges = {line: sorted(edges) for line, edges in lines.items()}
        self._late = sorted(late)
        self._counts = counts
        self._gone_s = gone_s
        ends = [at_s for edges in self._edges.values() for at_s, _ in edges]
        self._end_s = max([*ends, *(at_s + s for at_s, s in self._late)], default=0.0)

    @property
    def played(self) -> bool:
        """Whether the script is over, and every bounce after it."""
        return self.now_s > self._end_s + 5.0 or self.now_s >= self._gone_s

    def samples(self, wait_s: float) -> list[Sample]:
        if self.played:
            time.sleep(REST_S)
        if self.now_s >= self._stops_s:
            self.go_on.wait(STOP_MAX_S)
        before_s, self.now_s = self.now_s, self.now_s + wait_s
        while self._late and self._late[0][0] <= self.now_s:
            self.now_s += self._late.pop(0)[1]
        if self.now_s >= self._gone_s:
            raise OSError(errno.EIO, "unplugged")
        levels = {line: self._level(line, self.now_s) for line in self._edges}
        blinked = {
            line
            for line in self._edges
            if self._counts and self._between(line, before_s) - self._moved(line, before_s) > 1
        }
        return [Sample(self._start_s + self.now_s, levels, frozenset(blinked))]

    def close(self) -> None:
        self.closed = True

    def _level(self, line: str, at_s: float) -> bool:
        edges = self._edges[line]
        past = bisect_right(edges, at_s, key=lambda edge: edge[0])
        return edges[past - 1][1] if past else False

    def _between(self, line: str, before_s: float) -> int:
        return sum(before_s < at_s <= self.now_s for at_s, _ in self._edges[line])

    def _moved(self, line: str, before_s: float) -> bool:
        return self._level(line, before_s) is not self._level(line, self.now_s)


def pulse(at_s: float, for_s: float, *, bounces: int = 0) -> list[tuple[float, bool]]:
    """A closing with `bounces` blips of a millisecond at both of its ends."""
    edges = [(at_s, True), (at_s + for_s, False)]
    for n in range(bounces):
        away_s = 0.002 * (n + 1)
        edges += [(at_s + away_s, False), (at_s + away_s + 0.001, True)]
        edges += [(at_s + for_s + away_s, True), (at_s + for_s + away_s + 0.001, False)]
    return sorted(edges)
