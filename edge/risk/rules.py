"""Codes that mean the same in every checklist, and of every item without an answer."""

NOT_APPLICABLE = "na"
FIXED = "fixed"

# Said of an item that has no answer to stand on; never an answer's code.
UNANSWERED = "unanswered"
UNKNOWN = "unknown"
DECLINED = "declined"
EXPIRED = "expired"
DOUBTS = (UNANSWERED, UNKNOWN, DECLINED, EXPIRED)
