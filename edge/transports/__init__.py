"""Transports: radio and serial lines. They own I/O, retry and watchdogs; they decode nothing."""
