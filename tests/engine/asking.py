"""Messages as they are when something has become of them, and journeys that ask about people."""

from __future__ import annotations

from itertools import count

import sqlalchemy as sa

from tests.documents import decide, journey, step, update, wait
from tests.engine.kinds import acting, everybody_goes_on
from tests.world_host import LEVEL, LIST

_numbers = count(1)
EMAIL, OTHER_EMAIL = 7, 8
#: A step that sends, under an id by which rules name it.
SEND = step("Mailing") | {"id": 5}


def asked(criteria, *before, **more):
    """Everybody is asked; those of whom it is so have “yes” in a field."""
    decision = decide(criteria, [update(LEVEL, "yes")], [update(LEVEL, "no")])
    return journey(*before, decision, wait(9, "days"), **more)


def told(world, person):
    """Truth and value of each rule of the only decision of somebody."""
    lines = [row for row in world.rows(world.tables.step_log) if "rules" in (row["detail"] or {})]
    row = world.person(person, list_id=LIST)
    (line,) = [line for line in lines if line["enrollment_id"] == row["id"]]
    return [(answer["truth"], answer["seen"]) for answer in line["detail"]["rules"]]


def message(world, enrollment, step_id, **more):
    """A message of ours as it is when that has become of it."""
    number = next(_numbers)
    row = {
        **{name: enrollment[name] for name in ("user_id", "journey_id", "version_id", "list_id")},
        "step_id": step_id,
        "enrollment_id": enrollment["id"],
        "visit": number,
        "subscriber_id": enrollment["subscriber_id"],
        "person_key": enrollment["person_key"],
        "email_id": EMAIL,
        "delivery_key": f"{number:036}",
        "state": "sent",
        "asked_at": world.now,
        "place_at": world.now,
        "sent_at": world.now,
        "revenue": 0,
    }
    with world.host.engine.begin() as connection:
        connection.execute(sa.insert(world.tables.messages).values(**row | more))
    return row["delivery_key"]


class Mailing(acting(everybody_goes_on, "Mailing")):
    """A step whose messages the test writes."""

    name = "Mailing"
    sends_messages = True
