"""Merge tags in steps: values of every scope, read for a whole batch, and the same in every try."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from plugin.domain.merge_tags import Place, parse
from plugin.engine.tag_ports import MOST_EVENT_BYTES
from plugin.errors import InvalidDocument
from tests.documents import journey, update, wait, webhook
from tests.world_host import LEVEL, LIST, OTHER_LIST, OWNER, STRANGER
from tests.world_parts import Died, answered, counted

CLICK = {"type": "EmailLinkClick", "params": {}}


def bodies(world):
    """By the subscriber's id, for which the body has an entry."""
    found = [json.loads(request.body) for request in world.other_side.webhooks()]
    return {int(body.pop("id")): body for body in found}


def clicked(world, people, **data):
    """They click, and are routed."""
    world.accept(*(world.event(i, type="click", data=data) for i in people))
    world.turn_wheel(world.services.intake.route)


def joined(world, people, **data):
    """They join the list, with something to tell, and are routed."""
    world.accept(*(world.event(i, data=data) for i in people))
    world.turn_wheel(world.services.intake.route)


def on_click(*steps, **more):
    return journey(*steps, **({"trigger": CLICK} | more))


def told(**texts):
    return webhook({"id": "{{ Subscriber:SubscriberID }}"} | texts)


def set_host(world, table, values, **where):
    with world.host.engine.begin() as connection:
        query = sa.update(table).values(values)
        for name, value in where.items():
            query = query.where(table.c[name] == value)
        connection.execute(query)


def test_a_body_tells_what_came_with_the_event_that_enrolled(world):
    body = told(
        url="{{ Event:url }}",
        size='{{ uppercase Event:Property:item:size|"none" }}',
        second="{{ Event:Property:list:1 }}",
        all="{{ Event:Property:list }}",
        gone='{{ Event:Property:item:size:more|"-" }}{{ Event:Property:list:9 }}',
        tag="{{ Event:evil }}",
        if_shop="{{ if Event:url=https://example.com/shop }}shop{{ else }}blog{{ endif }}",
    )
    world.publish(on_click(body))
    ann, bob = world.host.subscribe(2)
    data = {"item": {"size": "xl"}, "list": ["a", "b"]}
    evil = "{{ Subscriber:EmailAddress }}"
    clicked(world, [ann], url="https://example.com/shop", properties=data, evil=evil)
    clicked(world, [bob], url="https://example.com/")
    world.run()
    assert bodies(world) == {
        ann: {
            "url": "https://example.com/shop",
            "size": "XL",
            "second": "b",
            "all": '["a", "b"]',
            "gone": "-",
            "tag": evil,
            "if_shop": "shop",
        },
        bob: {
            "url": "https://example.com/",
            "size": "none",
            "second": "",
            "all": "",
            "gone": "-",
            "tag": "",
            "if_shop": "blog",
        },
    }


def test_properties_are_looked_for_in_the_data_where_an_event_has_none(world):
    world.publish(journey(update(LEVEL, "{{ Event:Property:url }}")))
    (ann,) = world.host.subscribe(1)
    joined(world, [ann], url="u")
    world.run()
    assert world.host.values(LEVEL) == {ann: "u"}


def test_the_data_of_each_entry_stay_with_it(world):
    world.publish(
        on_click(wait(1, "hours"), webhook({"u": "{{ Event:url }}"}), reentry="every_time")
    )
    (ann,) = world.host.subscribe(1)
    for url in ("first", "second"):
        clicked(world, [ann], url=url)
    world.run()
    world.turn(hours=1)
    world.run()
    assert sorted(json.loads(r.body)["u"] for r in world.other_side.webhooks()) == [
        "first",
        "second",
    ]


def test_two_journeys_keep_the_data_of_one_event_each_for_itself(world):
    for field in ("{{ Event:url }}", "2 {{ Event:url }}"):
        world.publish(on_click(webhook({"u": field})))
    (ann,) = world.host.subscribe(1)
    clicked(world, [ann], url="u")
    world.run()
    assert {json.loads(r.body)["u"] for r in world.other_side.webhooks()} == {"u", "2 u"}
    assert len(world.rows(world.tables.enrollment_data)) == 2


def test_who_may_not_enter_again_leaves_no_data(world):
    world.publish(on_click(wait(1, "days")))
    (ann,) = world.host.subscribe(1)
    clicked(world, [ann], url="first")
    clicked(world, [ann], url="second")
    (row,) = world.rows(world.tables.enrollment_data)
    assert (row["enrollment_id"], row["user_id"]) == (world.person(ann)["id"], OWNER)
    assert (row["event"], row["too_large"], row["kept"]) == ({"url": "first"}, 0, None)


def test_an_event_without_data_and_an_enrolling_by_hand_have_empty_values(world):
    published = world.publish(journey(update(LEVEL, '{{ Event:url|"none" }}')))
    ann, bob = world.host.subscribe(2)
    world.report([ann])
    world.services.enrolling.enroll(OWNER, published.id, LIST, [bob])
    world.run()
    assert world.host.values(LEVEL) == {ann: "none", bob: "none"}
    assert world.rows(world.tables.enrollment_data) == []


def test_data_over_the_limit_are_not_kept_and_the_person_is_told_to_have_had_more(world):
    world.publish(journey(update(LEVEL, "x{{ Event:n }}")))
    fits, over = world.host.subscribe(2)
    room = MOST_EVENT_BYTES - len('{"n":1,"more":""}')
    joined(world, [fits], n=1, more="é" * (room // 2) + "x" * (room % 2))
    joined(world, [over], n=1, more="é" * (room // 2) + "x" * (room % 2 + 1))
    world.run()
    assert world.host.values(LEVEL) == {fits: "x1", over: None}
    held = world.person(over)
    assert held["cause"] == "event_too_large"
    assert "16 kB" in held["cause_text"]
    assert world.person(fits)["state"] == "ended"


def test_the_large_data_of_an_event_hold_nobody_whose_steps_do_not_ask_for_them(world):
    world.publish(journey(update(LEVEL, "{{ Subscriber:SubscriberID }}")))
    (ann,) = world.host.subscribe(1)
    joined(world, [ann], more="x" * MOST_EVENT_BYTES)
    world.run()
    assert world.host.values(LEVEL) == {ann: str(ann)}


def test_copying_takes_one_statement_for_many_and_none_without_data(world):
    world.publish(on_click(wait(1, "days")))
    counts = []
    for how_many, data in ((1, {"u": 1}), (50, {"u": 1}), (50, {})):
        people = world.host.subscribe(how_many)
        world.accept(*(world.event(i, type="click", data=data) for i in people))
        with counted() as seen:
            world.services.intake.route()
        counts.append(len([text for text in seen.texts if "enrollment_data" in text]))
    assert counts == [1, 1, 0]


def test_reading_takes_one_statement_for_each_scope_of_a_batch(world):
    text = (
        "{{ Event:url }}{{ Event:b }}{{ User:City }}{{ User:Zip }}{{ List:Name }}"
        "{{ List:SenderName }}{{ Subscriber:City }}{{ Subscriber:Language }}{{ Now }}"
    )
    world.publish(journey(update(LEVEL, text)))
    lists_name = f"{world.host.tables.subscriber_lists.name}.Name"
    seen_by = []
    for how_many in (1, 50):
        people = world.host.subscribe(how_many)
        joined(world, people, url="u")
        with counted() as seen:
            world.tick()
        plain = [text.replace("`", "").replace('"', "") for text in seen.texts]
        reads = [text for text in plain if text.startswith("SELECT")]
        seen_by.append(
            [len([t for t in reads if word in t]) for word in ("_data", "Zip", lists_name)]
        )
    assert seen_by == [[1, 1, 1], [1, 1, 1]]


def test_lists_and_accounts_are_told_of(world):
    tables = world.host.tables
    set_host(world, tables.users, {"CompanyName": "Mail & Co", "City": ""}, UserID=OWNER)
    sender = "Ann" if world.host.knows_senders else ""
    if sender:
        set_host(world, tables.subscriber_lists, {"SenderName": sender}, ListID=LIST)
    text = '{{ List:Name }} by {{ List:SenderName }} of {{ User:CompanyName }}, {{ User:City|"?" }}'
    assert world.services.authoring.lint(OWNER, journey(update(LEVEL, text))) == []
    world.publish(journey(update(LEVEL, text)))
    (ann,) = world.enter(1)
    world.run()
    assert world.host.values(LEVEL) == {ann: f"List 1 by {sender} of Mail & Co, ?"}


def test_each_account_is_told_of_itself(world):
    users = world.host.tables.users
    for user_id, name in ((OWNER, "Mine"), (STRANGER, "Theirs")):
        set_host(world, users, {"CompanyName": name}, UserID=user_id)
    body = {"of": "{{ User:CompanyName }} {{ List:Name }}"}
    for user_id, list_id in ((OWNER, LIST), (OWNER, OTHER_LIST), (STRANGER, 9)):
        world.publish(journey(webhook(body, secret=None), lists=[list_id]), user_id)
        world.enter(1, list_id)
    world.run()
    assert sorted(json.loads(r.body)["of"] for r in world.other_side.webhooks()) == [
        "Mine List 1",
        "Mine List 2",
        "Theirs List 9",
    ]


def test_now_is_told_in_the_zone_of_the_journey(world):
    text = "{{ dateFormat-Y-m-d_H:i_T Now }}"
    world.publish(journey(update(LEVEL, text), time_zone="Asia/Tokyo"))
    (ann,) = world.enter(1)
    world.run()
    assert world.host.values(LEVEL) == {ann: "2026-03-02 17:00 JST"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "{{ Subscriber:Ctiy }}",
            "Nothing is called Subscriber:Ctiy. Did you mean Subscriber:City?",
        ),
        ("%Subscriber:emailaddress%", "Did you mean Subscriber:EmailAddress?"),
        ("{{ if Subscriber:Levl=a }}b{{ endif }}", "Did you mean Subscriber:Level?"),
        ("[[a|{{ Subscriber:Qqqqq }}]]", "Choose another merge tag."),
        ("{{ Kept:basket }}", "No step keeps a value called basket."),
        ("{{ Link:Unsubscribe }}", "are made by the host when it sends a mail"),
        ("%RemoteContent=https://example.com/%", "RemoteContent is not supported"),
        ("{{ User:Password }}", 'User has no "Password".'),
    ],
)
def test_what_does_not_exist_is_told_before_anybody_enters(world, text, sentence):
    authoring = world.services.authoring
    problems = authoring.lint(OWNER, journey(update(LEVEL, text)))
    assert [problem.path.startswith("/steps/0/params/value") for problem in problems] == [True]
    assert sentence in problems[0].text
    with pytest.raises(InvalidDocument):
        world.publish(journey(update(LEVEL, text)))


CHANCE = "[[Hi|Hello|Hey]] %Random:Alpha:20% %Random:FirstName%"


def test_each_person_and_each_visit_has_a_chance_of_its_own(world):
    body = told(a=CHANCE, b=f"{CHANCE}!")
    world.publish(journey(body, wait(1, "seconds"), body))
    people = world.enter(20)
    world.run()
    world.turn(seconds=1)
    world.run()
    drawn = [json.loads(request.body) for request in world.other_side.webhooks()]
    codes = {code for body in drawn for code in (body["a"], body["b"].rstrip("!"))}
    assert (len(people), len(drawn), len(codes)) == (20, 40, 80)


@pytest.mark.parametrize(
    "point", ["step.after_run", "step.after_settle", "step.before_commit", "step.after_commit"]
)
def test_a_worker_that_dies_draws_the_same_again(world, point):
    world.publish(on_click(webhook({"c": CHANCE, "u": "{{ Event:url }}"})))
    clicked(world, world.host.subscribe(3), url="u")
    world.fate.point = point
    with pytest.raises(Died):
        world.run()
    world.restart()
    world.run()
    end = [bytes(row["body"]) for row in world.deliveries()]
    assert len(set(end)) == 3
    assert sorted(end) == sorted(expected(world))
    assert {bytes(request.body) for request in world.other_side.webhooks()} == set(end)


def expected(world):
    """Drawn by hand, from the enrollment and its first visit."""
    for row in world.people():
        drawn = parse(CHANCE).render({}, Place.JSON, f"{row['id']}|1")
        yield json.dumps({"c": drawn, "u": "u"}, separators=(",", ":")).encode()


def test_a_webhook_that_is_tried_again_says_the_same(world):
    world.other_side.answer = lambda request: answered(503)
    world.publish(journey(webhook({"c": CHANCE})))
    world.enter(1)
    world.run()
    world.turn(seconds=11)
    world.run()
    first, second = world.other_side.webhooks()
    assert first.body == second.body
