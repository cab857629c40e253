"""The alert of our own that goes the whole way every day, and the digest of what was sent."""
