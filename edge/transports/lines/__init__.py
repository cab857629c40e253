"""Serial lines: ports, their names, and which device hangs on which."""
