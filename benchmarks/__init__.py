"""Measurements, each beside the machine's own limit in the same run. `make bench`."""
