"""Room for messages: minutes, hours and lines, worked out by hand and by chance."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from plugin.domain.send_rates import Cap, Line, SendLimits, SendRate, share

NOON = datetime(2026, 3, 2, 12, 0, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_without_a_rate_everybody_has_room():
    assert share([], NOON, 3, 4).now_ == 7


def test_who_finds_no_room_looks_again_one_after_the_other():
    rate = SendRate(per_minute=6)
    shared = share([(rate, Line.at(NOON))], NOON, 0, 10)
    assert shared.now_ == 6
    seconds = [(at - NOON).total_seconds() for at in shared.again]
    assert seconds == [40, 50, 60, 70]
    assert shared.lines[0].line_at == NOON + timedelta(seconds=80)


def test_who_comes_now_stands_behind_a_line_though_there_is_room():
    rate = SendRate(per_minute=6)
    line = share([(rate, Line.at(NOON))], NOON, 0, 10).lines[0]
    later = NOON + timedelta(seconds=40)
    shared = share([(rate, line)], later, 1, 2)
    assert shared.now_ == 1
    assert [(at - NOON).total_seconds() for at in shared.again] == [80, 90]


def test_the_hour_counts_beside_the_minute():
    rate = SendRate(per_minute=60, per_hour=90)
    line = share([(rate, Line.at(NOON))], NOON, 0, 60).lines[0]
    shared = share([(rate, line)], NOON + MINUTE, 60, 0)
    assert shared.now_ == 30
    assert set(shared.again) == {datetime(2026, 3, 2, 13, 0, tzinfo=UTC)}


def test_a_slow_journey_lets_no_line_of_the_account_grow():
    account, journey = SendRate(per_hour=1000), SendRate(per_hour=1)
    shared = share([(account, Line.at(NOON)), (journey, Line.at(NOON))], NOON, 0, 500)
    assert shared.now_ == 1
    assert shared.lines[0].line_at == NOON
    assert max(shared.again) > NOON + timedelta(hours=490)
    assert share([(account, shared.lines[0])], NOON, 0, 900).now_ == 900


def test_a_clock_that_went_back_opens_no_minute_again():
    rate = SendRate(per_minute=2)
    line = share([(rate, Line.at(NOON))], NOON, 0, 2).lines[0]
    assert share([(rate, line)], NOON - MINUTE, 0, 2).now_ == 0


def test_whatever_comes_when_no_minute_and_no_hour_has_too_many_and_all_have_their_turn():
    for seed in range(60):
        dice = Random(seed)
        rates = [SendRate(dice.choice((0, 3, 10)), dice.choice((0, 40, 100))) for _ in range(2)]
        rates = [rate for rate in rates if rate]
        lines = [Line.at(NOON) for _ in rates]
        arrivals = sorted(NOON + timedelta(seconds=dice.randrange(900)) for _ in range(120))
        waiting: list[tuple[datetime, int]] = []
        sent: list[datetime] = []
        at, came = NOON, 0
        for _ in range(20_000):
            moments = [t for t, _ in waiting] + arrivals[came : came + 1]
            if not moments:
                break
            at = max(at, min(moments))
            due = sorted(w for w in waiting if w[0] <= at)
            fresh = [i for i in range(came, len(arrivals)) if arrivals[i] <= at]
            came += len(fresh)
            people = [i for _, i in due] + fresh
            shared = share(list(zip(rates, lines, strict=True)), at, len(due), len(fresh))
            lines = list(shared.lines) if rates else []
            sent += [at] * shared.now_
            waiting = [w for w in waiting if w[0] > at]
            waiting += zip(shared.again, people[shared.now_ :], strict=True)
            assert all(t > at for t in shared.again)
        assert len(sent) == len(arrivals)
        for rate in rates:
            minutes = Counter(t.replace(second=0) for t in sent)
            hours = Counter(t.replace(minute=0, second=0) for t in sent)
            assert not rate.per_minute or max(minutes.values()) <= rate.per_minute
            assert not rate.per_hour or max(hours.values()) <= rate.per_hour


def test_limits_are_what_they_were_when_they_were_written_down():
    for limits in (SendLimits(), SendLimits(SendRate(1, 2), Cap(3, 7, "end"))):
        assert SendLimits.of_data(limits.as_data()) == limits
