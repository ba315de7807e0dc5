"""How often people opened or clicked, counted by the host's database from its statistics.

What is taken for granted, for the host does not say it: a row is one open or one click, its date
is in the host's time zone, and there is an index that begins with the list and the subscriber.
Without one, the documented index of list, owner and date is the next best. Nothing is joined, so
what is kept of a campaign that was deleted still counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from plugin.domain.activity_codec import ACTIVITIES, is_negated
from plugin.domain.criteria import ActivityRule, Answer
from plugin.domain.enrollment import SubscriberId
from plugin.errors import CannotEvaluate
from plugin.host import schema as known
from plugin.host.columns import HostTable
from plugin.host.criteria_sql import PATTERNS, Expression, Place, like, when
from plugin.host.days import Calendar
from plugin.host.dialect import Dialect
from plugin.host.reading import Reader
from plugin.sql.among import among

Counts = Sequence[int]

_WORDS = {"opened": ("open", "opens"), "clicked": ("click", "clicks")}
_REACHES: Mapping[str, Callable[[int, int], bool]] = {
    "at_least": lambda n, value: n >= value,
    "at_most": lambda n, value: n <= value,
    "exactly": lambda n, value: n == value,
}
#: How the host may write that a row is not a robot's, where it does not do so by a number.
_NOT_A_ROBOT = ("", "0", "No", "false", "Disabled")


def activity(rule: ActivityRule, times: int) -> Answer:
    """The answer for somebody who did it so many times."""
    one, many = _WORDS[ACTIVITIES[rule.activity]]
    seen = f"{times} {one if times == 1 else many}"
    if rule.count is not None:
        return Answer(_REACHES[rule.count.operator](times, rule.count.value), seen)
    return Answer((times > 0) != is_negated(rule), seen)


@dataclass(frozen=True, slots=True)
class Counting:
    """The opens, or the clicks, of people of the reader's list, which is `owner`'s."""

    reader: Reader
    calendar: Calendar
    owner: int

    def counts(
        self, kind: str, ids: Sequence[SubscriberId], rules: Sequence[ActivityRule]
    ) -> Mapping[SubscriberId, Counts]:
        """For each rule how many fit it, by subscriber; who did nothing is left out.

        One statement. `kind` is `opened` or `clicked`. Raises CannotEvaluate(`activity_missing`).
        """
        name, date_column = known.ACTIVITIES[kind]
        link = (known.LINK,) if any(rule.url for rule in rules) else ()
        table = self._table(name, (*known.OF_ACTIVITIES, date_column, *link))
        c = table.clause.c
        fitting = [self._fitting(rule, table, date_column) for rule in rules]
        each = [sa.func.count(sa.case((fits, 1))) for fits in fitting]
        query = (
            sa.select(c["RelSubscriberID"], *each)
            .where(
                c["RelListID"] == self.reader.list_id,
                among(c["RelSubscriberID"], ids),
                # The host's own guard: rows of another account are not ours to count.
                c["RelOwnerUserID"] == self.owner,
                _by_people(table),
                sa.or_(*fitting),
            )
            .group_by(c["RelSubscriberID"])
        )
        return {row[0]: row[1:] for row in self.reader.connection.execute(query)}

    def _table(self, name: str, needed: Sequence[str]) -> HostTable:
        schema = self.reader.schema
        found = schema.optional_table(self.reader.connection, name, needed)
        if found is None:
            raise CannotEvaluate(
                "activity_missing",
                f"The host's table {schema.prefix}{name}, or a column of it, cannot be found,"
                " so opens and clicks are not known. Run `journeys doctor`.",
            )
        return found

    def _fitting(self, rule: ActivityRule, table: HostTable, date_column: str) -> Expression:
        """Which rows count for this rule."""
        c, dialect = table.clause.c, self.reader.dialect
        parts: list[Expression] = []
        if rule.campaigns:
            parts.append(c["RelCampaignID"].in_(rule.campaigns))
        if rule.emails:
            parts.append(c["RelEmailID"].in_(rule.emails))
        if rule.url is not None:
            place = Place(c[known.LINK], table.columns[known.LINK])
            parts.append(_address(place, *rule.url, dialect))
        if rule.when is not None:
            place = Place(c[date_column], table.columns[date_column])
            parts.append(when(*rule.when, place, self.calendar, dialect))
        return sa.and_(sa.true(), *parts)


def _address(place: Place, operator: str, value: str, dialect: Dialect) -> Expression:
    """Compared as the collation of the column has it, letter by letter: blanks count."""
    return like(place, PATTERNS.get(operator, "{}"), value, dialect)


def _by_people(table: HostTable) -> Expression:
    """Robots do not count, where the host's rows say which are theirs."""
    column = table.columns.get("IsAutomated")
    if column is None:
        return sa.true()
    flag = table.clause.c["IsAutomated"]
    if column.family in ("text", "choice"):
        return sa.or_(flag.is_(None), flag.in_(_NOT_A_ROBOT))
    return sa.func.coalesce(flag, 0) == 0
