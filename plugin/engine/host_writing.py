"""Intents to write to host tables that no rollback undoes (MyISAM), carried out after the commit.

At least once: a worker may die between the write and the note of it. Dates and events come from
the intent, so they are the same each time, and the events are known as repeats.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from plugin.domain.host_codes import RETRY, Verdict
from plugin.engine.host_calls import ask_of, result_of
from plugin.engine.membership import origins, tell
from plugin.engine.membership_port import Ask, Done, Verb
from plugin.engine.ports import Begin, Count, Delivery, Response, Tried, Work
from plugin.engine.redo import redo
from plugin.engine.surroundings import Surroundings
from plugin.errors import CannotEvaluate, Interrupted, Unavailable
from plugin.logs import about

log = logging.getLogger(__name__)

Counts = Callable[[Sequence[Tried]], Sequence[Count]]
Judge = Callable[[Delivery, Response, Verdict, datetime], Tried]
_WRITTEN = Response(None, None, b"", None, 0)


class HostWriter:
    """`judge` says what becomes of an intent that failed."""

    def __init__(self, begin: Begin, around: Surroundings, judge: Judge, counts: Counts) -> None:
        self._begin, self._around, self._judge, self._counts = begin, around, judge, counts

    def write(self, delivery: Delivery) -> None:
        """Carry out one intent and note its result, in one transaction. Raises Unavailable."""
        try:
            redo(lambda: self._write(delivery), self._around)
        except Unavailable:
            raise
        except Interrupted as undone:  # its lease will run out
            log.info("an intent was undone: %s", undone, extra=about(delivery))
        except CannotEvaluate as gone:
            kept = {"held": gone.code, "text": str(gone)}
            self._note(delivery, lambda now: Tried(delivery, _WRITTEN, "failed", None, kept))
        except Exception:
            log.exception("an intent failed", extra=about(delivery))
            fault = Response(None, "internal", b"", None, 0)
            self._note(delivery, lambda now: self._judge(delivery, fault, RETRY, now))

    def _write(self, delivery: Delivery) -> None:
        verb, ask = ask_of(delivery)
        with self._begin() as work:
            now = self._around.clock(work)
            done = do(work, verb, ask)
            tell(work, ask, done, origins(work, {delivery.enrollment_id: delivery.visit}))
            self._around.reach("host_write.after_write")
            word, reason = done.results[delivery.enrollment_id]
            found = Verdict("refused", reason) if word == "refused" else Verdict("done", word)
            tried = Tried(delivery, _WRITTEN, "done", None, result_of(found))
            self._finish(work, tried, now)

    def _note(self, delivery: Delivery, made: Callable[[datetime], Tried]) -> None:
        with self._begin() as work:
            now = self._around.clock(work)
            self._finish(work, made(now), now)

    def _finish(self, work: Work, tried: Tried, now: datetime) -> None:
        work.store.count(self._counts(work.outbox.finish([tried], now)), now)


def do(work: Work, verb: Verb, ask: Ask) -> Done:
    """One of the host's verbs."""
    match verb:
        case "subscribe":
            return work.host.subscribe(ask)
        case "unsubscribe":
            return work.host.unsubscribe(ask)
        case "delete":
            return work.host.delete(ask)
