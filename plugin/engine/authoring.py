"""What people do to journeys: import, publish, turn on and off. One transaction each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from plugin.domain.codec import count_steps, decode
from plugin.domain.journey import Document
from plugin.engine.documents import Checker
from plugin.engine.editing import Editor
from plugin.engine.numbering import numbered_afresh
from plugin.engine.overdue import Choice, unasked
from plugin.engine.ports import Begin, Wakeup, Work
from plugin.engine.publishing import Publisher
from plugin.engine.redo import redo
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.engine.texts import parse_text
from plugin.engine.thawing import Thawing
from plugin.errors import Conflict, Interrupted, InvalidDocument, Problem, Unavailable

log = logging.getLogger(__name__)

#: How long turning on lets people inside go on by itself, in seconds.
THAW_SECONDS = 2.0

T = TypeVar("T")


class Author:
    """See engine.services.Authoring."""

    def __init__(
        self,
        begin: Begin,
        checker: Checker,
        editor: Editor,
        publisher: Publisher,
        wake: Wakeup,
        around: Surroundings = PRODUCTION,
    ) -> None:
        self._begin, self._checker, self._around = begin, checker, around
        self._editor, self._publisher, self._wake = editor, publisher, wake
        self._thawing = Thawing(begin)

    def lint(self, user_id: int, text: str) -> list[Problem]:
        """Everything that would keep this text from being published, in the order of the text."""
        try:
            document = decode(parse_text(text))
        except InvalidDocument as wrong:
            return list(wrong.problems)
        return self._one(lambda work: self._publisher.faults(work, user_id, document))

    def import_text(self, user_id: int, text: str, actor: str) -> int:
        document = self._editor.read_named(text)
        return self._one(lambda work: self._add(work, user_id, document, actor))

    def _add(self, work: Work, user_id: int, document: Document, actor: str) -> int:
        fresh = iter(work.library.step_ids(user_id, count_steps(document)))
        document = numbered_afresh(document, self._checker.actions, fresh)
        now = self._around.clock(work)
        journey_id = work.library.add(user_id, document, now)
        work.library.note(user_id, actor, "journey.import", journey_id, now)
        return journey_id

    def export(self, user_id: int, journey_id: int) -> Document:
        return self._one(lambda work: work.library.get(user_id, journey_id).draft)

    def enable(
        self, user_id: int, journey_id: int, actor: str, overdue: Choice | None = None
    ) -> None:
        """Publish the draft where it differs, let people in, and let those inside go on; whoever
        is overdue as chosen, or unasked as `engine.overdue.unasked` has it.

        Whose step is gone goes to the next one; who wants them out publishes before.
        """
        self._one(lambda work: self._enable(work, user_id, journey_id, actor, overdue))
        self._thaw_some()
        self._wake()

    def _enable(
        self, work: Work, user_id: int, journey_id: int, actor: str, overdue: Choice | None
    ) -> None:
        stored = work.library.get(user_id, journey_id)
        if stored.status != "disabled":
            raise Conflict("not_disabled", f"“{stored.name}” is {stored.status} already.")
        now = self._around.clock(work)
        self._publisher.publish_in(work, stored, actor, "next", now)
        people = work.library.overdue(stored, now)
        choice = overdue or unasked(people)
        chosen = choice.kept(now) if people and choice.how != "now" else None
        work.library.choose(stored, chosen)
        work.library.set_status(stored, "enabled", now)
        work.library.note(user_id, actor, "journey.enable", journey_id, now)

    def disable(self, user_id: int, journey_id: int, actor: str) -> None:
        """Nobody enters; people inside stay where they are and keep the time they were due."""
        self._one(lambda work: self._disable(work, user_id, journey_id, actor))

    def _disable(self, work: Work, user_id: int, journey_id: int, actor: str) -> None:
        stored = work.library.get(user_id, journey_id)
        if stored.status != "enabled":
            raise Conflict("not_enabled", f"“{stored.name}” is {stored.status} already.")
        now = self._around.clock(work)
        work.library.set_status(stored, "disabled", now)
        work.library.note(user_id, actor, "journey.disable", journey_id, now)

    def _one(self, unit: Callable[[Work], T]) -> T:
        """In one transaction, run again when the database undoes it."""

        def once() -> T:
            with self._begin() as work:
                return unit(work)

        return redo(once, self._around)

    def _thaw_some(self) -> None:
        """As many as a person may be kept waiting for; the workers see to the others."""
        deadline = self._around.monotonic() + THAW_SECONDS
        try:
            while self._thawing.step() and self._around.monotonic() < deadline:
                pass
        except (Interrupted, Unavailable) as undone:
            log.info("the workers go on thawing: %s", undone)
