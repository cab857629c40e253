"""Tables of silent gateways and of named persons' looks: a part of the desk's migration 5."""

from __future__ import annotations

SILENCES = (
    # when the broker told of its end; NULL as soon as it speaks
    "ALTER TABLE gateway ADD COLUMN goodbye_ms INTEGER",
    # what a named person told of a customer's home; the last one told is in force
    """CREATE TABLE dwelling (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    area TEXT NOT NULL,
    gets_out TEXT,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT""",
    "CREATE INDEX dwelling_customer ON dwelling (customer, key)",
    # one gateway from its last word to its next one
    """CREATE TABLE silence (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    client TEXT NOT NULL,
    area TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    known_ms INTEGER NOT NULL,
    known_by TEXT NOT NULL,
    incident INTEGER,
    coordinator_ms INTEGER,
    back_ms INTEGER,
    ended TEXT,
    late_alerts INTEGER NOT NULL DEFAULT 0,
    late_messages INTEGER NOT NULL DEFAULT 0
) STRICT""",
    "CREATE UNIQUE INDEX silence_open ON silence (gateway) WHERE back_ms IS NULL",
    "CREATE INDEX silence_back ON silence (back_ms, key)",
    "CREATE INDEX silence_incident ON silence (incident)",
    """CREATE TABLE incident (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    area TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    newest_ms INTEGER NOT NULL,
    known_ms INTEGER NOT NULL,
    coordinator_ms INTEGER,
    over_ms INTEGER
) STRICT""",
    # what a person says of a silence or an incident; never changed
    """CREATE TABLE silence_note (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    silence INTEGER,
    incident INTEGER,
    account TEXT NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    made_ms INTEGER NOT NULL
) STRICT""",
)

# Twelve years: the log of use of client data (Act 703/2023, to be verified in force). What is
# younger can be neither changed nor deleted, by whatever program.
ACCESS_KEPT_MS = 12 * 366 * 86_400_000

PERSONS = (
    "ALTER TABLE account ADD COLUMN changed_ms INTEGER",
    "ALTER TABLE account ADD COLUMN changed_by TEXT",
    "ALTER TABLE account ADD COLUMN ended_ms INTEGER",
    # a log-in; the token itself stands with the person alone
    """CREATE TABLE session (
    token BLOB PRIMARY KEY,
    account TEXT NOT NULL,
    began_ms INTEGER NOT NULL,
    used_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID""",
    "ALTER TABLE access ADD COLUMN role TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE access ADD COLUMN why TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX access_client ON access (client, key)",
    "CREATE INDEX access_who ON access (who, what, client, at_ms)",
    """CREATE TRIGGER access_never_changed BEFORE UPDATE ON access
BEGIN SELECT raise(ABORT, 'the log of looks is never changed'); END""",
    f"""CREATE TRIGGER access_kept BEFORE DELETE ON access
WHEN OLD.at_ms > (SELECT max(at_ms) FROM access) - {ACCESS_KEPT_MS}
BEGIN SELECT raise(ABORT, 'the log of looks is kept for twelve years'); END""",  # noqa: S608 - a number of ours
)
