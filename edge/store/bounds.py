"""How large each part of the database may grow, and for how long it is kept."""

from __future__ import annotations

from edge.domain import Record

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


class Bounds(Record, frozen=True):
    """Every limit of the store with its unit; one record, so that a test can shrink them.

    The ages are those of `[retention]` in the settings, where they are given.

    Alerts and assessments have no bound in the outbox: they are never dropped.
    """

    # A month without a broker at one telemetry message a minute is 43,200; twice that leaves
    # room for the messages that an alarm commit sends early.
    telemetry_rows: int = 100_000

    # A month at one observation a second in JSON is about 400 MB; a gateway's card has 16 GB.
    telemetry_bytes: int = 512 * 1024 * 1024

    # Four times a month at one observation a second. It counts rows, so it holds on a gateway
    # whose clock is never synchronised and which therefore deletes nothing by age.
    observation_rows: int = 10_000_000

    # What happened (a door, a dose) is kept as it was for the coordinator's month view; older
    # events serve no purpose.
    observation_age_ms: int = 30 * DAY_MS

    # Measured values as they came: the week in which somebody asks what exactly was measured.
    raw_age_ms: int = 7 * DAY_MS

    # Then smallest, largest and mean of each minute, as long as the events beside them
    # (observation_age_ms); then of each quarter of an hour: a season, for a heat wave.
    quarters_age_ms: int = 90 * DAY_MS

    # Long enough to show which message went out when, in the week after an incident.
    received_age_ms: int = 7 * DAY_MS

    # A yearly review of a home looks back over all alerts since the last one.
    closed_age_ms: int = 365 * DAY_MS

    # Who got what must be there when somebody thinks of asking: two years back.
    disclosure_age_ms: int = 730 * DAY_MS

    # A message refused this often is refused for good: a person must look at it. It is repeated
    # after 3, 6, 12 and 24 s, so that a desk that is being mended has most of a minute.
    refusals: int = 5

    # One call of `prune` holds the store's thread; at 5 µs a row an alarm waits 10 ms at most.
    prune_rows: int = 2_000

    # One commit drops at most so many telemetry messages: an alarm commit stays short, and no
    # commit adds as many messages as this takes away.
    shed_rows: int = 256

    # Repeated shedding within this time is one line of the `shed` table, not one a minute.
    shed_merge_ms: int = HOUR_MS

    # The write-ahead log is cut back to nothing above this; a normal one stays near 4 MB.
    wal_bytes: int = 16 * 1024 * 1024

    # Kept free for alerts. An alarm's commit is 100 kB at most, so this is a hundred of them
    # after the disk was full, and 0.1 % of a card.
    ballast_bytes: int = 16 * 1024 * 1024

    # Given up at once: enough for a commit and what is shed beside it, and too little for a
    # runaway log to take all of the reserve in one gulp.
    ballast_piece_bytes: int = 1024 * 1024

    # In memory while the disk refuses. Four times the 256 alerts that are promised; with their
    # bodies of 2 kB in two forms, 5 MB.
    held_alerts: int = 1_024
    held_revisions: int = 2_048

    # Readings in memory: an hour of an ordinary home, 3 MB.
    held_rows: int = 5_000
    held_telemetry: int = 128

    # Receipts in memory: each is 40 bytes, and a lost one costs a repetition.
    held_receipts: int = 16_384

    # A database of at most this is copied to memory when its disk cannot be written at the
    # start; the unit gives the process 256 MB.
    copy_bytes: int = 96 * 1024 * 1024

    # Files set aside that are kept: each may be as large as the database.
    aside_files: int = 2

    # Two clocks of one boot that disagree by more than this mean that one of them jumped.
    clock_step_ms: int = DAY_MS

    # A box that was off for a season is a box from a shelf; a clock that is ten or twenty years
    # ahead (a year typed wrong, GPS weeks counted anew) is far beyond it.
    clock_leap_ms: int = 90 * DAY_MS

    # So long a clock that leapt must have stood before it decides what is old: somebody was told
    # after an hour, and a week has a working day in it.
    clock_proved_ms: int = 7 * DAY_MS


DEFAULT_BOUNDS = Bounds()
