"""Made-up subscribers: obviously so, at example.com, .org and .net, and the same every time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from demo.column_types import ZERO_DATETIME, ZERO_IP
from demo.fields import CHOICE_SEPARATOR, FieldSpec

_FIRST_NAMES = (
    "Ada", "Björn", "Chloé", "Dmitri", "Eleni", "Fatma", "Gül", "Håkon", "Inés", "João",
    "Kofi", "Łucja", "Mai", "Noor", "Øyvind", "Priya", "René", "Søren", "Tú", "Zoë 🎉",
    "李", "さくら", "أمل", "D'Arcy", "Anne-Marie",
)  # fmt: skip
_LAST_NAMES = ("Example", "Sample", "Placeholder", "Beispiel", "Próba", "Ejemplo", "Exempel")
_WORDS = ("alpha", "bravo", "café", "delta", "écho", "naïve", "ünit", "100 %", "a, b; c", "🚀")
_DOMAINS = ("com", "org", "net")
_SOURCES = ("Manual", "CSVImport", "CSVImport", "API", "Unknown")
_LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-" * 6 + "Example"


def subscriber_rows(
    list_id: int, count: int, fields: tuple[FieldSpec, ...], now: datetime
) -> list[dict[str, Any]]:
    """`count` rows for the shard of one list; the numbers of people overlap between lists."""
    random = Random(f"people of list {list_id}")
    mine = [field for field in fields if field.list_id == list_id]
    first = (list_id - 1) * count // 3
    joined = sorted(
        now - timedelta(seconds=random.randrange(3600, 400 * 86400)) for _ in range(count)
    )
    return [
        _base(random, first + n, list_id, when, now)
        | {field.column: _value(random, field, now) for field in mine}
        for n, when in enumerate(joined)
    ]


def address(person: int, list_id: int) -> str:
    """The address of a made-up person; on some lists it is written in other letters."""
    text = f"person.{person:05d}@example.{_DOMAINS[person % 3]}"
    return text.replace("person", "Person") if (person + list_id) % 17 == 0 else text


def _base(
    random: Random, person: int, list_id: int, joined: datetime, now: datetime
) -> dict[str, Any]:
    """The columns that every shard has."""
    status = random.choices(
        ("Subscribed", "Unsubscribed", "Opt-In Pending", "Opt-Out Pending"),
        (860, 100, 60 if list_id == 2 else 4, 2),
    )[0]
    row = {
        "EmailAddress": address(person, list_id),
        "BounceType": random.choices(("Not Bounced", "Soft", "Hard"), (950, 30, 20))[0],
        "SubscriptionStatus": status,
        "SubscriptionDate": joined,
        "SubscriptionIP": f"192.0.2.{person % 254 + 1}",
        "UnsubscriptionDate": ZERO_DATETIME,
        "UnsubscriptionIP": ZERO_IP,
        "OptInDate": ZERO_DATETIME if status == "Opt-In Pending" else joined,
        "OptInIP": "",
        "SubscriptionSource": _SOURCES[person % len(_SOURCES)],
    }
    if status == "Unsubscribed":
        row["UnsubscriptionDate"] = joined + (now - joined) * random.random()
        row["UnsubscriptionIP"] = row["SubscriptionIP"]
    return row


def _value(random: Random, field: FieldSpec, now: datetime) -> Any:
    """A value for one field: about one in nine is NULL and, in text columns, one in nine ''."""
    luck = random.random()
    if luck < 0.11:
        return None
    if luck < 0.22 and field.data_type == "text":
        return ""
    return _MAKERS.get(field.data_type, _text)(random, field, now)


def _text(random: Random, field: FieldSpec, _now: datetime) -> str:
    if field.unique:
        return f"A-{random.getrandbits(40):010X}"
    if field.kind == "Checkboxes":
        chosen = random.sample(field.options, random.randint(1, len(field.options)))
        return CHOICE_SEPARATOR.join(sorted(chosen))
    if field.options:
        return random.choice(field.options)
    if field.alias == "FirstName":
        return _LONG_NAME if random.random() < 0.002 else random.choice(_FIRST_NAMES)
    if field.alias == "LastName":
        return random.choice(_LAST_NAMES)
    if field.alias == "WelcomeNote":
        return ""
    if field.validation == "URL":
        return f"https://example.org/{random.randrange(1000)}"
    length = 30 if field.kind == "Paragraph text" else 2
    return " ".join(random.choices(_WORDS, k=length))


def _choice(random: Random, field: FieldSpec, _now: datetime) -> str:
    return random.choice(field.options)


def _number(random: Random, _field: FieldSpec, _now: datetime) -> int:
    return random.randrange(-3, 60)


def _decimal(random: Random, _field: FieldSpec, _now: datetime) -> float:
    return random.randrange(0, 500_000) / 100


def _day(random: Random, _field: FieldSpec, now: datetime) -> datetime:
    return now - timedelta(days=random.randrange(20 * 365, 70 * 365))


def _instant(random: Random, _field: FieldSpec, now: datetime) -> datetime:
    return now - timedelta(seconds=random.randrange(-30 * 86400, 365 * 86400))


_MAKERS: dict[str, Callable[[Random, FieldSpec, datetime], Any]] = {
    "number": _number,
    "decimal": _decimal,
    "enum": _choice,
    "date": _day,
    "time": _instant,
    "datetime": _instant,
    "timestamp": _instant,
}
