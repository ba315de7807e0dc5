"""Workers that are killed with -9 in the middle of things lose nothing and do nothing twice."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.servers import MariaDb, RedisServer, private_redis
from tests.chaos.calls import COPIES, Call, planned_calls
from tests.chaos.campaign import Campaign, Faults
from tests.chaos.expected import Fate, Person, Verdict
from tests.chaos.moments import KILLS, WEB_MOMENTS, Moment, planned_moments, tally
from tests.chaos.runs import Ground, Result, run
from tests.chaos.world import make_people
from tests.conftest import empty_database

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]

SEED = int(os.environ.get("CHAOS_SEED", "20261122"))
PEOPLE = int(os.environ.get("CHAOS_PEOPLE", "5000"))
#: Of the kills, at least so many hit an open transaction or a request under way.
IN_THE_MIDDLE = 20

People = list[Person]


@pytest.fixture(scope="module")
def people() -> People:
    return make_people(PEOPLE, SEED)


@pytest.fixture(scope="module")
def calls(people: People) -> list[Call]:
    return planned_calls(people, SEED)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis that may be killed."""
    with private_redis(tmp_path / "redis") as server:
        yield server


@pytest.fixture(scope="module")
def undisturbed(
    mariadb: MariaDb,
    tmp_path_factory: pytest.TempPathFactory,
    people: People,
    calls: list[Call],
) -> dict[int, Fate]:
    """How everybody stands after the same calls with one worker that lives on."""
    databases = empty_database(mariadb)
    ground = Ground(mariadb, next(databases), "", tmp_path_factory.mktemp("undisturbed"), SEED)
    result, _, seconds = run(ground, people, calls, Faults())
    next(databases, None)
    result.check(people)
    print(f"undisturbed: {seconds:.0f} s")
    return result.fates


@pytest.mark.parametrize("with_redis", [True, False], ids=["redis", "no redis"])
def test_after_30_kills_everybody_stands_as_after_an_undisturbed_run(
    with_redis: bool,
    request: pytest.FixtureRequest,
    mariadb: MariaDb,
    mysql_url: str,
    tmp_path: Path,
    people: People,
    calls: list[Call],
    undisturbed: dict[int, Fate],
    capsys: pytest.CaptureFixture[str],
):
    redis = request.getfixturevalue("own_redis") if with_redis else None
    seed = SEED + with_redis
    faults = Faults(
        moments=planned_moments(seed),
        web_moments=[Moment(point, nth) for nth, point in enumerate(WEB_MOMENTS, 3)],
        slots=2,
        redis=redis,
        flush_after=frozenset({4, 9, 14, 24, 28}),
        redis_dies_after=18,
    )
    ground = Ground(mariadb, mysql_url, redis.url if redis else "", tmp_path, seed, "moody")
    result, campaign, seconds = run(ground, people, calls, faults)
    with capsys.disabled():
        # Where it is seen when tests run in several processes, too.
        print(f"\n{_report(people, result, campaign, seed)} · {seconds:.0f} s", file=sys.stderr)
    print("\n".join(f"{n:>2}. {kill}" for n, kill in enumerate(campaign.kills, 1)))
    result.check(people)
    assert result.fates == undisturbed
    assert len(campaign.kills) == KILLS == 30
    assert tally(campaign.kills)["either"] >= IN_THE_MIDDLE
    assert len(campaign.web_kills) == len(WEB_MOMENTS)
    if with_redis:
        assert (campaign.flushes, campaign.redis_deaths) == (5, 1)


def _report(people: People, result: Result, campaign: Campaign, seed: int) -> str:
    held, verdict = tally(campaign.kills), Verdict.of(people, result.fates)
    again, most = result.received.repeats()
    return (
        f"chaos: kills {len(campaign.kills)} (open transaction {held['transaction']},"
        f" request in flight {held['request']}; either {held['either']})"
        f" · web kills {len(campaign.web_kills)} · Redis flushed {campaign.flushes},"
        f" killed {campaign.redis_deaths}"
        f" · {len(people)} people, events x{COPIES}"
        f" · lost {verdict.lost} · doubled {verdict.doubled}"
        f" · redelivered {again} (max {most}) · seed {seed}"
    )
