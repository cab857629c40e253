"""Real processes on both ends of a line that is broken in every way."""
