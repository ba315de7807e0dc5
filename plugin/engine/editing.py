"""What people do to drafts: replace the text, throw it away, bring an old version back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import count

from plugin.domain.codec import decode
from plugin.domain.differences import differences
from plugin.domain.journey import Document
from plugin.domain.program import walk
from plugin.domain.step_ids import ids_given, number_new, unknown_ids
from plugin.engine.documents import Checker
from plugin.engine.library_port import Stored
from plugin.engine.ports import Begin, Work
from plugin.engine.redo import redo
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.engine.texts import parse_text
from plugin.errors import Conflict, InvalidDocument, NotFound, Problem


class Editor:
    """Every verb answers the draft's new revision. Unknown journeys raise NotFound."""

    def __init__(self, begin: Begin, checker: Checker, around: Surroundings = PRODUCTION) -> None:
        self._begin, self._checker, self._around = begin, checker, around

    def read(self, text: str) -> Document:
        """JSON or YAML to a document that these kinds could run. Raises InvalidDocument."""
        document = decode(parse_text(text))
        if problems := self._checker.shape(document):
            raise InvalidDocument(problems)
        return document

    def read_named(self, text: str) -> Document:
        """The same; a document without a name is refused."""
        document = self.read(text)
        if not document.name.strip():
            raise InvalidDocument([Problem("/name", "Give the journey a name.")])
        return document

    def update_text(
        self, user_id: int, journey_id: int, text: str, actor: str, draft_revision: int
    ) -> int:
        """Replace the draft that was read at `draft_revision`. People inside notice nothing.

        Steps keep the ids that the journey has or ever had; those without an id get one. Raises
        InvalidDocument for other ids, and Conflict(`draft_changed`) when somebody was quicker.
        """
        document = self.read_named(text)

        def edit(work: Work) -> int:
            stored = work.library.get(user_id, journey_id)
            if stored.draft_revision != draft_revision:
                raise self._lost(work, stored, draft_revision, document)
            return self.edit(work, user_id, journey_id, document, actor).draft_revision

        return self._one(edit)

    def discard(self, user_id: int, journey_id: int, actor: str) -> int:
        """The draft is again what is published. Raises Conflict when nothing is."""

        def discard(work: Work) -> int:
            stored = work.library.get(user_id, journey_id)
            if stored.live_version_id is None:
                text = f"“{stored.name}” was never published: there is nothing to go back to."
                raise Conflict("never_published", text)
            live = work.store.version(stored.live_version_id).document
            return self._back_to(work, stored, live, actor, "journey.discard")

        return self._one(discard)

    def revert(self, user_id: int, journey_id: int, number: int, actor: str) -> int:
        """An old version is the draft. It is published like any other. Raises NotFound."""

        def revert(work: Work) -> int:
            stored = work.library.get(user_id, journey_id)
            documents = work.library.documents(user_id, journey_id)
            if number not in documents:
                raise NotFound(f"“{stored.name}” has no version {number}.")
            return self._back_to(work, stored, documents[number], actor, "journey.revert")

        return self._one(revert)

    def edit(
        self, work: Work, user_id: int, journey_id: int, document: Document, actor: str
    ) -> Stored:
        """In this transaction, whatever the revision. Answers the journey with its new draft."""
        stored = work.library.get(user_id, journey_id)
        numbered = self._numbered(work, stored, document)
        return self._write(work, stored, numbered, actor, "journey.edit")

    def _numbered(self, work: Work, stored: Stored, document: Document) -> Document:
        ids = [step_id for _, step_id in ids_given(document.steps)]
        known: Collection[int] = {step.id for step in walk(stored.draft.steps)}
        if unknown_ids(document.steps, known):
            versions = work.library.documents(stored.user_id, stored.journey_id).values()
            known = {*known, *(step.id for old in versions for step in walk(old.steps))}
            if problems := unknown_ids(document.steps, known):
                raise InvalidDocument(problems)
        new = ids.count(0)
        fresh = iter(work.library.step_ids(stored.user_id, new) if new else ())
        return replace(document, steps=number_new(document.steps, fresh))

    def _back_to(self, work: Work, stored: Stored, old: Document, actor: str, act: str) -> int:
        """Name and notes are no part of a version: they stay."""
        document = replace(old, name=stored.name, notes=stored.draft.notes)
        return self._write(work, stored, document, actor, act).draft_revision

    def _write(
        self, work: Work, stored: Stored, document: Document, actor: str, act: str
    ) -> Stored:
        now = self._around.clock(work)
        revision = work.library.set_draft(stored, document, now)
        work.library.note(stored.user_id, actor, act, stored.journey_id, now)
        return replace(stored, draft=document, draft_revision=revision, name=document.name)

    def _lost(
        self, work: Work, stored: Stored, draft_revision: int, document: Document
    ) -> Conflict:
        """Who was quicker, and what of the caller's is not saved."""
        who = work.library.last_edit(stored.user_id, stored.journey_id)
        by = f"{who[0]} at {who[1]:%Y-%m-%d %H:%M:%S} UTC" if who else "somebody"
        text = (
            f"“{stored.name}” was changed by {by}: its draft is at revision"
            f" {stored.draft_revision}, and yours began at {draft_revision}."
            f" Not saved: {_in_short(stored.draft, document)}."
        )
        return Conflict("draft_changed", text)

    def _one(self, unit: Callable[[Work], int]) -> int:
        def once() -> int:
            with self._begin() as work:
                return unit(work)

        return redo(once, self._around)


def _in_short(draft: Document, document: Document) -> str:
    """What `document` would have made of the draft: “a new Wait; step 4 (Webhook) changed”."""
    numbered = replace(document, steps=number_new(document.steps, count(-1, -1)))
    parts = []
    for found in differences(draft, numbered):
        if found.what == "settings":
            parts.append(", ".join(found.parts))
        elif found.step_id < 0:
            parts.append(f"a new {found.action}")
        else:
            parts.append(f"step {found.step_id} ({found.action}) {found.what}")
    return "; ".join(parts) or "nothing that differs"
