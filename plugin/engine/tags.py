"""Merge tags in the parameters of actions: checked when published, rendered for a batch at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields

from plugin.domain.catalog import SUBSCRIBER_COLUMNS, Catalog
from plugin.domain.enrollment import Batch, EnrollmentId, Failed, Hold, Outcome
from plugin.domain.merge_tags import Place, Template, parse
from plugin.engine.kinds import Lists
from plugin.engine.ports import Work
from plugin.errors import BadTemplate, Problem

#: What `{{ Journey:… }}` and `{{ List:… }}` may name.
JOURNEY_NAMES = ("JourneyID", "ActionID", "Name")
LIST_NAMES = ("ListID", "Name")

#: For whom the values of merge tags could not be read: an empty text would be a wrong one.
MISSING = Hold("subscriber_missing", "The subscriber's row could not be read.")

TagValues = Mapping[tuple[str, str], object]


@dataclass(frozen=True, slots=True)
class TaggedText:
    """A parameter with merge tags: as it was written, and parsed."""

    text: str
    template: Template


class TemplateField(fields.Field[TaggedText]):
    """Text with merge tags, parsed when loaded. `longest` counts characters."""

    def __init__(self, *, longest: int, **more: Any) -> None:
        super().__init__(**more)
        self._longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> TaggedText:
        if not isinstance(value, str):
            raise ValidationError("This must be text.")
        if len(value) > self._longest:
            raise ValidationError(f"At most {self._longest} characters.")
        return tagged(value)


def tagged(text: str) -> TaggedText:
    """Raises ValidationError with the place of each fault."""
    template = parse(text)
    if template.problems:
        raise ValidationError([str(problem) for problem in template.problems])
    return TaggedText(text, template)


def tag_problems(path: str, text: TaggedText, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
    """Tags that name nothing that exists."""
    for scope, name in sorted(text.template.tags):
        if not _known(scope, name, catalog, lists):
            yield Problem(path, f"Nothing is called {scope}:{name}. Choose another merge tag.")


def _known(scope: str, name: str, catalog: Catalog, lists: Lists) -> bool:
    if scope == "Subscriber":
        some_list = next(iter(lists)) if lists and len(lists) == 1 else None
        return name in SUBSCRIBER_COLUMNS or catalog.by_tag(name, some_list) is not None
    return name in {"Journey": JOURNEY_NAMES, "List": LIST_NAMES}.get(scope, ())


def tag_values(
    batch: Batch, work: Work, templates: Iterable[Template]
) -> Mapping[EnrollmentId, TagValues]:
    """The values that these templates need, per enrollment, read in one go.

    Who is not in it has lost the subscriber's row since the step began: see `MISSING`.
    """
    wanted = {tag for template in templates for tag in template.tags}
    names = sorted({name for scope, name in wanted if scope == "Subscriber"})
    of_batch: dict[tuple[str, str], object] = {
        ("Journey", "JourneyID"): batch.journey_id,
        ("Journey", "Name"): batch.journey_name,
        ("Journey", "ActionID"): batch.step.id,
        ("List", "ListID"): batch.list_id,
    }
    if ("List", "Name") in wanted:
        of_batch["List", "Name"] = work.host.catalog(batch.user_id).list_name(batch.list_id)
    if not names:
        return dict.fromkeys(batch.subscribers, of_batch)
    ids = [s.subscriber_id for s in batch.subscribers.values()]
    read = work.host.values(batch.list_id, ids, names)
    return {
        enrollment_id: of_batch | {("Subscriber", n): v for n, v in read[s.subscriber_id].items()}
        for enrollment_id, s in batch.subscribers.items()
        if s.subscriber_id in read
    }


def render_each(
    batch: Batch, work: Work, text: TaggedText, place: Place
) -> tuple[dict[EnrollmentId, str], dict[EnrollmentId, Outcome]]:
    """The text for each person, and an outcome for those who have none: where it cannot be
    rendered they fail alone, without a row they hold."""
    template = text.template
    if template.constant:
        return dict.fromkeys(batch.subscribers, template.render({}, place)), {}
    texts: dict[EnrollmentId, str] = {}
    values = tag_values(batch, work, [template])
    others: dict[EnrollmentId, Outcome] = dict.fromkeys(batch.subscribers.keys() - values, MISSING)
    for enrollment_id, known in values.items():
        try:
            texts[enrollment_id] = template.render(known, place)
        except BadTemplate as wrong:
            others[enrollment_id] = Failed("bad_template", str(wrong))
    return texts, others
