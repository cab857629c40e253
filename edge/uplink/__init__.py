"""What the home owes upstream: envelopes, their delivery, and the line they go over."""
