"""Checklists, levels, features, and the model that runs in a process of its own."""
