"""Tables of what every home proves each day: the way of an alert, and that nothing is missing."""

from __future__ import annotations

PROOF = (
    # alerts by which gateways prove their way; they stand among no alerts
    """CREATE TABLE proof (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    cause TEXT NOT NULL,
    sync TEXT NOT NULL,
    raised_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX proof_received ON proof (source, received_ms)",
    # what a home says that it numbered in one stretch, in its newest revision; state: complete,
    # counted, missing, different; lacking: numbers that have not come
    """CREATE TABLE digest (
    source TEXT NOT NULL,
    store_id TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    day TEXT NOT NULL,
    state TEXT NOT NULL,
    lacking INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    settled_ms INTEGER,
    body BLOB NOT NULL,
    PRIMARY KEY (source, store_id, first)
) STRICT""",
    # the ids of messages up to this number may have been forgotten; that they came stands in gap
    """CREATE TABLE forgotten (
    source TEXT NOT NULL,
    store_id TEXT NOT NULL,
    up_to INTEGER NOT NULL,
    PRIMARY KEY (source, store_id)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX message_numbered ON message (source, store_id, sequence)",
)
