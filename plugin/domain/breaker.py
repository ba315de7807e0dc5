"""When a receiver that does not answer is left alone, and for how long."""

from __future__ import annotations

from datetime import timedelta

#: Faults in a row that open the breaker.
FAULTS_TO_OPEN = 10
#: How long it is open at first; twice as long after each probe in vain, up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)
#: Whatever has been due for so long behind an open breaker is given up.
GIVE_UP = timedelta(hours=48)


def is_open(faults: int) -> bool:
    return faults >= FAULTS_TO_OPEN


def pause(faults: int) -> timedelta | None:
    """How long to leave the receiver alone after so many faults in a row; None: not at all."""
    if not is_open(faults):
        return None
    times: int = 2 ** min(faults - FAULTS_TO_OPEN, 10)
    return min(FIRST_PAUSE * times, LONGEST_PAUSE)


def at_once(faults: int, most: int) -> int:
    """How many requests it may have at once: one, until it has answered again."""
    return most if faults == 0 else 1
