"""The room locator in a living home: what is heard of worn tags, and what comes of it."""
