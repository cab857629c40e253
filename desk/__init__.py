"""The coordinator's side: takes what the homes send, and what named persons decide."""
