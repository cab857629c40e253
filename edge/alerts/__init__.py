"""Rules and the life cycle of alerts (pure)."""
