"""What people do to journeys: import, publish, turn on and off. One transaction each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from plugin.domain.codec import count_steps, decode, with_ids
from plugin.domain.journey import Document
from plugin.domain.program import walk
from plugin.engine.documents import Checker
from plugin.engine.library_port import Stored
from plugin.engine.loops import Candidate
from plugin.engine.overdue import Choice, unasked
from plugin.engine.ports import Begin, Wakeup, Work
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
        new_secret: Callable[[], str],
        encrypt: Callable[[str], str],
        wake: Wakeup,
        around: Surroundings = PRODUCTION,
    ) -> None:
        self._begin, self._checker, self._around = begin, checker, around
        self._new_secret, self._encrypt, self._wake = new_secret, encrypt, wake
        self._thawing = Thawing(begin)

    def read(self, text: str) -> Document:
        """JSON or YAML to a document that these kinds could run. Raises InvalidDocument."""
        document = decode(parse_text(text))
        if problems := self._checker.shape(document):
            raise InvalidDocument(problems)
        return document

    def lint(self, user_id: int, text: str) -> list[Problem]:
        """Everything that would keep this text from being published, in the order of the text."""
        try:
            document = decode(parse_text(text))
        except InvalidDocument as wrong:
            return list(wrong.problems)
        catalog = self._one(lambda work: work.catalog(user_id))
        return self._checker.publishable(document, catalog)

    def import_text(self, user_id: int, text: str, actor: str) -> int:
        document = self.read(text)
        if not document.name.strip():
            raise InvalidDocument([Problem("/name", "Give the journey a name.")])
        return self._one(lambda work: self._add(work, user_id, document, actor))

    def _add(self, work: Work, user_id: int, document: Document, actor: str) -> int:
        fresh = iter(work.library.step_ids(user_id, count_steps(document)))
        document = replace(document, steps=with_ids(document.steps, fresh))
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
        is overdue as chosen, or unasked as `engine.overdue.unasked` has it."""
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
        self._publish(work, stored, now)
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

    def _publish(self, work: Work, stored: Stored, now: datetime) -> None:
        catalog = replace(work.catalog(stored.user_id), this_journey=stored.journey_id)
        if problems := self._checker.publishable(stored.draft, catalog):
            raise InvalidDocument(problems)
        self._prove(work, stored)
        live = stored.live_version_id
        if live is None or work.store.version(live).document != stored.draft:
            zone = stored.draft.time_zone or catalog.zone
            work.library.publish(stored, zone, stored.user_id, now)
        for name in _secrets_named(stored.draft):
            if not work.library.has_secret(stored.user_id, name):
                secret = self._encrypt(self._new_secret())
                work.library.add_secret(stored.user_id, name, secret, now)

    def _prove(self, work: Work, stored: Stored) -> None:
        """Of two journeys turned on in the same moment neither sees the other: that is for the
        fuse."""
        this = Candidate(stored.journey_id, stored.name, stored.draft)
        live = work.store.live([stored.user_id])
        others = [Candidate(j.journey_id, j.name, j.version.document) for j in live]
        if problems := self._checker.circles(this, others):
            raise InvalidDocument(problems)

    def _thaw_some(self) -> None:
        """As many as a person may be kept waiting for; the workers see to the others."""
        deadline = self._around.monotonic() + THAW_SECONDS
        try:
            while self._thawing.step() and self._around.monotonic() < deadline:
                pass
        except (Interrupted, Unavailable) as undone:
            log.info("the workers go on thawing: %s", undone)


def _secrets_named(document: Document) -> set[str]:
    """Signing secrets that webhooks of the document name; the default one is always there."""
    named = {
        step.params.get("secret", "default")
        for step in walk(document.steps)
        if step.params.get("signing") != "none"
    }
    return {name for name in named if isinstance(name, str)} | {"default"}
