"""Plays what people do with an e-mail: open it, click in it, buy because of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, select

from demo.columns import fitting
from demo.database import writing
from demo.events import Event
from demo.reading import HostList
from demo.schema import HostTables


@dataclass(frozen=True)
class Mail:
    """An e-mail, 0 when nobody knows which, and the campaign that sent it, 0 when none did."""

    email_id: int
    campaign_id: int


class Player:
    """The verbs. Each writes the host's statistics in one transaction and returns the event."""

    def __init__(
        self, engine: Engine, tables: HostTables, now: datetime, ip: str, robot: bool = False
    ) -> None:
        self._engine = engine
        self._tables = tables
        self._now = now
        self._ip = ip
        self._robot = robot  #: it is a machine that opens and clicks, and the host has noticed

    def open(self, of: HostList, person: Mapping[str, Any], mail: Mail) -> Event:
        table = self._tables.stats_open
        with writing(self._engine) as connection:
            first = self._is_first(connection, "stats_open", of, person, mail)
            row = self._hit(of, person, mail) | {"OpenDate": self._now}
            row_id = _insert(connection, table, row)
            self._count(connection, mail, TotalOpens=1, UniqueOpens=int(first))
        return self._event("open", of, person, self._data(mail, row_id))

    def click(
        self,
        of: HostList,
        person: Mapping[str, Any],
        mail: Mail,
        link: tuple[str, str] | None = None,
    ) -> Event:
        """`link` is its address and its words; without it the first one of the sample e-mails."""
        url, title = link or (f"https://example.com/{mail.email_id}/1", "Link 1")
        with writing(self._engine) as connection:
            first = self._is_first(connection, "stats_link", of, person, mail)
            row = self._hit(of, person, mail)
            row |= {"ClickDate": self._now, "LinkURL": url, "LinkTitle": title[:250]}
            row_id = _insert(connection, self._tables.stats_link, row)
            self._count(connection, mail, TotalClicks=1, UniqueClicks=int(first))
        return self._event("click", of, person, self._data(mail, row_id) | {"url": url})

    def convert(self, of: HostList, person: Mapping[str, Any], value: float) -> Event:
        """The host has no table of conversions that is publicly known, so nothing is written."""
        return self._event("conversion", of, person, {"value": value, "currency": "EUR"})

    def _hit(self, of: HostList, person: Mapping[str, Any], mail: Mail) -> dict[str, Any]:
        return {
            "RelCampaignID": mail.campaign_id,
            "RelEmailID": mail.email_id,
            "RelListID": of.id,
            "RelSubscriberID": person["SubscriberID"],
            "RelOwnerUserID": of.owner_id,
            "IsAutomated": int(self._robot),
            "IP": self._ip,
        }

    def _is_first(
        self,
        connection: Connection,
        table_name: str,
        of: HostList,
        person: Mapping[str, Any],
        mail: Mail,
    ) -> bool:
        table = getattr(self._tables, table_name)
        earlier = select(func.count()).where(
            table.c.RelListID == of.id,
            table.c.RelSubscriberID == person["SubscriberID"],
            table.c.RelEmailID == mail.email_id,
        )
        return connection.scalar(earlier) == 0

    def _count(self, connection: Connection, mail: Mail, **more: int) -> None:
        table = self._tables.campaigns
        sums = {name: table.c[name] + number for name, number in more.items()}
        change = table.update().where(table.c.CampaignID == mail.campaign_id)
        connection.execute(change.values(sums))

    def _data(self, mail: Mail, row_id: int) -> dict[str, Any]:
        """What an event says of an e-mail: its ids, a campaign only if there is one, our row."""
        known = {"email_id": mail.email_id, "campaign_id": mail.campaign_id}
        return {name: id_ for name, id_ in known.items() if id_} | {
            "automated": self._robot,
            "row_id": row_id,
        }

    def _event(
        self, type_: str, of: HostList, person: Mapping[str, Any], data: Mapping[str, Any]
    ) -> Event:
        subscriber_id, address = person["SubscriberID"], person["EmailAddress"]
        return Event(type_, self._now, of.id, subscriber_id, address, data)


def _insert(connection: Connection, table: Table, row: Mapping[str, Any]) -> int:
    """The StatisticID of the new row."""
    result = connection.execute(table.insert().values(fitting(table, row)))
    return int(result.inserted_primary_key[0])  # type: ignore[index]
