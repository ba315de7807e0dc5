"""Putting people on a list by SQL: who may, what their rows hold, and what the list's rules add."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from plugin.domain.enrollment import Subscriber
from plugin.engine.membership_port import Ask, Result
from plugin.errors import CannotEvaluate
from tests.host.world import CITY, FOREIGN_LIST, LIST, OTHER_LIST, OTHER_LISTS_FIELD, OWNER

NOW = datetime(2026, 6, 15, 22, 30, 15, 250000, tzinfo=UTC)
SUBSCRIBED, ALREADY = Result("subscribed"), Result("already_subscribed")


def refused(reason):
    return Result("refused", reason)


def ask(emails, list_id=OTHER_LIST, **more):
    people = {n: Subscriber(n, email, "", "") for n, email in enumerate(emails, 1)}
    return Ask(OWNER, list_id, people, NOW, **more)


def subscribe(world, emails, list_id=OTHER_LIST, **more):
    with world.host() as host:
        return host.subscribe(ask(emails, list_id, **more))


def test_a_new_person_gets_a_row_with_dates_in_the_hosts_zone(world):
    with world.as_set(zone="Europe/Oslo") as there:
        done = subscribe(there, ["Ann@Example.com"], source="journey 7")
    (row,) = world.rows(world.tables.shard(OTHER_LIST))
    assert done.results == {1: SUBSCRIBED}
    assert (row["EmailAddress"], row["SubscriptionStatus"]) == ("Ann@Example.com", "Subscribed")
    assert row["BounceType"] == "Not Bounced"
    assert row["SubscriptionDate"] == row["OptInDate"] == "2026-06-16 00:30:15"
    assert row["UnsubscriptionDate"] == "0000-00-00 00:00:00"
    assert {row[name] for name in ("SubscriptionIP", "OptInIP", "UnsubscriptionIP")} == {"0.0.0.0"}
    (change,) = done.changes
    assert change == ("subscription", OTHER_LIST, row["SubscriberID"], "Ann@Example.com", 1)


def test_who_is_on_the_list_under_another_spelling_is_on_it_already(world):
    world.subscribe({1: "ANN@example.com"}, OTHER_LIST)
    done = subscribe(world, ["ann@example.com"])
    assert (done.results, done.changes) == ({1: ALREADY}, [])
    assert world.people(OTHER_LIST) == [1]


def test_an_address_that_the_collation_takes_for_another_is_somebody_else(world):
    world.subscribe({1: "rene@example.com"}, OTHER_LIST)
    assert subscribe(world, ["rené@example.com"]).results == {1: SUBSCRIBED}
    assert len(world.people(OTHER_LIST)) == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"SubscriptionStatus": "Unsubscribed"}, "unsubscribed"),
        ({"SubscriptionStatus": "Opt-Out Pending"}, "unsubscribed"),
        ({"SubscriptionStatus": "Opt-In Pending"}, "opt_in_pending"),
        ({"BounceType": "Hard"}, "bounced"),
    ],
)
def test_nobody_is_brought_back_unless_the_step_says_so(world, row, reason):
    world.subscribe({5: "ann@example.com"}, OTHER_LIST, **row)
    before = world.shard(OTHER_LIST)
    done = subscribe(world, ["ann@example.com"])
    assert (done.results, done.changes) == ({1: refused(reason)}, [])
    assert world.shard(OTHER_LIST) == before


@pytest.mark.parametrize("row", [{"SubscriptionStatus": "Unsubscribed"}, {"BounceType": "Hard"}])
def test_brought_back_people_keep_their_row(world, row):
    world.subscribe({5: "ann@example.com"}, OTHER_LIST, UnsubscriptionIP="10.0.0.1", **row)
    done = subscribe(world, ["ann@example.com"], revive=True)
    back = world.shard(OTHER_LIST)["ann@example.com"]
    assert (done.results, done.changes[0].subscriber_id) == ({1: SUBSCRIBED}, 5)
    assert (back["SubscriptionStatus"], back["BounceType"]) == ("Subscribed", "Not Bounced")
    assert back["SubscriptionDate"] == "2026-06-15 22:30:15"
    assert (back["UnsubscriptionDate"], back["UnsubscriptionIP"]) == (
        "0000-00-00 00:00:00",
        "0.0.0.0",
    )


def test_who_has_yet_to_confirm_is_not_confirmed_by_us(world):
    world.subscribe({5: "a@example.com"}, OTHER_LIST, SubscriptionStatus="Opt-In Pending")
    done = subscribe(world, ["a@example.com"], revive=True)
    assert done.results == {1: refused("opt_in_pending")}


@pytest.mark.parametrize("scope", [(OTHER_LIST, OWNER), (0, OWNER), (0, 0)])
def test_the_suppressed_stay_off_the_list_in_every_scope(world, scope):
    suppress(world, "ANN@example.com", *scope)
    assert subscribe(world, ["ann@example.com"]).results == {1: refused("suppressed")}
    assert subscribe(world, ["ann@example.com"], revive=True).results == {1: SUBSCRIBED}


@pytest.mark.parametrize("scope", [(LIST, OWNER), (0, 2), (OTHER_LIST, 2)])
def test_suppressions_of_other_lists_and_accounts_do_not_count(world, scope):
    suppress(world, "ann@example.com", *scope)
    assert subscribe(world, ["ann@example.com"]).results == {1: SUBSCRIBED}


def suppress(world, email, list_id, user_id):
    row = {"RelListID": list_id, "RelOwnerUserID": user_id, "EmailAddress": email}
    with world.engine.begin() as connection:
        connection.execute(
            sa.insert(world.tables.suppression_list).values(SuppressionSource="User", **row)
        )


def test_two_who_ask_for_one_person_are_served_one_after_the_other(world):
    done = subscribe(world, ["ann@example.com", "ANN@example.com"])
    assert done.results == {1: SUBSCRIBED, 2: ALREADY}
    assert [change.cause for change in done.changes] == [1]
    assert len(world.people(OTHER_LIST)) == 1


@pytest.mark.parametrize("email", ["", "x" * 250 + "@example.com"])
def test_an_address_that_the_list_cannot_hold_fails_alone(world, email):
    done = subscribe(world, [email, "bob@example.com"])
    assert done.results == {1: refused("invalid_address"), 2: SUBSCRIBED}


def set_field(world, field_id, **values):
    fields = world.tables.custom_fields
    with world.engine.begin() as connection:
        mine = fields.c.CustomFieldID == field_id
        connection.execute(sa.update(fields).where(mine).values(**values))


def test_a_required_field_without_a_value_keeps_people_off(world):
    set_field(world, OTHER_LISTS_FIELD, IsRequired="Yes")
    world.subscribe({7: "old@example.com"}, OTHER_LIST, SubscriptionStatus="Unsubscribed")
    world.subscribe(
        {8: "full@example.com"},
        OTHER_LIST,
        SubscriptionStatus="Unsubscribed",
        **{f"CustomField{OTHER_LISTS_FIELD}": "x"},
    )
    people = ["new@example.com", "old@example.com", "full@example.com"]
    lacking = refused("required_field")
    done = subscribe(world, people, revive=True)
    assert done.results == {1: lacking, 2: lacking, 3: SUBSCRIBED}


def test_a_default_value_is_written_and_fills_a_required_field(world):
    set_field(world, OTHER_LISTS_FIELD, IsRequired="Yes", FieldDefaultValue="Oslo")
    assert subscribe(world, ["new@example.com"]).results == {1: SUBSCRIBED}
    assert list(world.column_of(OTHER_LISTS_FIELD, OTHER_LIST).values()) == ["Oslo"]


def test_the_default_of_a_unique_field_is_nobodys(world):
    set_field(world, OTHER_LISTS_FIELD, IsUnique="Yes", FieldDefaultValue="Oslo")
    done = subscribe(world, ["a@example.com", "b@example.com"])
    assert done.results == {1: SUBSCRIBED, 2: SUBSCRIBED}
    assert set(world.column_of(OTHER_LISTS_FIELD, OTHER_LIST).values()) == {None}


def test_a_required_field_of_the_account_is_asked_by_address(world):
    set_field(world, 401, IsRequired="Yes", FieldDefaultValue="no help")
    world.give_account(401, {"ANN@example.com": "known", "bob@example.com": ""})
    done = subscribe(world, ["ann@example.com", "bob@example.com"])
    assert done.results == {1: SUBSCRIBED, 2: refused("required_field")}


def test_fields_of_another_list_ask_nothing(world):
    set_field(world, CITY, IsRequired="Yes")
    assert subscribe(world, ["ann@example.com"]).results == {1: SUBSCRIBED}


def test_the_days_count_is_written_once_for_all(world):
    subscribe(world, ["a@example.com", "b@example.com"])
    subscribe(world, ["c@example.com"])
    (day,) = world.rows(world.tables.stats_activity)
    assert (day["RelListID"], day["RelOwnerUserID"]) == (OTHER_LIST, OWNER)
    assert (day["StatisticsDate"], day["TotalSubscriptions"]) == ("2026-06-15", 3)
    counts = {
        r["ListID"]: r["ActiveSubscriberCount"] for r in world.rows(world.tables.subscriber_lists)
    }
    assert counts == {LIST: 0, OTHER_LIST: 3, FOREIGN_LIST: 0}


def test_what_is_undone_is_not_counted(world):
    with world.host() as host:
        with pytest.raises(ZeroDivisionError), host.undoing():
            host.subscribe(ask(["a@example.com"]))
            1 / 0  # noqa: B018
        assert host._tally.sums == {}


def test_joining_has_its_consequences_on_other_lists_one_level_deep(world):
    world.set_rules(LIST, OptInSubscribeTo=OTHER_LIST)
    world.set_rules(OTHER_LIST, OptInSubscribeTo=LIST, OptInUnsubscribeFrom=LIST)
    done = subscribe(world, ["ann@example.com"], LIST)
    assert done.results == {1: SUBSCRIBED}
    assert done.also == {1: {OTHER_LIST: SUBSCRIBED}}
    assert [(c.type, c.list_id) for c in done.changes] == [
        ("subscription", LIST),
        ("subscription", OTHER_LIST),
    ]
    assert world.shard(LIST)["ann@example.com"]["SubscriptionStatus"] == "Subscribed"


def test_joining_one_list_may_be_leaving_another(world):
    world.set_rules(OTHER_LIST, OptInUnsubscribeFrom=LIST)
    world.subscribe({1: "ann@example.com", 2: "bob@example.com"}, LIST)
    done = subscribe(world, ["ann@example.com", "carl@example.com"])
    assert done.also == {1: {LIST: Result("unsubscribed")}, 2: {LIST: refused("not_on_list")}}
    statuses = {email: row["SubscriptionStatus"] for email, row in world.shard(LIST).items()}
    assert statuses == {"ann@example.com": "Unsubscribed", "bob@example.com": "Subscribed"}


def test_who_is_on_the_list_already_has_no_consequences(world):
    world.set_rules(OTHER_LIST, OptInSubscribeTo=LIST)
    world.subscribe({1: "ann@example.com"}, OTHER_LIST)
    done = subscribe(world, ["ann@example.com"])
    assert (done.also, world.people(LIST)) == ({}, [])


def test_a_consequence_brings_nobody_back(world):
    world.set_rules(OTHER_LIST, OptInSubscribeTo=LIST)
    world.subscribe({1: "ann@example.com"}, LIST, SubscriptionStatus="Unsubscribed")
    done = subscribe(world, ["ann@example.com"], revive=True)
    assert done.also == {1: {LIST: refused("unsubscribed")}}


def test_a_chain_to_a_list_that_asks_for_confirmation_ends_there(world):
    world.set_rules(OTHER_LIST, OptInSubscribeTo=LIST)
    world.set_rules(LIST, OptInMode="Double")
    done = subscribe(world, ["ann@example.com"])
    assert done.also == {1: {LIST: refused("double_opt_in")}}
    assert world.people(LIST) == []


def test_a_chain_to_a_foreign_list_is_no_chain(world):
    world.set_rules(OTHER_LIST, OptInSubscribeTo=FOREIGN_LIST)
    assert subscribe(world, ["ann@example.com"]).also == {}
    assert world.people(FOREIGN_LIST) == []


def test_a_double_opt_in_list_holds_with_what_to_do(world):
    world.set_rules(OTHER_LIST, OptInMode="Double")
    with pytest.raises(CannotEvaluate, match="JOURNEYS_HOST_WRITES=api") as held:
        subscribe(world, ["ann@example.com"])
    assert held.value.code == "double_opt_in"


@pytest.mark.parametrize("list_id", [FOREIGN_LIST, 99])
def test_foreign_and_unknown_lists_answer_alike(world, list_id):
    with pytest.raises(CannotEvaluate) as held:
        subscribe(world, ["ann@example.com"], list_id)
    assert held.value.code == "list_missing"


def test_the_number_of_statements_does_not_grow_with_the_people(world):
    world.set_rules(OTHER_LIST, OptInSubscribeTo=LIST, OptInUnsubscribeFrom=LIST)
    counts = []
    for n, few in enumerate((1, 300)):
        subscribe(world, [f"warm{n}@example.com"])
        with world.statements() as seen:
            subscribe(world, [f"p{n}-{i}@example.com" for i in range(few)])
        counts.append(len(seen))
    assert counts[0] == counts[1] < 35


def test_hosts_without_the_newer_tables_and_columns_are_served(fresh_world):
    world = fresh_world
    for name in ("stats_unsubscription", "stats_activity", "suppression_list"):
        getattr(world.tables, name).drop(world.engine)
    with world.engine.begin() as connection:
        for column in ("ActiveSubscriberCount", "OptInSubscribeTo", "OptOutScope"):
            table = world.tables.subscriber_lists.name
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
        shard = world.tables.shard(OTHER_LIST).name
        connection.exec_driver_sql(f"ALTER TABLE {shard} DROP COLUMN OptInIP")
    world.schema.forget()
    assert subscribe(world, ["ann@example.com"]).results == {1: SUBSCRIBED}


def test_a_column_that_must_be_given_and_is_unknown_holds_with_its_name(fresh_world):
    world = fresh_world
    shard = world.tables.shard(OTHER_LIST).name
    with world.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {shard}")
        connection.exec_driver_sql(
            f"CREATE TABLE {shard} (SubscriberID INTEGER PRIMARY KEY, EmailAddress VARCHAR(250),"
            " BounceType VARCHAR(20), SubscriptionStatus VARCHAR(20), Loyalty INTEGER NOT NULL)"
        )
    world.schema.forget()
    with pytest.raises(CannotEvaluate, match="Loyalty") as held:
        subscribe(world, ["ann@example.com"])
    assert held.value.code == "column_unknown"


@pytest.mark.parametrize("kind", ["DATE", "DATETIME"])
def test_dates_are_cut_to_what_the_column_holds(fresh_world, kind):
    world = fresh_world
    shard = world.tables.shard(OTHER_LIST).name
    auto = "INTEGER PRIMARY KEY" if world.is_sqlite else "INTEGER PRIMARY KEY AUTO_INCREMENT"
    with world.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {shard}")
        connection.exec_driver_sql(
            f"CREATE TABLE {shard} (SubscriberID {auto}, EmailAddress VARCHAR(250),"
            " BounceType VARCHAR(20), SubscriptionStatus VARCHAR(20),"
            f" SubscriptionDate {kind} NOT NULL, UnsubscriptionDate {kind} NOT NULL,"
            " Source VARCHAR(20), SourceRef VARCHAR(64))"
        )
    world.schema.forget()
    subscribe(world, ["ann@example.com"], source="journey 7")
    with world.engine.begin() as connection:
        query = f"SELECT SubscriptionDate, UnsubscriptionDate, Source, SourceRef FROM {shard}"
        shown = [str(value) for value in connection.exec_driver_sql(query).one()]
    day = {"DATE": "2026-06-15", "DATETIME": "2026-06-15 22:30:15"}[kind]
    zero = {"DATE": "0000-00-00", "DATETIME": "0000-00-00 00:00:00"}[kind]
    assert shown == [day, zero, "Other", "journey 7"]
