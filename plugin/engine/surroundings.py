"""What time, chance and crashes are to the engine: given, never reached for."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from plugin.engine.ports import Clock, Reach, Work, unreached


def database_clock(work: Work) -> datetime:
    """The Clock of production: only the database says what is due."""
    return work.store.now()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Injected everywhere; tests replace single parts."""

    clock: Clock = database_clock
    dice: Callable[[], float] = random.random  #: [0, 1): jitter only, nobody's way depends on it
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    patience: float = 0.25  #: seconds that a round of deliveries waits for answers
    reach: Reach = unreached  #: named crash points


PRODUCTION = Surroundings()
