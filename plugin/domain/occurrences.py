"""Dates that come round: on which day something falls, every year or once, in whatever zone."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

_FAR = 2  #: days by which two zones may disagree about the day of one moment


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One day of the calendar for which dates are looked for.

    `yearly`: whatever their year, future ones too. Who was born on 29 February is met on the
    28th in a year that has no 29th: it is the last day of the same month. `zone`: in which a date
    with a time of day falls on its day.
    """

    day: date
    yearly: bool
    zone: ZoneInfo

    def meets(self, found: date) -> bool:
        if not self.yearly:
            return found == self.day
        month_day = (self.day.month, self.day.day)
        if (found.month, found.day) == (2, 29) and not isleap(self.day.year):
            return month_day == (2, 28)
        return (found.month, found.day) == month_day

    def month_days(self) -> list[str]:
        """`MM-DD` of every date that may be met, written in any zone of the world: a few too many
        rather than one too few."""
        around = [self.day + timedelta(days=n) for n in range(-_FAR, _FAR + 1)]
        found = {f"{day:%m-%d}" for day in around}
        return sorted(found | ({"02-29"} if found & {"02-28", "03-01"} else set()))
