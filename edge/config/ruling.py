"""The tables of what the rules need to know."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from edge.config.words import Ident, Minute, Seconds, Section

_Old = Annotated[
    str, Meta(max_length=200, description="of an older release; stands in the home's database now")
]


class NightDoorRule(Section, frozen=True, kw_only=True):
    """Which outer doors, and when. Whether they are watched is a decision of the home's own."""

    devices: Annotated[
        tuple[Ident, ...],
        Meta(min_length=1, max_length=8, description="the door sensors of outer doors"),
    ]
    from_min: Minute = 22 * 60
    until_min: Minute = 6 * 60
    # Taking out the rubbish and fetching the paper are over by then.
    back_within_s: Seconds = 10 * 60
    # Where the decision stood before homes recorded their own. A file that still has it starts
    # the gateway all the same, and its decision is taken into the home once (edge.app.opening).
    basis: _Old = ""
    decided_by: _Old = ""
    review_by: _Old = ""


class Rules(Section, frozen=True, kw_only=True):
    no_activity_after_s: Seconds = 8 * 3600
    day_from_min: Minute = 8 * 60
    day_until_min: Minute = 22 * 60
    dose_grace_s: Seconds = 30 * 60
    # Potatoes boil for 25 minutes, and people leave them to it: told earlier, it would be told
    # daily. A pan that catches fire is the stove guard's and the smoke alarm's.
    stove_unattended_after_s: Seconds = 30 * 60
    # A heated meal that stands for an hour is cold.
    meal_grace_s: Seconds = 3600
    # None: no hour is agreed by which a meal is taken.
    meal_by_min: Minute | None = None
    # Who sat down after a bump moves a hand or stands up within five minutes.
    fall_still_s: Annotated[
        int, Meta(ge=60, le=3600, description="seconds, a minute to an hour", examples=[300])
    ] = 300
    # Half a morning by day: a nap is shorter, and by the afternoon somebody can ask.
    tag_unworn_after_s: Seconds = 4 * 3600
    # Filling a robot takes ten minutes.
    appliance_door_open_s: Seconds = 15 * 60
    # Readings are held against limits that a nurse has set, where it is decided too. Off: this is
    # the part of the product nearest to a medical device (docs/decisions/0042).
    vitals: bool = False
    # None: outer doors are not watched.
    night_door: NightDoorRule | None = None
