"""Asks people until one of them has the alert: by text message, by the home's own sounder.

`edge.escalation` says who and when; here is what it takes to do so and to survive a restart.
"""
