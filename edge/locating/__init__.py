"""The room locator's mathematics: from received levels to a room, "unknown", "near" or "away".

Pure: what was heard and when are arguments, a fit and a track are records.
"""

from edge.locating.codec import FORMAT, FitCodecError, decode_fit, encode_fit
from edge.locating.fitting import FitError, fit
from edge.locating.following import follow, likelihoods, strangers
from edge.locating.records import (
    BY_WINDOW,
    LIVE,
    SLOT_MS,
    WINDOW_MS,
    Evidence,
    EvidenceKind,
    Expected,
    Fit,
    Pace,
    Place,
    PlaceKind,
    RoomScore,
    Sample,
    Sighting,
    Track,
)

__all__ = [
    "BY_WINDOW",
    "FORMAT",
    "LIVE",
    "SLOT_MS",
    "WINDOW_MS",
    "Evidence",
    "EvidenceKind",
    "Expected",
    "Fit",
    "FitCodecError",
    "FitError",
    "Pace",
    "Place",
    "PlaceKind",
    "RoomScore",
    "Sample",
    "Sighting",
    "Track",
    "decode_fit",
    "encode_fit",
    "fit",
    "follow",
    "likelihoods",
    "strangers",
]
