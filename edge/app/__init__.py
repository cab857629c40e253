"""The composition root: builds, starts and stops the one process of a home."""
