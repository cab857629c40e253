"""Keeps the coverage ledger: lays what was asked and known, and takes back what proves wrong.

Between two events nothing that a question hangs on changes, so the stretch since the last one is
laid as the home was in it. A device counts as answering while it is within its deadline. When it
is past it, all since it was heard last is taken back: nobody knows when it went quiet.

Movement is reckoned as in `edge.home.coverage`: any one sensor answers it, and a stretch that was
passed over uncovered stays so.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import msgspec

from edge.domain import Observation
from edge.events import ConfigLoaded, Counted, Event, Fault, FaultKind
from edge.home import asking, hearing, timers
from edge.home.asking import UPSTREAM, Asked, Why, asked_now, in_the_way, question_of, sees
from edge.home.deciding import decision_times
from edge.home.ledger import Ledger, Track, with_asked, with_hole
from edge.home.state import DeviceState, Home
from edge.home.staying import stay_begins, stay_ends

# A radio is said to be lost when it brought nothing for three minutes: those are lost with it.
RADIO_FOUND_MS = 180_000


def hear(home: Home, device: DeviceState, seen: Observation) -> Home:
    """The home after `device` was heard (`edge.home.hearing`), and after it was counted."""
    after = hearing.hear(home, device, seen)
    now = after.devices[device.id]
    if now.last_heard is not seen.at or home.ledger.to_ms is None:
        return after  # in doubt: nobody was heard
    late = _is_late(home, device)
    off = now.worn is not None and now.worn.off and not (device.worn and device.worn.off)
    turned = device.silent or home.quiet or device.heard_ms is None or seen.kind == "wire_fault"
    turned = turned or (device.worn is not None and device.worn.off)
    eye = sees(device) and hearing.is_sure(home, seen)
    if not (late or off or turned or eye):
        return after
    ledger = laid(home) if late or off or turned else home.ledger
    now_ms = home.at_ms + ledger.shift_ms
    if late or off:
        ledger = _taken_back(home, ledger, device, off_since=now.worn if off else None)
    if eye and not late and device.heard_ms is not None:
        ledger = _seen(ledger, heard_last(home, device), now_ms)
    return msgspec.structs.replace(after, ledger=ledger)


def pass_time(home: Home) -> Home:
    """The home at `home.at_ms` (`edge.home.timers`), with who fell silent taken back."""
    return account(home, timers.pass_time(home))


def account(before: Home, after: Home, event: Event | None = None) -> Home:
    """The home after something happened to it at `before.at_ms`, with the time until then laid."""
    ledger = before.ledger
    if ledger.to_ms is None:
        return after
    if type(event) is Counted or (
        after.devices is before.devices and asking.decisive(after) == asking.decisive(before)
    ):
        return after if not _is_line(event) else _told_of_line(after, laid(before), event)
    ledger = laid(before)
    ledger = _fallen(before, after, ledger)
    after = msgspec.structs.replace(after, ledger=ledger)
    return _told_of_line(after, ledger, event)


def laid(home: Home, why: str = "", until_ms: int | None = None) -> Ledger:
    """The ledger of `home` up to `home.at_ms` (or `until_ms`, ledger time), as the home is.

    `why`: nothing could be answered in this stretch, because of it.
    """
    ledger = home.ledger
    end_ms = home.at_ms + ledger.shift_ms if until_ms is None else until_ms
    if ledger.to_ms is None or end_ms <= ledger.to_ms:
        return ledger
    tracks = dict(ledger.tracks)
    for start_ms, stop_ms in _pieces(home, ledger.to_ms, end_ms):
        then = asking.at(home, start_ms - ledger.shift_ms)
        for question, found in asked_now(then).items():
            track = tracks.get(question)
            if track is None:
                track = Track(since_ms=start_ms, fresh_ms=start_ms)
            track = with_asked(track, start_ms, stop_ms)
            if why or found:
                track = with_hole(track, start_ms, stop_ms, why or found)
            tracks[question] = track
    return msgspec.structs.replace(ledger, tracks=tracks, to_ms=end_ms)


def heard_last(home: Home, device: DeviceState) -> int:
    """When it was last heard, in ledger time; of a boot without a clock: when this one began."""
    shift_ms, last = home.ledger.shift_ms, device.last_heard
    if last is None or device.heard_ms is None:
        return home.at_ms + shift_ms
    if last.boot == home.frame.boot:
        return device.heard_ms + shift_ms
    resumed_ms = home.resumed_ms + shift_ms
    return resumed_ms if last.sync.value == "none" else min(last.wall_ms, resumed_ms)


def settled_ms(home: Home, question: str) -> int:
    """Up to when (ledger time) what is counted of a question does not change any more."""
    ledger = home.ledger
    to_ms = ledger.to_ms or 0
    if question == Asked.MOVEMENT:
        if not any(sees(d) for d in home.devices.values()):
            return to_ms
        track = ledger.tracks.get(question)
        begun_ms = to_ms if track is None else track.since_ms
        return begun_ms if ledger.eyes_ms is None else min(ledger.eyes_ms, to_ms)
    pending = [
        heard_last(home, d)
        for d in home.devices.values()
        if not d.silent and d.heard_ms is not None and question in _touched(home, d)
    ]
    return min([*pending, to_ms])


def _touched(home: Home, device: DeviceState) -> tuple[str, ...]:
    """The questions that every device of its kind has to answer, this one among them."""
    question = question_of(home, device)
    if question is None:
        return ()
    if question is Asked.TAG_WORN:
        return (question, Asked.LOCATION)
    return (question,)


def _pieces(home: Home, start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """The stretch in parts in which the wall clock begins and ends nothing."""
    borders: list[int] = []
    if home.frame.synced:
        times = [*stay_begins(home), *stay_ends(home), *decision_times(home)]
        borders = sorted({time for time in times if start_ms < time < end_ms})
    edges = [start_ms, *borders, end_ms]
    return list(pairwise(edges))


def _is_late(home: Home, device: DeviceState) -> bool:
    heard_ms = device.heard_ms
    return heard_ms is not None and home.at_ms - heard_ms > device.silent_after_ms


def _with_hole(ledger: Ledger, question: str, start_ms: int, end_ms: int, why: str) -> Ledger:
    track = ledger.tracks.get(question)
    if track is None:
        return ledger
    tracks = {**ledger.tracks, question: with_hole(track, start_ms, end_ms, why)}
    return msgspec.structs.replace(ledger, tracks=tracks)


def _taken_back(
    home: Home, ledger: Ledger, device: DeviceState, off_since: object = None
) -> Ledger:
    """What a device seemed to answer since it was heard last, or since its wearer last moved."""
    now_ms = home.at_ms + ledger.shift_ms
    start_ms, why = heard_last(home, device), in_the_way(home, device) or Why.DEVICE_SILENT
    moved_ms = getattr(off_since, "moved_ms", None)
    if off_since is not None:
        why = Why.NOT_WORN
        start_ms = now_ms if moved_ms is None else moved_ms + ledger.shift_ms
    for question in _touched(home, device):
        ledger = _with_hole(ledger, question, start_ms, now_ms, why)
    return ledger


def _seen(ledger: Ledger, since_ms: int, now_ms: int) -> Ledger:
    """A sensor kept its deadline since `since_ms`: movement could have been seen from then on."""
    eyes_ms, track = ledger.eyes_ms, ledger.tracks.get(Asked.MOVEMENT)
    if eyes_ms is None:
        eyes_ms = since_ms if track is None else min(track.since_ms, since_ms)
    if since_ms >= now_ms:
        return ledger
    if since_ms > eyes_ms:
        ledger = _with_hole(ledger, Asked.MOVEMENT, eyes_ms, since_ms, Why.DEVICE_SILENT)
    return msgspec.structs.replace(ledger, eyes_ms=max(eyes_ms, now_ms))


def _fallen(before: Home, after: Home, ledger: Ledger) -> Ledger:
    """Takes back what seemed to be answered by whoever is known now to have been silent."""
    now_ms = after.at_ms + ledger.shift_ms
    alone = [
        device
        for key, device in after.devices.items()
        if device.silent and key in before.devices and not before.devices[key].silent
    ]
    for device in alone:
        ledger = _taken_back(after, ledger, device)
    deaf_ms = _deaf_since(before, after, ledger)
    if deaf_ms is not None:
        why = Why.HOME_SILENT if after.quiet else Why.RADIO_FAULT
        wireless = [d for d in after.devices.values() if not d.wired]
        for question in {one for d in wireless for one in _touched(after, d)}:
            ledger = _with_hole(ledger, question, deaf_ms, now_ms, why)
    eyes = [d for d in after.devices.values() if sees(d)]
    lost = [in_the_way(after, d) for d in eyes]
    if eyes and "" not in lost and any(not in_the_way(before, d) for d in _same(before, eyes)):
        start_ms = ledger.eyes_ms
        if start_ms is None:
            track = ledger.tracks.get(Asked.MOVEMENT)
            start_ms = now_ms if track is None else track.since_ms
        if deaf_ms is not None and not any(d.silent for d in eyes):
            start_ms = max(start_ms, deaf_ms)
        ledger = _with_hole(ledger, Asked.MOVEMENT, start_ms, now_ms, asking.worst(lost))
    return ledger


def _same(home: Home, devices: Iterable[DeviceState]) -> list[DeviceState]:
    """These devices as they were in `home`, where they were."""
    return [home.devices[d.id] for d in devices if d.id in home.devices]


def _deaf_since(before: Home, after: Home, ledger: Ledger) -> int | None:
    """Since when no wireless device could have been heard, if that is known just now."""
    heard_ms = None if after.heard_ms is None else after.heard_ms + ledger.shift_ms
    now_ms = after.at_ms + ledger.shift_ms
    if after.quiet and not before.quiet:
        return heard_ms if heard_ms is not None else now_ms
    if _has_radio_fault(after) and not _has_radio_fault(before):
        return max(now_ms - RADIO_FOUND_MS, heard_ms or 0)
    return None


def _has_radio_fault(home: Home) -> bool:
    return any(fault.kind is FaultKind.RADIO for fault in home.faults.values())


def _is_line(event: Event | None) -> bool:
    """Whether it says how the line upstream is; a start says that nobody knows yet."""
    if type(event) is ConfigLoaded:
        return True
    return type(event) is Fault and event.kind is FaultKind.PATH and event.subject == UPSTREAM


def _told_of_line(home: Home, ledger: Ledger, event: Event | None) -> Home:
    if _is_line(event):
        up = type(event) is Fault and not event.gone
        paths = event.paths if type(event) is ConfigLoaded else ledger.paths
        ledger = msgspec.structs.replace(ledger, path_up=up, paths=paths)
    return home if ledger is home.ledger else msgspec.structs.replace(home, ledger=ledger)
