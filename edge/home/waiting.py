"""What time alone makes of cookers, falls, meals and doors (`edge.home.watch`), and when.

A Stay elsewhere pauses what follows a person's day (meals, night doors, the
stillness after a fall), never the cooker. A physical visit that goes on
explains what is seen: judgement waits until it is over, and is passed then if
the cause still stands.
"""

from __future__ import annotations

import msgspec

from edge.domain import Question, Role, VisitKind
from edge.home.contradictions import is_wearer_unheard
from edge.home.deciding import decision_times, is_decided, lapsed, reviews
from edge.home.localday import DAY_MS, MINUTE_MS
from edge.home.state import DeviceState, Home, has_eyes, is_living, is_visited
from edge.home.staying import is_elsewhere, is_paused, stay_begins
from edge.home.watch import Fall, Meal, Outing, Stove, Wait, changed_in

# After a start a radio needs this long until every device in reach had its chance to be heard,
# and an appliance to tell what was missed meanwhile.
LISTEN_MIN_MS = 120_000


def pass_watch(home: Home) -> Home:
    """The home after what has run out by `home.at_ms` was judged."""
    home = lapse(home)
    watch = home.watch
    meals, meal_day = _meals(home)
    changed = changed_in(
        watch,
        stoves=_stoves(home),
        falls=_falls(home),
        outings=_outings(home),
        doors=_doors(home),
        meals=meals,
        meal_day=meal_day,
    )
    return home if changed is watch else msgspec.structs.replace(home, watch=changed)


def next_times(home: Home) -> list[int]:
    """The boottimes, in ms and in the future, at which `pass_watch` has something to do."""
    watch, now_ms = home.watch, home.at_ms
    after_ms = home.settings.stove_unattended_after_s * 1000
    times = [stove.near_ms + after_ms for stove in watch.stoves.values() if not stove.told]
    # The sign that was waited for has come: all that is seen at the same moment counts first.
    if any(not s.told and _is_unattended(home, key, s) for key, s in watch.stoves.items()):
        times.append(now_ms + 1)
    times += [f.until_ms if f.judged else f.still_by_ms for f in watch.falls.values()]
    times += [f.told_by_ms for f in watch.falls.values() if f.told_by_ms is not None]
    times += [o.due_ms for o in watch.outings.values() if not o.told]
    times += [door.due_ms for door in watch.doors.values() if not door.told]
    times += [m.wait.due_ms for m in watch.meals.values() if m.wait and not m.wait.told]
    if home.frame.synced:
        times += [wall_ms - home.frame.drift_ms for wall_ms in _wall_times(home)]
    times += _meal_times(home)
    return [time for time in times if time > now_ms]


def _wall_times(home: Home) -> list[int]:
    """Wall times, UTC ms: a visit or a stay that changes how something is judged; a review."""
    watch = home.watch
    times: list[int] = []
    if watch.stoves or watch.falls or watch.meals or watch.doors or watch.outings:
        times += [v.until_ms for v in home.visits if v.kind is VisitKind.PHYSICAL]
    if watch.stoves:
        times += stay_begins(home)
    return times + decision_times(home)


# -- the cooker ---------------------------------------------------------------


def _stoves(home: Home) -> dict[str, Stove]:
    """Cookers that are on while somebody is known to be elsewhere and not in their room."""
    return {
        key: msgspec.structs.replace(stove, told=True, times=stove.times + 1)
        if not stove.told and _is_unattended(home, key, stove)
        else stove
        for key, stove in home.watch.stoves.items()
    }


def _is_unattended(home: Home, key: str, stove: Stove) -> bool:
    """Never guessed: without a kitchen sensor that has proved itself there is no answer."""
    after_ms = home.settings.stove_unattended_after_s * 1000
    cooker = home.devices[key]
    if home.at_ms - stove.near_ms < after_ms or cooker.silent or cooker.room is None:
        return False
    eyes = [d for d in home.devices.values() if d.role is Role.MOTION and d.room == cooker.room]
    # Whoever turned the cooker on stood there: a sensor that has said nothing since shortly
    # before has not proved that it would see them.
    proved_ms = stove.on_ms - after_ms
    if not eyes or any(not is_living(home, d) or (d.heard_ms or 0) < proved_ms for d in eyes):
        return False
    if is_visited(home):
        return False
    moved_away = stove.away_ms is not None and stove.away_ms > stove.near_ms
    return moved_away or is_paused(home) or is_wearer_unheard(home, None)


# -- the fall -----------------------------------------------------------------


def _falls(home: Home) -> dict[str, Fall]:
    now_ms = home.at_ms
    return {
        key: fall if fall.judged or fall.still_by_ms > now_ms else _judged(home, key, fall)
        for key, fall in ((key, _told(fall, now_ms)) for key, fall in home.watch.falls.items())
        if fall.until_ms > now_ms or not fall.judged
    }


def _told(fall: Fall, now_ms: int) -> Fall:
    """Nothing goes by unsaid: a clock that ticks late finds it over and still has to tell it."""
    if fall.told_by_ms is None or fall.told_by_ms > now_ms:
        return fall
    return msgspec.structs.replace(fall, told_by_ms=None, until_ms=max(fall.until_ms, now_ms + 1))


def _judged(home: Home, key: str, fall: Fall) -> Fall:
    """Stillness needs somebody who could have seen movement; without, we say that we cannot."""
    if is_visited(home):
        return fall
    explained = fall.moved or is_elsewhere(home, home.devices[key].person)
    sees = explained or _could_see(home, key, fall)
    return msgspec.structs.replace(
        fall,
        judged=True,
        still=not explained and sees,
        blind=not explained and not sees,
        told_by_ms=fall.told_by_ms if explained else None,
        until_ms=max(fall.until_ms, home.at_ms + 1),
    )


def _could_see(home: Home, key: str, fall: Fall) -> bool:
    worn = home.devices[key].worn
    if worn is not None and worn.looked_ms > fall.at_ms:
        return True
    return has_eyes(home)


# -- doors --------------------------------------------------------------------


def is_watched_at_night(home: Home) -> bool:
    """Whether doors are named and a decision is in force; without the date nobody knows."""
    return home.settings.night_door is not None and is_decided(home, Question.NIGHT_DOORS)


def lapse(home: Home) -> Home:
    """The home with the questions named whose decision ran out, or will soon.

    What was waited for by a decision that is no longer in force is forgotten with it. Under an
    unset clock everything stays as it was, except what was taken back.
    """
    watch, synced = home.watch, home.frame.synced
    over, soon = (lapsed(home), reviews(home)) if synced else (watch.lapsed, watch.reviews)
    told = {question.value for question in home.decisions}
    doors: tuple[str, ...] = ()
    unknown = not synced and Question.NIGHT_DOORS in home.decisions
    if home.settings.night_door is not None and (unknown or is_watched_at_night(home)):
        doors = home.settings.night_door.devices
    watch = changed_in(
        watch,
        lapsed=tuple(name for name in over if name in told),
        reviews=tuple(name for name in soon if name in told),
        outings={key: o for key, o in watch.outings.items() if key in doors},
    )
    return home if watch is home.watch else msgspec.structs.replace(home, watch=watch)


def _outings(home: Home) -> dict[str, Outing]:
    outings = home.watch.outings
    if all(o.told or o.due_ms > home.at_ms for o in outings.values()):
        return outings
    if is_visited(home):
        return outings
    sees, paused = has_eyes(home), is_paused(home)
    return {
        key: msgspec.structs.replace(o, told=o.told or o.due_ms <= home.at_ms)
        for key, o in outings.items()
        # Where nothing else could see them come back, the door that opened again was the return.
        if o.told or o.due_ms > home.at_ms or not (paused or (o.again and not sees))
    }


def _doors(home: Home) -> dict[str, Wait]:
    if is_visited(home):
        return home.watch.doors
    return {key: _ran_out(home, wait) for key, wait in home.watch.doors.items()}


def _ran_out(home: Home, wait: Wait) -> Wait:
    due = not wait.told and wait.due_ms <= home.at_ms
    return msgspec.structs.replace(wait, told=True) if due else wait


# -- meals --------------------------------------------------------------------


def _meals(home: Home) -> tuple[dict[str, Meal], int | None]:
    """The meals, and the last local day whose agreed hour has been looked at."""
    meals = home.watch.meals
    if is_visited(home):
        return meals, home.watch.meal_day
    waited = {
        # What a silent dispenser has not told may have happened: judged when it is back.
        key: meal if home.devices[key].silent else _meal_ran_out(home, key, meal)
        for key, meal in meals.items()
    }
    day = _day_to_judge(home)
    if day is None:
        return waited, home.watch.meal_day
    for device in home.devices.values():
        meal = waited.get(device.id, Meal())
        if _is_expected(home, device) and (meal.taken_day is None or meal.taken_day < day):
            waited[device.id] = msgspec.structs.replace(meal, missed_day=day)
    return waited, day


def _is_expected(home: Home, device: DeviceState) -> bool:
    """Whether a meal of this device is waited for at the agreed hour."""
    if device.role is not Role.MEAL_DISPENSER or device.silent:
        return False
    return not is_elsewhere(home, device.person)


def _meal_ran_out(home: Home, device: str, meal: Meal) -> Meal:
    wait = meal.wait
    if wait is None or wait.told or wait.due_ms > home.at_ms:
        return meal
    away = is_elsewhere(home, home.devices[device].person)
    after = None if away else msgspec.structs.replace(wait, told=True)
    return msgspec.structs.replace(meal, wait=after)


def _day_to_judge(home: Home) -> int | None:
    """The local day whose agreed hour is past and was not looked at yet."""
    by_min, last = home.settings.meal_by_min, home.watch.meal_day
    if by_min is None or not home.frame.synced or home.at_ms < home.resumed_ms + LISTEN_MIN_MS:
        return None
    local_ms = home.at_ms + home.frame.local_shift_ms
    day, late_ms = local_ms // DAY_MS, local_ms % DAY_MS - by_min * MINUTE_MS
    if late_ms < 0 and last is not None and last < day - 1:
        # The hour of yesterday passed while the clock was not set: judged if we were there.
        hour_ms = (day - 1) * DAY_MS + by_min * MINUTE_MS - home.frame.local_shift_ms
        return day - 1 if hour_ms >= home.resumed_ms else None
    if late_ms < 0 or (last is not None and last >= day):
        return None
    if last is None and late_ms > LISTEN_MIN_MS:
        return None  # set only today, after the hour: nobody has watched this day
    return day


def _meal_times(home: Home) -> list[int]:
    by_min = home.settings.meal_by_min
    if by_min is None or not home.frame.synced:
        return []
    if not any(d.role is Role.MEAL_DISPENSER for d in home.devices.values()):
        return []
    shift_ms = home.frame.local_shift_ms
    day = (home.at_ms + shift_ms) // DAY_MS
    hours = [(day + n) * DAY_MS + by_min * MINUTE_MS - shift_ms for n in (0, 1)]
    return [*hours, home.resumed_ms + LISTEN_MIN_MS]
