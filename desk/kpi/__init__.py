"""Figures of the service by area: what it found, what was done about it, and how often it called.

Never per employee: nothing here reads an account, and no figure stands on fewer than five homes.
"""
