"""`python -m edge.sim home --dir DIR`."""

from __future__ import annotations

from edge.sim.cli import sim

if __name__ == "__main__":
    sim(prog_name="python -m edge.sim")
