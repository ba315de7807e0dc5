"""A unit that the database undid (a deadlock and the like) is run again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from plugin.engine.surroundings import Surroundings
from plugin.errors import Interrupted

#: Whole units tried again.
MAX_REDO = 5

T = TypeVar("T")


def redo(unit: Callable[[], T], around: Surroundings) -> T:
    """What `unit` answers: a whole transaction that leaves nothing behind when it is undone.

    After each failure a pause of up to a second. Raises Interrupted after five tries in vain.
    """
    for failed in range(MAX_REDO):
        try:
            return unit()
        except Interrupted:
            around.sleep((0.005 + 0.195 * around.dice()) * (failed + 1))
    return unit()
