"""Dates as PHP's date() writes them, in English: the format that the host's texts use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from datetime import time as clock

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
#: Longer texts are no dates.
_LONGEST = 40
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|(?P<clock>[0-9]{2}:[0-9]{2})")
#: Of a mere time of day.
_FIRST_DAY = date(1970, 1, 1)


def formatted(text: str, pattern: str, zone: tzinfo | None) -> str:
    """A date in ISO form by a pattern of signs; '' for what is no date.

    A moment with a zone of its own is told in `zone`; one without is taken to be in it. A `\\`
    keeps the sign behind it.
    """
    moment = _moment(text.strip(), zone)
    if moment is None:
        return ""
    pieces: list[str] = []
    signs = iter(pattern)
    for sign in signs:
        if sign == "\\":
            pieces.append(next(signs, ""))
        else:
            write = _SIGNS.get(sign)
            pieces.append(write(moment) if write else sign)
    return "".join(pieces)


def _moment(text: str, zone: tzinfo | None) -> datetime | None:
    known = _DATED.match(text[:_LONGEST])
    if not known or len(text) > _LONGEST:
        return None
    try:
        if known["clock"]:
            return datetime.combine(_FIRST_DAY, clock.fromisoformat(text), zone)
        moment = datetime.fromisoformat(text)
        if zone is None:
            return moment
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except (ValueError, OverflowError):
        return None


def _ending(day: int) -> str:
    if 11 <= day <= 13:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days_in(moment: datetime) -> int:
    if moment.month == 2:
        return 29 if _is_leap(moment.year) else 28
    return 30 if moment.month in (4, 6, 9, 11) else 31


def _seconds_off(moment: datetime) -> int:
    offset = moment.utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _offset(moment: datetime, colon: str) -> str:
    seconds = _seconds_off(moment)
    sign = "-" if seconds < 0 else "+"
    return f"{sign}{abs(seconds) // 3600:02}{colon}{abs(seconds) // 60 % 60:02}"


def _stamp(moment: datetime) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return str(int(aware.timestamp()))


_SIGNS: Mapping[str, Callable[[datetime], str]] = {
    "d": lambda m: f"{m.day:02}",
    "D": lambda m: _DAYS[m.weekday()][:3],
    "j": lambda m: str(m.day),
    "l": lambda m: _DAYS[m.weekday()],
    "N": lambda m: str(m.isoweekday()),
    "S": lambda m: _ending(m.day),
    "w": lambda m: str(m.isoweekday() % 7),
    "z": lambda m: str(m.timetuple().tm_yday - 1),
    "W": lambda m: f"{m.isocalendar().week:02}",
    "F": lambda m: _MONTHS[m.month - 1],
    "m": lambda m: f"{m.month:02}",
    "M": lambda m: _MONTHS[m.month - 1][:3],
    "n": lambda m: str(m.month),
    "t": lambda m: str(_days_in(m)),
    "L": lambda m: str(int(_is_leap(m.year))),
    "o": lambda m: str(m.isocalendar().year),
    "Y": lambda m: f"{m.year:04}",
    "y": lambda m: f"{m.year % 100:02}",
    "a": lambda m: "am" if m.hour < 12 else "pm",
    "A": lambda m: "AM" if m.hour < 12 else "PM",
    "g": lambda m: str((m.hour - 1) % 12 + 1),
    "h": lambda m: f"{(m.hour - 1) % 12 + 1:02}",
    "G": lambda m: str(m.hour),
    "H": lambda m: f"{m.hour:02}",
    "i": lambda m: f"{m.minute:02}",
    "s": lambda m: f"{m.second:02}",
    "u": lambda m: f"{m.microsecond:06}",
    "v": lambda m: f"{m.microsecond // 1000:03}",
    "e": lambda m: str(m.tzinfo or "UTC"),
    "T": lambda m: m.tzname() or "UTC",
    "O": lambda m: _offset(m, ""),
    "P": lambda m: _offset(m, ":"),
    "Z": lambda m: str(_seconds_off(m)),
    "U": _stamp,
    "c": lambda m: m.replace(tzinfo=None).isoformat(timespec="seconds") + _offset(m, ":"),
    "r": lambda m: formatted(m.isoformat(), "D, d M Y H:i:s O", m.tzinfo),
}
