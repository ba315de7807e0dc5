"""Merge tags in the parameters of actions: checked when published, rendered for a batch at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError, fields

from plugin.domain.catalog import SUBSCRIBER_COLUMNS, Catalog
from plugin.domain.enrollment import Batch, EnrollmentId, Failed, Hold, Outcome
from plugin.domain.merge_tags import NOW, Place, Template, parse
from plugin.domain.merge_tags.scopes import nearest
from plugin.engine.kinds import Lists
from plugin.engine.ports import Work
from plugin.engine.tag_ports import MOST_EVENT_BYTES, EnrollmentData
from plugin.errors import BadTemplate, Problem

#: For whom the values of merge tags could not be read: an empty text would be a wrong one.
MISSING = Hold("subscriber_missing", "The subscriber's row could not be read.")
TOO_LARGE = Failed(
    "event_too_large",
    f"The event that enrolled this person has more than {MOST_EVENT_BYTES // 1024} kB of data; its"
    " values were not kept.",
)

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
    """Tags of subscribers that name nothing that exists, and of values that no step keeps; the
    other scopes were checked when the text was parsed."""
    some_list = next(iter(lists)) if lists and len(lists) == 1 else None
    for scope, name in sorted(text.template.tags):
        if scope == "Kept" and name not in catalog.kept:
            near = nearest(name, catalog.kept)
            hint = f"Did you mean {scope}:{near}?" if near else "Remove the merge tag."
            yield Problem(path, f"No step keeps a value called {name}. {hint}")
        if scope != "Subscriber" or name in SUBSCRIBER_COLUMNS:
            continue
        if catalog.by_tag(name, some_list) is None:
            near = nearest(name, _names(catalog, some_list))
            hint = f"Did you mean {scope}:{near}?" if near else "Choose another merge tag."
            yield Problem(path, f"Nothing is called {scope}:{name}. {hint}")


def _names(catalog: Catalog, list_id: int | None) -> list[str]:
    """What may stand behind `Subscriber:`, an alias rather than the field's number."""
    fitting = [
        f for f in catalog.fields.values() if list_id is None or f.list_id in (list_id, None)
    ]
    return [*SUBSCRIBER_COLUMNS, *(field.alias or field.column for field in fitting)]


def seed_of(batch: Batch, enrollment_id: EnrollmentId) -> str:
    """What chance follows from: the same in every try of one visit."""
    return f"{enrollment_id}|{batch.visits[enrollment_id]}"


def tag_values(
    batch: Batch,
    work: Work,
    templates: Iterable[Template],
    more: Iterable[tuple[str, str]] = (),
) -> tuple[Mapping[EnrollmentId, TagValues], dict[EnrollmentId, Outcome]]:
    """The values that these templates need, and `more`, per enrollment, read in one go: a statement
    for each scope that they name. Beside it an outcome for those whose values cannot be had."""
    wanted: dict[str, list[str]] = {}
    for scope, name in sorted({tag for template in templates for tag in template.tags} | {*more}):
        wanted.setdefault(scope, []).append(name)
    shared = _shared(batch, work, wanted)
    own: dict[EnrollmentId, TagValues] = dict.fromkeys(batch.subscribers, shared)
    others: dict[EnrollmentId, Outcome] = {}
    if names := wanted.get("Subscriber"):
        ids = [s.subscriber_id for s in batch.subscribers.values()]
        read = work.host.values(batch.list_id, ids, names)
        own = {
            enrollment_id: shared | {("Subscriber", n): v for n, v in read[s.subscriber_id].items()}
            for enrollment_id, s in batch.subscribers.items()
            if s.subscriber_id in read
        }
        others = dict.fromkeys(batch.subscribers.keys() - own, MISSING)
    if "Event" in wanted or "Kept" in wanted:
        _add_data(own, others, wanted, work.beside.read(batch.user_id, list(own)))
    return own, others


def _shared(
    batch: Batch, work: Work, wanted: Mapping[str, list[str]]
) -> dict[tuple[str, str], object]:
    """What is the same for the whole batch."""
    shared: dict[tuple[str, str], object] = {
        ("Journey", "JourneyID"): batch.journey_id,
        ("Journey", "Name"): batch.journey_name,
        ("Journey", "ActionID"): batch.step.id,
        ("List", "ListID"): batch.list_id,
    }
    of_list = [name for name in wanted.get("List", ()) if name != "ListID"]
    if of_list:
        found = work.host.list_values(batch.user_id, batch.list_id, of_list)
        shared |= {("List", name): value for name, value in found.items()}
    if of_user := wanted.get("User"):
        found = work.host.user_values(batch.user_id, of_user)
        shared |= {("User", name): value for name, value in found.items()}
    if NOW[0] in wanted:
        shared[NOW] = batch.now.astimezone(ZoneInfo(batch.zone)).replace(microsecond=0)
    return shared


def _add_data(
    own: dict[EnrollmentId, TagValues],
    others: dict[EnrollmentId, Outcome],
    wanted: Mapping[str, list[str]],
    read: Mapping[EnrollmentId, EnrollmentData],
) -> None:
    events, kept = wanted.get("Event", ()), wanted.get("Kept", ())
    for enrollment_id, data in read.items():
        if data.too_large and events:
            del own[enrollment_id]
            others[enrollment_id] = TOO_LARGE
            continue
        values = dict(own[enrollment_id])
        values |= {("Event", name): value_of(data, "Event", name) for name in events}
        values |= {("Kept", name): value_of(data, "Kept", name) for name in kept}
        own[enrollment_id] = values


def value_of(data: EnrollmentData, scope: str, name: str) -> object:
    """A value of Event or Kept; None where there is none."""
    return data.kept.get(name) if scope == "Kept" else _of_event(data.event or {}, name)


def _of_event(event: Mapping[str, Any], name: str) -> object:
    """`Property:a:b` looks among the properties, or, where the event has none, in its data."""
    first, *path = name.split(":")
    if first != "Property" or not path:
        return _at(event, [first, *path])
    properties = event.get("properties")
    return _at(properties if isinstance(properties, Mapping) else event, path)


def _at(data: object, path: Iterable[str]) -> object:
    """The value that a path of keys, or of places in a list, leads to; None where it leads
    nowhere."""
    for key in path:
        if isinstance(data, Mapping):
            data = data.get(key)
        elif isinstance(data, list) and key.isascii() and key.isdecimal():
            data = data[int(key)] if int(key) < len(data) else None
        else:
            return None
    return data


def render_each(
    batch: Batch, work: Work, text: TaggedText, place: Place
) -> tuple[dict[EnrollmentId, str], dict[EnrollmentId, Outcome]]:
    """The text for each person, and an outcome for those who have none: where it cannot be
    rendered they fail alone, without a row they hold."""
    template = text.template
    if template.constant:
        return dict.fromkeys(batch.subscribers, template.render({}, place)), {}
    texts: dict[EnrollmentId, str] = {}
    values, others = tag_values(batch, work, [template])
    for enrollment_id, known in values.items():
        try:
            texts[enrollment_id] = template.render(known, place, seed_of(batch, enrollment_id))
        except BadTemplate as wrong:
            others[enrollment_id] = Failed("bad_template", str(wrong))
    return texts, others
