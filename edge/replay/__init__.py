"""Recorded homes, run through the gateway's own rules, store and coverage under a virtual clock."""
