"""Taking people off a list and deleting them by SQL, with what the list's rules add."""

from __future__ import annotations

import pytest

from demo.reading import find_list
from demo.writing import Membership
from plugin.domain.enrollment import Subscriber
from plugin.engine.membership_port import Ask, Result
from plugin.errors import CannotEvaluate
from tests.host.test_joining import NOW, refused
from tests.host.world import FOREIGN_LIST, LIST, OTHER_LIST, OWNER

UNSUBSCRIBED, ALREADY = Result("unsubscribed"), Result("already_unsubscribed")


def people(world, *emails, list_id=LIST, **values):
    world.subscribe(dict(enumerate(emails, 1)), list_id, **values)
    return {n: Subscriber(n, email, "Subscribed", "") for n, email in enumerate(emails, 1)}


def leave(world, people, list_id=LIST, here=True, **more):
    with world.host() as host:
        return host.unsubscribe(Ask(OWNER, list_id, people, NOW, here=here, **more))


def delete(world, people, list_id=LIST, **more):
    with world.host() as host:
        return host.delete(Ask(OWNER, list_id, people, NOW, here=True, **more))


def statuses(world, list_id=LIST):
    return {e: row["SubscriptionStatus"] for e, row in world.shard(list_id).items()}


def test_who_leaves_has_a_date_and_a_row_of_statistics(world):
    ann = people(world, "ann@example.com")
    done = leave(world, ann)
    row = world.shard(LIST)["ann@example.com"]
    assert done.results == {1: UNSUBSCRIBED}
    assert done.changes == [("unsubscription", LIST, 1, "ann@example.com", 1)]
    assert (row["SubscriptionStatus"], row["UnsubscriptionIP"]) == ("Unsubscribed", "0.0.0.0")
    assert row["UnsubscriptionDate"] == "2026-06-15 22:30:15"
    (noted,) = world.rows(world.tables.stats_unsubscription)
    assert (noted["RelListID"], noted["RelSubscriberID"], noted["RelOwnerUserID"]) == (LIST, 1, 1)
    assert (noted["UnsubscriptionDate"], noted["Channel"]) == ("2026-06-15 22:30:15", "Journey")
    (day,) = world.rows(world.tables.stats_activity)
    assert (day["TotalUnsubscriptions"], day["TotalSubscriptions"]) == (1, 0)
    assert world.rows(world.tables.subscriber_lists)[0]["ActiveSubscriberCount"] == -1
    assert world.rows(world.tables.suppression_list) == []


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("Unsubscribed", ALREADY),
        ("Opt-In Pending", refused("opt_in_pending")),
        ("Opt-Out Pending", UNSUBSCRIBED),
    ],
)
def test_only_who_is_on_the_list_can_leave_it(world, status, result):
    ann = people(world, "ann@example.com", SubscriptionStatus=status)
    assert leave(world, ann).results == {1: result}


def test_people_are_found_on_another_list_by_their_address(world):
    people(world, "ANN@example.com", "bob@example.com", list_id=OTHER_LIST)
    who = {n: Subscriber(77, e, "", "") for n, e in ((5, "ann@example.com"), (6, "x@example.com"))}
    done = leave(world, who, OTHER_LIST, here=False)
    assert done.results == {5: UNSUBSCRIBED, 6: refused("not_on_list")}
    assert done.changes == [("unsubscription", OTHER_LIST, 1, "ANN@example.com", 5)]
    assert statuses(world, OTHER_LIST) == {
        "ANN@example.com": "Unsubscribed",
        "bob@example.com": "Subscribed",
    }


def test_whoever_has_several_rows_leaves_by_all_of_them(world):
    people(world, "ann@example.com", "Ann@Example.com", list_id=OTHER_LIST)
    done = leave(world, {5: Subscriber(9, "ann@example.com", "", "")}, OTHER_LIST, here=False)
    assert [change.subscriber_id for change in done.changes] == [1, 2]


def test_two_enrollments_of_one_person_unsubscribe_once(world):
    ann = people(world, "ann@example.com")[1]
    done = leave(world, {3: ann, 4: ann})
    assert done.results == {3: UNSUBSCRIBED, 4: ALREADY}
    assert [change.cause for change in done.changes] == [3]


ON_THE_LIST, ON_THE_ACCOUNT = (LIST, OWNER), (0, OWNER)


@pytest.mark.parametrize(
    ("rules", "scopes"),
    [
        ([], []),
        (["OptOutAddToSuppressionList"], [ON_THE_LIST]),
        (["OptOutAddToGlobalSuppressionList"], [ON_THE_ACCOUNT]),
        (
            ["OptOutAddToSuppressionList", "OptOutAddToGlobalSuppressionList"],
            [ON_THE_ACCOUNT, ON_THE_LIST],
        ),
    ],
)
def test_who_leaves_is_suppressed_as_the_list_has_it_and_as_the_host_does_it(world, rules, scopes):
    world.set_rules(LIST, OptOutScope="This list", **dict.fromkeys(rules, "Yes"))
    ours = people(world, "ann@example.com", "bob@example.com", "cid@example.com")
    leave(world, {n: who for n, who in ours.items() if who.email != "cid@example.com"})
    leave_at_the_host(world, "cid@example.com")
    found = sorted(
        (r["EmailAddress"], (r["RelListID"], r["RelOwnerUserID"]), r["SuppressionSource"])
        for r in world.rows(world.tables.suppression_list)
    )
    emails = sorted(who.email for who in ours.values())
    assert found == [(email, scope, "Unsubscribe") for email in emails for scope in scopes]


def leave_at_the_host(world, email):
    """By the stand-in host's own verb."""
    with world.engine.connect() as connection:
        of = find_list(connection, world.tables, OWNER, LIST)
    member = Membership(world.engine, world.tables, NOW, "0.0.0.0")
    member.unsubscribe(of, world.shard(LIST)[email])


def test_nobody_is_suppressed_twice(world):
    world.set_rules(LIST, OptOutAddToGlobalSuppressionList="Yes")
    world.set_rules(OTHER_LIST, OptOutAddToGlobalSuppressionList="Yes")
    leave(world, people(world, "ann@example.com"))
    leave(world, people(world, "ANN@example.com", list_id=OTHER_LIST), OTHER_LIST)
    assert len(world.rows(world.tables.suppression_list)) == 1


def test_leaving_has_its_consequences_on_other_lists(world):
    world.set_rules(LIST, OptOutSubscribeTo=OTHER_LIST)
    done = leave(world, people(world, "ann@example.com"))
    assert done.also == {1: {OTHER_LIST: Result("subscribed")}}
    assert statuses(world, OTHER_LIST) == {"ann@example.com": "Subscribed"}


def test_leaving_one_list_may_be_leaving_another_without_its_rules(world):
    world.set_rules(LIST, OptOutUnsubscribeFrom=OTHER_LIST)
    world.set_rules(
        OTHER_LIST,
        OptOutSubscribeTo=LIST,
        OptOutAddToSuppressionList="Yes",
        OptOutScope="All lists",
    )
    people(world, "ann@example.com", list_id=OTHER_LIST)
    done = leave(world, people(world, "ann@example.com"))
    assert done.also == {1: {OTHER_LIST: UNSUBSCRIBED}}
    assert list(done.elsewhere) == []
    assert world.rows(world.tables.suppression_list) == []
    assert {*statuses(world).values(), *statuses(world, OTHER_LIST).values()} == {"Unsubscribed"}


def test_all_lists_are_the_owners_other_lists_and_work_of_their_own(world):
    world.set_rules(LIST, OptOutScope="All lists")
    ann = people(world, "ann@example.com")
    people(world, "ann@example.com", list_id=OTHER_LIST)
    people(world, "ann@example.com", list_id=FOREIGN_LIST)
    done = leave(world, ann)
    assert list(done.elsewhere) == [OTHER_LIST]
    assert statuses(world, OTHER_LIST) == {"ann@example.com": "Subscribed"}
    assert list(leave(world, ann, alone=True).elsewhere) == []


def test_a_second_try_tells_what_the_first_one_did(world):
    ann = people(world, "ann@example.com")
    first = leave(world, ann)
    assert leave(world, ann).changes == []
    assert leave(world, ann, repeated=True).changes == first.changes


def test_the_deleted_are_gone_with_the_values_of_their_list(world):
    who = people(world, "ann@example.com", "bob@example.com")
    world.give_account(401, {"ann@example.com": "stays"})
    done = delete(world, {1: who[1]})
    assert done.results == {1: Result("deleted")}
    assert done.changes == [("subscriber_deleted", LIST, 1, "ann@example.com", 1)]
    assert list(world.shard(LIST)) == ["bob@example.com"]
    assert world.account_values(401) == [("ann@example.com", "stays")]
    assert world.rows(world.tables.subscriber_lists)[0]["ActiveSubscriberCount"] == -1


def test_whoever_is_gone_already_counts_as_deleted(world):
    done = delete(world, {1: Subscriber(99, "x@example.com", "", "")})
    assert (done.results, done.changes) == ({1: Result("deleted")}, [])


def test_nothing_is_deleted_from_a_foreign_list(world):
    who = people(world, "ann@example.com", list_id=FOREIGN_LIST)
    for verb in (leave, delete):
        with pytest.raises(CannotEvaluate) as held:
            verb(world, who, FOREIGN_LIST)
        assert held.value.code == "list_missing"
    assert statuses(world, FOREIGN_LIST) == {"ann@example.com": "Subscribed"}


@pytest.mark.parametrize("verb", [leave, delete], ids=["leave", "delete"])
def test_the_number_of_statements_does_not_grow_with_the_people(world, verb):
    world.set_rules(
        LIST,
        OptOutSubscribeTo=OTHER_LIST,
        OptOutUnsubscribeFrom=OTHER_LIST,
        OptOutAddToSuppressionList="Yes",
        OptOutScope="All lists",
    )
    who = people(world, *(f"p{n}@example.com" for n in range(302)))
    verb(world, {1: who[1]})
    counts = []
    for part in ([2], range(3, 303)):
        with world.statements() as seen:
            verb(world, {n: who[n] for n in part})
        counts.append(len(seen))
    assert counts[0] == counts[1] < 35
