"""What one host user owns that a journey may name: lists, fields, e-mails, campaigns, tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Columns of a subscriber that criteria and merge tags may name, with their labels.
SUBSCRIBER_COLUMNS: Mapping[str, str] = {
    "SubscriberID": "Subscriber id",
    "EmailAddress": "E-mail address",
    "BounceType": "Bounce type",
    "SubscriptionStatus": "Subscription status",
    "SubscriptionDate": "Subscription date",
    "SubscriptionIP": "Subscription IP",
    "UnsubscriptionDate": "Unsubscription date",
    "UnsubscriptionIP": "Unsubscription IP",
    "OptInDate": "Opt-in date",
}


@dataclass(frozen=True, slots=True)
class HostList:
    list_id: int
    name: str
    double_opt_in: bool = False


@dataclass(frozen=True, slots=True)
class HostTag:
    """A tag of one list: only who is on that list can have it."""

    tag_id: int
    name: str
    list_id: int


@dataclass(frozen=True, slots=True)
class HostSegment:
    """A segment of one list: only who is on that list can be in it. `readable`: whether its rules
    can be asked here, too."""

    segment_id: int
    name: str
    list_id: int
    readable: bool


@dataclass(frozen=True, slots=True)
class HostField:
    """A custom field. `list_id` None: global, the value is kept by address, not by list row."""

    field_id: int
    name: str
    alias: str  #: MergeTagAlias, may be ''
    list_id: int | None
    kind: str  #: the host's FieldType: 'Single line', 'Date field' …

    @property
    def column(self) -> str:
        """How criteria name it."""
        return f"CustomField{self.field_id}"


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything of one owner. Foreign and missing things are alike: not in here."""

    user_id: int
    zone: str  #: IANA name of the owner
    lists: Mapping[int, HostList]
    fields: Mapping[int, HostField]
    emails: Mapping[int, str] = field(default_factory=dict)  #: names
    campaigns: Mapping[int, str] = field(default_factory=dict)  #: names
    tags: Mapping[int, HostTag] = field(default_factory=dict)
    tables_of_tags: bool = True  #: False: the host's tags cannot be read, so none are known
    segments: Mapping[int, HostSegment] = field(default_factory=dict)
    journeys: Mapping[int, str] = field(default_factory=dict)  #: names, archived ones too
    secrets: frozenset[str] = frozenset()  #: their names
    #: names of the values that steps of the document at hand keep
    kept: frozenset[str] = frozenset()
    #: the steps of the document at hand, by id: their kinds, and which of them send messages
    steps: Mapping[int, str] = field(default_factory=dict)
    senders: frozenset[int] = frozenset()
    #: the steps that somebody may have passed before they come to the one at hand
    passed: frozenset[int] = frozenset()
    this_journey: int | None = None  #: the one that is being published; None: not known
    undoes: bool = True  #: whether a rollback undoes changes in the host's tables
    whole_unicode: bool = True  #: whether they keep emoji and rarer letters
    #: names of the domains from which it may send, in lower case; None: the host does not tell
    sender_domains: frozenset[str] | None = None
    sends: bool = True  #: whether it is known where the host's e-mail gateway is
    writes: str = "tables"  #: how lists are written to: by SQL or, `api`, through the host's API
    calls: bool = False  #: whether the host's API can be called: its address and a key are there

    def label(self, field: str) -> str:
        """A field's name for people; the technical name when it is unknown."""
        if field in SUBSCRIBER_COLUMNS:
            return SUBSCRIBER_COLUMNS[field]
        found = self.by_column(field)
        return found.name if found else field

    def by_column(self, field: str) -> HostField | None:
        """The custom field that criteria call `CustomField<ID>`."""
        number = field.removeprefix("CustomField")
        return self.fields.get(int(number)) if number.isdecimal() and number.isascii() else None

    def by_tag(self, name: str, list_id: int | None = None) -> HostField | None:
        """The custom field that a merge tag names, by alias or `CustomField<ID>`.

        The same alias may exist on several lists; with `list_id`, that list's field or a global
        one is meant.
        """
        known = [f for f in self.fields.values() if name in (f.column, f.alias)]
        fitting = [f for f in known if list_id is None or f.list_id in (list_id, None)]
        return fitting[0] if fitting else None

    def list_name(self, list_id: int) -> str:
        found = self.lists.get(list_id)
        return found.name if found else f"list {list_id} (gone)"

    def email_name(self, email_id: int) -> str:
        return _name(self.emails, email_id, "e-mail")

    def campaign_name(self, campaign_id: int) -> str:
        return _name(self.campaigns, campaign_id, "campaign")

    def tag_name(self, tag_id: int) -> str:
        found = self.tags.get(tag_id)
        if found is None:
            return f"tag {tag_id} (gone)" if self.tables_of_tags else f"tag {tag_id}"
        return found.name or f"tag {tag_id}"

    def segment_name(self, segment_id: int) -> str:
        found = self.segments.get(segment_id)
        return found.name if found and found.name else f"segment {segment_id}"

    def journey_name(self, journey_id: int) -> str:
        return _name(self.journeys, journey_id, "journey")


def _name(names: Mapping[int, str], number: int, kind: str) -> str:
    """Things without a name are called by their number."""
    if number not in names:
        return f"{kind} {number} (gone)"
    return names[number] or f"{kind} {number}"
