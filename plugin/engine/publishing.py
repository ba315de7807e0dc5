"""A draft becomes what people enter: the preview, the publish, and updates from the host's API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from plugin.domain.differences import Difference, differences
from plugin.domain.fates import Fate, FateWord, Removed, fates
from plugin.domain.journey import Document
from plugin.domain.program import lay_flat, walk
from plugin.engine.documents import Checker
from plugin.engine.editing import Editor
from plugin.engine.library_port import Stored
from plugin.engine.loops import Candidate
from plugin.engine.ports import Begin, Version, Wakeup, Work
from plugin.engine.redo import redo
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.errors import Conflict, InvalidDocument, Problem

#: Stands for the id of a journey that is only a text yet.
NOT_KEPT = 0


@dataclass(frozen=True, slots=True)
class Going:
    """People who stand at one step, and what becomes of them. `anew`: their wait is recomputed."""

    step_id: int
    action: str
    people: int
    word: FateWord
    to_step_id: int | None
    anew: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a publish would do now. `problems`: why it would be refused."""

    number: int  #: of the version that it would make
    draft_revision: int
    people: int
    goings: Sequence[Going]  #: by older version and reading order; steps with nobody are left out
    changes: Sequence[Difference]
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class Published:
    number: int
    people: int  #: inside, who go over from now on


class Publisher:
    """Publishes by itself, and as a part of turning on."""

    def __init__(
        self,
        begin: Begin,
        checker: Checker,
        editor: Editor,
        new_secret: Callable[[], str],
        wake: Wakeup,
        around: Surroundings = PRODUCTION,
    ) -> None:
        """`new_secret` answers encrypted ones."""
        self._begin, self._checker, self._editor = begin, checker, editor
        self._new_secret, self._wake, self._around = new_secret, wake, around

    def preview(self, user_id: int, journey_id: int, removed: Removed = "next") -> Preview:
        """What becomes of whom. Changes nothing."""

        def look() -> Preview:
            with self._begin() as work:
                return self._preview(work, work.library.get(user_id, journey_id), removed)

        return redo(look, self._around)

    def publish(
        self,
        user_id: int,
        journey_id: int,
        actor: str,
        removed: Removed = "next",
        draft_revision: int | None = None,
    ) -> Published:
        """The draft, for a journey that is on or off. People inside go over in the background.

        Raises InvalidDocument, and Conflict: `archived`, `draft_changed` when the draft is not at
        the revision that was looked at, `not_changed` when it is what is published already.
        """

        def once() -> Published:
            with self._begin() as work:
                stored = work.library.get(user_id, journey_id)
                if draft_revision not in (None, stored.draft_revision):
                    text = f"The draft of “{stored.name}” has changed since you looked at it."
                    raise Conflict("draft_changed", f"{text} Look again, then publish.")
                now = self._around.clock(work)
                published = self.publish_in(work, stored, actor, removed, now)
                if published is None:
                    text = f"The draft of “{stored.name}” is what is published already."
                    raise Conflict("not_changed", text)
                return published

        published = redo(once, self._around)
        self._wake()
        return published

    def update_published(
        self, user_id: int, journey_id: int, text: str, actor: str, draft: bool = False
    ) -> Published | None:
        """A new document from a caller that knows no versions: published at once, people whose
        step is gone go on to the next one. None: it is the draft now, and nothing is published.

        So it is with `draft`, for a journey that was never published, and when nothing differs.
        """
        document = self._editor.read_named(text)

        def once() -> Published | None:
            with self._begin() as work:
                stored = self._editor.edit(work, user_id, journey_id, document, actor)
                if draft or stored.live_version_id is None:
                    return None
                return self.publish_in(work, stored, actor, "next", self._around.clock(work))

        published = redo(once, self._around)
        self._wake()
        return published

    def publish_in(
        self, work: Work, stored: Stored, actor: str, removed: Removed, now: datetime
    ) -> Published | None:
        """In this transaction. None: the draft is live already."""
        if stored.status == "archived":
            raise Conflict("archived", f"“{stored.name}” is archived. Restore it first.")
        if problems := self._problems(work, stored):
            raise InvalidDocument(problems)
        self._add_secrets(work, stored, now)
        live = _live(work, stored)
        if live is not None and _same(live.document, stored.draft):
            return None
        zone = stored.draft.time_zone or work.host.zone(stored.user_id)
        version_id = work.library.publish(stored, zone, actor, now)
        work.library.note(stored.user_id, actor, "journey.publish", stored.journey_id, now)
        if live is None:
            return Published(1, 0)
        ids = (stored.user_id, stored.journey_id)
        return Published(live.number + 1, work.changeovers.begin(*ids, version_id, removed, now))

    def _add_secrets(self, work: Work, stored: Stored, now: datetime) -> None:
        for name in _secrets_named(stored.draft):
            if not work.library.has_secret(stored.user_id, name):
                work.library.add_secret(stored.user_id, name, self._new_secret(), now)

    def _preview(self, work: Work, stored: Stored, removed: Removed) -> Preview:
        zone = stored.draft.time_zone or work.host.zone(stored.user_id)
        goings = _goings(work, stored, zone, removed)
        live = _live(work, stored)
        return Preview(
            number=live.number + 1 if live else 1,
            draft_revision=stored.draft_revision,
            people=sum(going.people for going in goings),
            goings=goings,
            changes=differences(live.document, stored.draft) if live else (),
            problems=self._problems(work, stored),
        )

    def _problems(self, work: Work, stored: Stored) -> list[Problem]:
        return self.faults(work, stored.user_id, stored.draft, stored.journey_id)

    def faults(
        self, work: Work, user_id: int, document: Document, journey_id: int = NOT_KEPT
    ) -> list[Problem]:
        """Faults of a document, and circles with the owner's journeys that are on. Of two that are
        turned on in the same moment neither sees the other: that is for the fuse."""
        catalog = work.catalog(user_id)
        if journey_id != NOT_KEPT:
            catalog = replace(catalog, this_journey=journey_id)
        if problems := self._checker.publishable(document, catalog):
            return problems
        this = Candidate(journey_id, document.name, document)
        live = work.store.live([user_id])
        others = [Candidate(j.journey_id, j.name, j.version.document) for j in live]
        return self._checker.circles(this, others)


def _live(work: Work, stored: Stored) -> Version | None:
    return None if stored.live_version_id is None else work.store.version(stored.live_version_id)


def _same(live: Document, draft: Document) -> bool:
    """Name and notes are no part of a version."""
    return replace(live, name=draft.name, notes=draft.notes) == draft


def _goings(work: Work, stored: Stored, zone: str, removed: Removed) -> list[Going]:
    """One for each step, fate and version of those inside."""
    new = lay_flat(stored.draft.steps)
    people: dict[tuple[int, int, str], int] = {}
    for group in work.changeovers.groups(stored.user_id, stored.journey_id):
        state = group.state if group.state in ("waiting", "entering") else ""
        at = (group.version_id, group.step_id, state)
        people[at] = people.get(at, 0) + group.people
    found: list[tuple[tuple[int, int], Going]] = []
    plans: dict[int, Mapping[int, Fate]] = {}
    for (version_id, step_id, state), n in people.items():
        old = work.store.version(version_id)
        plan = plans.setdefault(version_id, fates(old.program, new, removed))
        fate = plan.get(step_id, Fate("completes", None))
        if state == "entering":
            fate = Fate("not_begun", new.first)
        changed = fate.word == "meets_changes" or (fate.stays and old.zone != zone)
        step = old.program.steps.get(step_id)
        going = Going(
            step_id,
            step.action if step else "",
            n,
            fate.word,
            fate.step_id,
            state == "waiting" and changed,
        )
        found.append(((version_id, old.program.order.get(step_id, 0)), going))
    return [going for _, going in sorted(found, key=lambda one: (one[0], one[1].anew))]


def _secrets_named(document: Document) -> set[str]:
    """Signing secrets that webhooks of the document name; the default one is always there."""
    named = {
        step.params.get("secret", "default")
        for step in walk(document.steps)
        if step.params.get("signing") != "none"
    }
    return {name for name in named if isinstance(name, str)} | {"default"}
