"""The conformance kit: what every driver must hold, ours and a stranger's alike."""
