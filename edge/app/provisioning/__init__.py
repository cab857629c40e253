"""Whose box this is, and how its home comes onto another: claims, sealed profiles, taking over."""
