"""Proofs of what the gateway promises, each with its figures and limits. `make proofs`."""
