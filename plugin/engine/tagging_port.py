"""What the engine needs of subscribers' tags; part of engine.ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple, Protocol

from plugin.domain.enrollment import SubscriberId


class TagSight(NamedTuple):
    """Where a tag belongs, and how some people of one list stand to it; all by their ids there."""

    list_id: int  #: the list whose tag it is
    rows: Mapping[SubscriberId, SubscriberId]  #: their rows on that list; who has none is left out
    has: Set[SubscriberId] | None  #: those who have it; None: that cannot be read


class TagsOfPeople(Protocol):
    """Tags are read from the host's tables, and written by calls of its API only."""

    def tag_sight(
        self, user_id: int, list_id: int, ids: Sequence[SubscriberId], tag_id: int
    ) -> TagSight:
        """Three statements at most. Where the host's tables of tags cannot be read, it is taken
        for a tag of `list_id`.

        Raises CannotEvaluate: `tag_missing` for a tag that is gone or another account's, and
        `list_missing`.
        """

    def tags_on(
        self, user_id: int, list_id: int, ids: Sequence[SubscriberId]
    ) -> Mapping[SubscriberId, Set[int]] | None:
        """All tags of the owner's that these subscribers of a list have; who has none is left out.
        None where they cannot be read. Two statements."""

    def can_call(self) -> bool:
        """Is it known where the host's API is?"""

    def tells_of_tags(self) -> bool:
        """Does the host report tags that its API puts on and takes away?"""
