"""Values between the host's columns and people: shown as text, and checked before a write."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from plugin.errors import BadValue
from plugin.host.columns import Family, HostColumn
from plugin.host.fields import short

Time = TypeVar("Time", date, datetime, time)

#: What the host writes where it has no date: values in the database, "not set" for people.
ZERO_DATES = ("0000-00-00", "0000-00-00 00:00:00")
#: Text longer than this is cut before it is kept as "the value seen".
SEEN_CHARACTERS = 250

_WHOLE = re.compile(r"[-+]?[0-9]{1,20}")
_NUMBER = re.compile(r"[-+]?(?=\.?[0-9])(?P<whole>[0-9]{0,65})(\.(?P<rest>[0-9]{0,30}))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2})?")
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
#: MySQL's limits.
_FIRST_DAY = date(1000, 1, 1)
_FIRST_INSTANT = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
_LAST_INSTANT = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)


def as_text(value: Any, column: HostColumn) -> str | None:
    """A value from the driver as text; None when it is not set. Alike on every database."""
    if value is None or value == "" or value in ZERO_DATES:
        return None
    if isinstance(value, str):
        return value
    if column.family == "decimal":
        return f"{value:.{column.scale}f}"
    return _plain(value)


def seen(text: str | None) -> str | None:
    """Text as it is kept beside an answer: long text is cut."""
    if text is None or len(text) <= SEEN_CHARACTERS:
        return text
    return text[: SEEN_CHARACTERS - 1] + "…"


def _plain(value: Any) -> str:
    match value:
        case datetime():
            return value.isoformat(" ", "seconds")
        case timedelta():
            return _as_clock(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case bytes():
            return value.decode("utf-8", "replace")
        case _:
            return str(value)


def _as_clock(value: timedelta) -> str:
    seconds = int(abs(value).total_seconds())
    sign = "-" if value < timedelta(0) else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def fitted(text: str | None, column: HostColumn, zone: ZoneInfo | None) -> str | None:
    """The value to write for `text`, checked strictly against the column.

    `zone` is given for columns that keep instants: the zone in which `text` is meant. '' and
    None empty a field: NULL where the column can be NULL, else '' in a text column. Raises
    BadValue with a sentence when the column cannot hold the value.
    """
    if column.family == "text":
        return _fitting_text(text, column)
    if text is None or text == "" or text in ZERO_DATES:
        if column.nullable:
            return None
        raise BadValue("This field cannot be emptied.")
    return _FITTING[column.family](text, column, zone)


def declared(text: str, kind: str, column: HostColumn) -> str:
    """`text` as the column that a newer host has for a field of this type would keep it.

    For columns that take any text: a “Date field” has days or is emptied, a “Time field” has times
    of day. Raises BadValue with a sentence.
    """
    family = _DECLARED.get(kind)
    if family is None:
        return text
    return "" if text in ZERO_DATES else _FITTING[family](text, column, None)


def _fitting_text(text: str | None, column: HostColumn) -> str | None:
    if text is None:
        return None if column.nullable else ""
    if not column.can_hold(text):
        raise BadValue(f"“{short(text)}” has characters that this field cannot hold.")
    most = column.max_characters
    if most is not None and len(text) > most:
        raise BadValue(f"The value is {len(text)} characters long; this field holds {most}.")
    if column.max_bytes is not None and len(text.encode()) > column.max_bytes:
        raise BadValue(f"The value is too long; this field holds {column.max_bytes} bytes.")
    return text


def _integer(text: str, column: HostColumn, _: ZoneInfo | None) -> str:
    if not _WHOLE.fullmatch(text):
        raise BadValue(f"“{short(text)}” is not a whole number.")
    low, high = (0, 2**column.bits) if column.unsigned else _signed(column.bits)
    if not low <= int(text) < high:
        raise BadValue(f"{text} is outside of what this field holds, {low} to {high - 1}.")
    return str(int(text))


def _signed(bits: int) -> tuple[int, int]:
    half: int = 1 << (bits - 1)
    return -half, half


def _decimal(text: str, column: HostColumn, _: ZoneInfo | None) -> str:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise BadValue(f"“{short(text)}” is not a number.")
    whole, rest = found["whole"].lstrip("0"), (found["rest"] or "").rstrip("0")
    if len(rest) > column.scale:
        raise BadValue(f"{text} has more than {column.scale} digits after the point.")
    if column.precision is not None and len(whole) > column.precision - column.scale:
        raise BadValue(f"{text} is larger than this field holds.")
    value = Decimal(text)
    if column.unsigned and value < 0:
        raise BadValue(f"{text} is negative; this field holds none such.")
    return format(value, "f")


def _float(text: str, column: HostColumn, _: ZoneInfo | None) -> str:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise BadValue(f"“{short(text)}” is not a number.")
    if column.unsigned and float(text) < 0:
        raise BadValue(f"{text} is negative; this field holds none such.")
    return text


def _choice(text: str, column: HostColumn, _: ZoneInfo | None) -> str:
    if text not in column.choices:
        raise BadValue(f"“{short(text)}” is not one of the options of this field.")
    return text


def _day(text: str, _: HostColumn, __: ZoneInfo | None) -> str:
    wish = f"“{short(text)}” is not a date such as 2026-05-31."
    if not _DAY.fullmatch(text):
        raise BadValue(wish)
    return _parsed(text, date.fromisoformat, wish).isoformat()


def _moment(text: str, _: HostColumn, zone: ZoneInfo | None) -> str:
    wish = f"“{short(text)}” is not a date and time such as 2026-05-31 09:30:00."
    if not _MOMENT.fullmatch(text):
        raise BadValue(wish)
    moment = _parsed(text, datetime.fromisoformat, wish)
    if zone is None:
        return moment.isoformat(" ")
    instant = moment.replace(tzinfo=zone).astimezone(UTC)
    return instant.replace(tzinfo=None).isoformat(" ")


def _instant(text: str, column: HostColumn, zone: ZoneInfo | None) -> str:
    stored = _moment(text, column, zone)
    if not _FIRST_INSTANT <= datetime.fromisoformat(stored).replace(tzinfo=UTC) <= _LAST_INSTANT:
        raise BadValue(f"{text} is outside of what this field holds, 1970 to 2038.")
    return stored


def _clock(text: str, _: HostColumn, __: ZoneInfo | None) -> str:
    wish = f"“{short(text)}” is not a time of day such as 09:30 or 09:30:00."
    if not _CLOCK.fullmatch(text):
        raise BadValue(wish)
    return _parsed(text, time.fromisoformat, wish).isoformat()


def _other(text: str, column: HostColumn, _: ZoneInfo | None) -> str:
    raise BadValue("The host keeps this field in a form that Journeys does not write.")


_DECLARED: Mapping[str, Family] = {"Date field": "date", "Time field": "time"}


def _parsed(text: str, parse: Callable[[str], Time], wish: str) -> Time:
    try:
        value = parse(text)
    except ValueError:
        raise BadValue(wish) from None
    if isinstance(value, date) and value.year < _FIRST_DAY.year:
        raise BadValue(wish)
    return value


_FITTING: Mapping[Family, Callable[[str, HostColumn, ZoneInfo | None], str]] = {
    "choice": _choice,
    "integer": _integer,
    "decimal": _decimal,
    "float": _float,
    "date": _day,
    "datetime": _moment,
    "timestamp": _instant,
    "time": _clock,
    "other": _other,
}
