"""The state of one home and its coverage (pure records and the steps that change them)."""
