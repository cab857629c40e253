"""Text messages through a serial GSM modem: the second path to people."""
