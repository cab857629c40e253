"""Local timestamps of a recording, read fast and exactly.

A recording says local time without a zone. A zone's offset changes on a full
hour only where its transitions do; that is checked once per hour seen and the
hour is then kept, so that a million rows cost a few thousand zone look-ups.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

MS_PER_MINUTE = 60_000
MS_PER_HOUR = 3_600_000
MS_PER_DAY = 86_400_000
# "2019-04-01 00:05:46": the hour ends at 13, the colons stand at 13 and 16.
_HOUR_CHARS = 13
_FULL_CHARS = 19
# Years of hours; a file that names more distinct hours than this is not a recording of a home.
HOURS_KEPT_MAX = 200_000

_SIXTY = {f"{n:02d}": n for n in range(60)}


class NoSuchLocalTimeError(ValueError):
    """The clocks of the zone went past this time on that day."""


class LocalTime:
    """Converts one zone's local timestamps to UTC milliseconds, and back to offsets."""

    def __init__(self, zone: str) -> None:
        self.name = zone
        self._zone = zoneinfo.ZoneInfo(zone)
        self._hours: dict[str, int | None] = {}
        self._offsets: dict[int, int] = {}

    def utc_ms(self, text: str) -> int:
        """Milliseconds since 1970, UTC, of "YYYY-MM-DD HH:MM:SS" local time.

        A time that occurs twice (the clocks go back) is the first of the two: the
        recording does not say which. Other ISO 8601 forms are read too, slowly.
        Raises NoSuchLocalTimeError for a time that the clocks skipped, and
        ValueError for what is not a time.
        """
        if len(text) == _FULL_CHARS and text[13] == ":" and text[16] == ":":
            hour = text[:_HOUR_CHARS]
            start = self._hours[hour] if hour in self._hours else self._hour(hour)
            minute = _SIXTY.get(text[14:16])
            second = _SIXTY.get(text[17:19])
            if start is not None and minute is not None and second is not None:
                return start + minute * MS_PER_MINUTE + second * 1000
        return self._slow_ms(text)

    def offset_min(self, utc_ms: int) -> int:
        """The zone's offset from UTC, in minutes, at that moment."""
        hour = utc_ms // MS_PER_HOUR
        known = self._offsets.get(hour)
        if known is not None:
            return known
        moment = datetime.fromtimestamp(utc_ms / 1000, UTC).astimezone(self._zone)
        offset = _offset_ms(moment) // MS_PER_MINUTE
        if self._same_within_hour(hour):
            self._keep(self._offsets, hour, offset)
        return offset

    def _hour(self, hour: str) -> int | None:
        """UTC ms of the start of a local hour when the whole hour is plain, otherwise None."""
        start: int | None = None
        first = datetime.fromisoformat(hour + ":00:00").replace(tzinfo=self._zone)
        last = first + timedelta(minutes=59, seconds=59)
        plain = {_offset_ms(t.replace(fold=fold)) for t in (first, last) for fold in (0, 1)}
        if len(plain) == 1:
            start = round(first.timestamp()) * 1000
        self._keep(self._hours, hour, start)
        return start

    def _slow_ms(self, text: str) -> int:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
            there_and_back = moment.astimezone(UTC).astimezone(self._zone)
            if there_and_back.replace(tzinfo=None) != moment.replace(tzinfo=None):
                msg = f"this local time does not exist in {self.name}"
                raise NoSuchLocalTimeError(msg)
        return round(moment.timestamp() * 1000)

    def _same_within_hour(self, hour: int) -> bool:
        edges = (hour * 3600, hour * 3600 + 3599)
        return len({_offset_ms(datetime.fromtimestamp(s, self._zone)) for s in edges}) == 1

    @staticmethod
    def _keep(cache: dict[_Key, _Value], key: _Key, value: _Value) -> None:
        if len(cache) >= HOURS_KEPT_MAX:
            cache.clear()
        cache[key] = value


def _offset_ms(moment: datetime) -> int:
    offset = moment.utcoffset()
    return 0 if offset is None else round(offset.total_seconds() * 1000)
