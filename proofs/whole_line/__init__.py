"""The whole line from a frame's bytes to the desk's tables, in one process and virtual time."""
