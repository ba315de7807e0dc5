"""Hand-written SQL that changes the rows that the executor changes: the best that can be hoped.

Per batch of enrollments, in one transaction: the host's field, four lines of history a person
with the same details, one delivery, the enrollment itself, and the counters.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pymysql
import sqlalchemy as sa

from bench.world import LIST_ID, PREFIX, USER_ID, World

SHARD = f"{PREFIX}subscribers_{LIST_ID}"
BATCHES = (1000, 5000, 20_000)

_BRANCH = "IF(s.CustomField1 IN ('Oslo', 'Rome'), 'true', 'false')"
_LEVEL = "IF(s.CustomField1 IN ('Oslo', 'Rome'), 'gold', 'silver')"
_RULES = (
    """CONCAT('{"truth":', {branch}, ',"rules":[{{"path":"/any/0","truth":',"""
    """IF(s.CustomField1 = 'Oslo', 'true', 'false'), ',"seen":"', s.CustomField1, '"}},"""
    """{{"path":"/any/1","truth":', IF(s.CustomField1 = 'Rome', 'true', 'false'),"""
    """',"seen":"', s.CustomField1, '"}}]}}')"""
).replace("{branch}", _BRANCH)


def rate(world: World, batch: int) -> float:
    """People per second for one batch size."""
    url = sa.make_url(world.url)
    connection = pymysql.connect(
        host=url.host,
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        database=url.database or "",
        charset="utf8mb4",
        autocommit=False,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        steps = _steps(world)
        started = time.perf_counter()
        for first in range(1, world.people + 1, batch):
            for statement in _statements(
                first, first + batch - 1, steps, world.version_ids[USER_ID]
            ):
                cursor.execute(statement)
            connection.commit()
        return world.people / (time.perf_counter() - started)


def _steps(world: World) -> dict[str, int]:
    """Step ids by what they do."""
    with world.services.begin() as work:
        steps = work.store.version(world.version_ids[USER_ID]).program.steps
    names = ("decision", "gold", "silver", "webhook", "wait")
    return dict(zip(names, steps, strict=True))


def _statements(first: int, last: int, steps: dict[str, int], version: int) -> Iterator[str]:
    which = f"WHERE e.id BETWEEN {first} AND {last}"
    yield f"SELECT e.id FROM jny_enrollments e {which} FOR UPDATE"
    yield (
        f"UPDATE {SHARD} s JOIN jny_enrollments e ON s.SubscriberID = e.subscriber_id"
        f" SET s.CustomField2 = {_LEVEL} {which}"
    )
    people = f"jny_enrollments e JOIN {SHARD} s ON s.SubscriberID = e.subscriber_id {which}"
    yield from _history(people, steps, version)
    yield (
        "INSERT INTO jny_deliveries (user_id, journey_id, enrollment_id, visit, step_id,"
        " kind, delivery_key, method, url, headers, body, secret_name, state, attempts, next_at,"
        f" created_at, receiver_id, awaited) SELECT 1, 1, e.id, 3, {steps['webhook']},"
        " 'webhook', UUID(), 'POST',"
        """ 'https://example.com/hook', '{"Content-Type":"application/json"}',"""
        """ CONCAT('{"email":"', s.EmailAddress, '"}'), 'default', 'new', 0,"""
        f" UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 1, 0 FROM {people}"
    )
    yield (
        f"UPDATE jny_enrollments e SET step_id = {steps['wait']}, state = 'waiting', visit = 4,"
        " due_at = UTC_TIMESTAMP(6) + INTERVAL 1 DAY, arrived_at = UTC_TIMESTAMP(6),"
        f" epoch = epoch + 1 {which}"
    )
    yield (
        "INSERT INTO jny_counters (user_id, journey_id, version_id, step_id, counted_on, figure,"
        f" remark, n) VALUES (1, 1, {version}, {steps['wait']}, UTC_DATE(), 'arrived', '', 1),"
        f" (1, 1, {version}, {steps['webhook']}, UTC_DATE(), 'arrived', '', 1)"
    )


def _history(people: str, steps: dict[str, int], version: int) -> Iterator[str]:
    """Four lines a person, with the details that the engine writes."""
    level_step = f"IF(s.CustomField1 IN ('Oslo', 'Rome'), {steps['gold']}, {steps['silver']})"
    level_detail = f"""CONCAT('{{"field":2,"value":"', {_LEVEL}, '"}}')"""
    wait_detail = (
        """CONCAT('{"from":"', UTC_TIMESTAMP(6), '+00:00","base":"',"""
        """UTC_TIMESTAMP(6) + INTERVAL 1 DAY, '+00:00","until":"',"""
        """UTC_TIMESTAMP(6) + INTERVAL 1 DAY, '+00:00","zone":"UTC"}')"""
    )
    url_detail = """'{"url":"https://example.com/hook"}'"""
    rules = _RULES.replace("{{", "{").replace("}}", "}")
    lines = (
        (1, str(steps["decision"]), "'Decision'", "'branch'", _BRANCH, rules),
        (2, level_step, "'UpdateCustomFieldValue'", "'next'", "NULL", level_detail),
        (3, str(steps["webhook"]), "'Webhook'", "'next'", "NULL", url_detail),
        (4, str(steps["wait"]), "'Wait'", "'until'", "NULL", wait_detail),
    )
    for visit, step, action, outcome, branch, detail in lines:
        yield (
            "INSERT INTO jny_step_log (enrollment_id, visit, logged_on, user_id, journey_id,"
            " version_id, step_id, action, outcome, branch, logged_at, detail)"
            f" SELECT e.id, {visit}, UTC_DATE(), 1, 1, {version}, {step}, {action}, {outcome},"
            f" {branch}, UTC_TIMESTAMP(6), {detail} FROM {people}"
        )
