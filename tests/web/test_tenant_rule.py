"""No request reads or writes a journey, person or secret without saying whose."""

from __future__ import annotations

import pytest

from devtools.page_world import MANAGER
from plugin.storage.tables import Tables
from tests.tenant import TenantRule
from tests.web.conftest import Visit
from tests.web.test_access import doors


@pytest.fixture
def rule() -> TenantRule:
    return TenantRule(Tables("jny_"))


def test_every_page_and_form_keeps_the_tenant_rule(world, rule):
    visit = Visit(world.visitor(MANAGER, "view", "draft", "manage"))
    with rule.listening():
        for name, method, path, _ in sorted(doors(world), key=lambda door: door[0] == "leave"):
            send = visit.get if method == "GET" else visit.post
            assert send(path).status_code < 500, name
    assert rule.seen > 30, "the recorder heard the requests"
    assert rule.broken == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT name FROM jny_journeys WHERE jny_journeys.id = ?",
        "SELECT user_id FROM jny_journeys WHERE id = ? ORDER BY user_id",
        "UPDATE jny_enrollments SET state=? WHERE jny_enrollments.journey_id = ?",
        "DELETE FROM jny_secrets WHERE name = ?",
        "INSERT INTO jny_audit (actor, act) VALUES (?, ?)",
        "SELECT 1 FROM jny_journeys JOIN jny_step_log AS l ON l.journey_id = jny_journeys.id"
        " WHERE jny_journeys.id = ? AND l.user_id > 0",
    ],
)
def test_the_recorder_catches_a_statement_that_forgets_the_user(rule, statement):
    rule.check(statement)
    assert rule.broken == [statement]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT name FROM jny_journeys WHERE jny_journeys.id = ? AND jny_journeys.user_id = ?",
        "SELECT 1 FROM jny_enrollments AS e WHERE e.user_id = %(user_id_1)s",
        "INSERT INTO jny_audit (user_id, actor) VALUES (?, ?)",
        "SELECT UTC_TIMESTAMP(6)",
        "SELECT id FROM oempro_users",
    ],
)
def test_the_recorder_lets_the_others_pass(rule, statement):
    rule.check(statement)
    assert rule.broken == []
