"""The places whose activations count, and the day's hours by which they are counted."""

from __future__ import annotations

# The order is part of the model: a place's number is its index here.
PLACES = (
    "back-door",
    "bathroom",
    "bedroom",
    "fridge-door",
    "front-door",
    "hallway",
    "kitchen",
    "lounge",
)
DOORS = (PLACES.index("back-door"), PLACES.index("front-door"))
HALLWAY = PLACES.index("hallway")

HOUR_S = 3600
DAY_S = 24 * HOUR_S
DAY_H = 24

# Blocks of six hours: night, morning, afternoon, evening.
BLOCK_H = 6
BLOCKS = ("night", "morning", "afternoon", "evening")

# Windows of the day, in local hours from and until. The labels of the training data were given at
# 8, 12 and 18 o'clock: a window that begins or ends there would learn the rounds of those who
# labelled. Only the plain blocks of six hours touch them.
WINDOWS = {
    "night": (0, 6),
    "dawn": (4, 7),
    "forenoon": (6, 11),
    "evening": (19, 24),
    "late": (22, 24),
}

# A place was seen by a sensor when it had an activation on the day or in so many days before it:
# a home without a sensor in the lounge is not a home where nobody sits there.
SEEN_DAYS = 21
