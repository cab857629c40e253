"""The virtual home: a process of its own that speaks by radio and serial lines only."""
