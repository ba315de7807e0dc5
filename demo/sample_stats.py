"""Opens, clicks and daily sums for the sample campaigns, made from the sample people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from demo.sample_account import CAMPAIGNS

Rows = list[dict[str, Any]]

_OPEN_SHARE = 0.46
_CLICK_SHARE = 0.27
_ROBOT_SHARE = 0.08
_MEAN_DELAY_DAYS = 14
_HISTORY_DAYS = 90


@dataclass
class Statistics:
    """Rows for the statistics tables, and the totals of each campaign by its id."""

    opens: Rows = field(default_factory=list)
    clicks: Rows = field(default_factory=list)
    unsubscriptions: Rows = field(default_factory=list)
    activity: Rows = field(default_factory=list)
    totals: dict[int, dict[str, int]] = field(default_factory=dict)


def statistics(
    people: Mapping[int, Sequence[Mapping[str, Any]]], owners: Mapping[int, int], now: datetime
) -> Statistics:
    """Everything for `people`, the rows of each list's shard, as they are `now`."""
    made = Statistics()
    for campaign in CAMPAIGNS:
        _play_campaign(made, campaign, people[campaign[4]], now)
    made.unsubscriptions = _unsubscriptions(people, owners, now)
    made.activity = _activity(people, owners, now)
    return made


def _play_campaign(
    made: Statistics, campaign: tuple[Any, ...], rows: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    id_, owner, _name, email, list_id, days = campaign
    random = Random(f"campaign {id_}")
    sent = now - timedelta(days=days)
    recipients = [
        row
        for row in rows
        if row["SubscriptionStatus"] == "Subscribed" and row["SubscriptionDate"] <= sent
    ]
    opens: Rows = []
    clicks: Rows = []
    for row in recipients:
        ids = {
            "RelCampaignID": id_,
            "RelEmailID": email,
            "RelListID": list_id,
            "RelSubscriberID": row["SubscriberID"],
            "RelOwnerUserID": owner,
            "IP": row["SubscriptionIP"],
        }
        for when in _opens(random, sent, now):
            opens.append(ids | {"OpenDate": when, "IsAutomated": _robot(random)})
            if random.random() < _CLICK_SHARE:
                clicks.append(ids | _click(random, email, when, now))
    made.opens += opens
    made.clicks += clicks
    made.totals[id_] = _totals(len(recipients), opens, clicks)


def _opens(random: Random, sent: datetime, now: datetime) -> Iterator[datetime]:
    """The moments at which one recipient opens, possibly none; never after `now`."""
    if random.random() > _OPEN_SHARE:
        return
    for _ in range(random.choices((1, 2, 3), (80, 15, 5))[0]):
        when = sent + timedelta(days=random.expovariate(1 / _MEAN_DELAY_DAYS), seconds=30)
        if when < now:
            yield when


def _click(random: Random, email: int, opened: datetime, now: datetime) -> dict[str, Any]:
    page = random.randint(1, 3)
    return {
        "ClickDate": min(opened + timedelta(seconds=random.randint(2, 300)), now),
        "IsAutomated": _robot(random),
        "LinkURL": f"https://example.com/{email}/{page}",
        "LinkTitle": f"Link {page}",
    }


def _robot(random: Random) -> int:
    return int(random.random() < _ROBOT_SHARE)


def _totals(sent: int, opens: Rows, clicks: Rows) -> dict[str, int]:
    return {
        "TotalRecipients": sent,
        "TotalSent": sent,
        "TotalOpens": len(opens),
        "UniqueOpens": len({row["RelSubscriberID"] for row in opens}),
        "TotalClicks": len(clicks),
        "UniqueClicks": len({row["RelSubscriberID"] for row in clicks}),
    }


def _unsubscriptions(
    people: Mapping[int, Sequence[Mapping[str, Any]]], owners: Mapping[int, int], now: datetime
) -> Rows:
    oldest = now - timedelta(days=_HISTORY_DAYS)
    return [
        {
            "RelListID": list_id,
            "RelSubscriberID": row["SubscriberID"],
            "RelOwnerUserID": owners[list_id],
            "UnsubscriptionDate": row["UnsubscriptionDate"],
            "UnsubscriptionIP": row["UnsubscriptionIP"],
            "Channel": "Link",
        }
        for list_id, rows in people.items()
        for row in rows
        if row["SubscriptionStatus"] == "Unsubscribed" and row["UnsubscriptionDate"] >= oldest
    ]


def _activity(
    people: Mapping[int, Sequence[Mapping[str, Any]]], owners: Mapping[int, int], now: datetime
) -> Rows:
    """One row per list and day of the last 90 days on which anything happened."""
    days: Counter[tuple[int, str, str]] = Counter()
    oldest = now - timedelta(days=_HISTORY_DAYS)
    for list_id, rows in people.items():
        for row in rows:
            if row["SubscriptionDate"] >= oldest:
                days[list_id, _day(row["SubscriptionDate"]), "TotalSubscriptions"] += 1
            gone = row["UnsubscriptionDate"]
            if isinstance(gone, datetime) and gone >= oldest:
                days[list_id, _day(gone), "TotalUnsubscriptions"] += 1
    names = ("TotalSubscriptions", "TotalUnsubscriptions")
    return [
        {"RelListID": list_id, "RelOwnerUserID": owners[list_id], "StatisticsDate": day}
        | {name: days[list_id, day, name] for name in names}
        for list_id, day in sorted({(list_id, day) for list_id, day, _ in days})
    ]


def _day(when: datetime) -> str:
    return when.strftime("%Y-%m-%d")
