"""A SendEmail step: what goes out, to whom not, and what its people do meanwhile."""

from __future__ import annotations

import pytest

from plugin.domain.enrollment import person_key
from tests.documents import journey, update, wait
from tests.engine.mail import API, DOMAIN, EMAIL, can_send, counted, messages, refused, send
from tests.world_host import LANGUAGE, LEVEL, LIST, OWNER, STRANGER
from tests.world_parts import no_answer


@pytest.fixture
def world(make_world):
    return make_world(host_api_url=API)


@pytest.fixture
def gateway(world):
    return can_send(world)


def enter(world, *rows):
    return world.enter(world.host.subscribe([dict(row) for row in rows]))


def told(world, who):
    return [row["detail"] for row in world.history(world.person(who)["id"])]


def test_the_message_is_the_hosts_email_and_comes_back_with_our_key(world, gateway):
    published = world.publish(journey(send(), update(LEVEL, "on")))
    (ann,) = enter(world, {"EmailAddress": "Ann@example.com"})
    world.tick()
    (row,) = world.rows(world.tables.messages)
    assert (row["state"], row["host_message_id"], row["sent_at"]) == ("queued", None, world.now)
    world.run()
    (row,) = world.rows(world.tables.messages)
    key = row["delivery_key"]
    assert gateway.asked == [
        {
            "Subject": "Hello {{ Subscriber:FirstName }}",
            "ContentType": "html",
            "HTMLContent": "<p>Hello %Subscriber:FirstName%</p>",
            "PlainContent": "Hello",
            "From": {"name": "The shop", "email": "news@example.com"},
            "To": [{"name": "Ann@example.com", "email": "Ann@example.com"}],
            "ListID": LIST,
            "SubscriberID": ann,
            "Tags": [f"journeys-message:{key}"],
            "Headers": {"X-Journeys-Message": key, "X-Journeys-Email": str(EMAIL)},
            "key": "Bearer key-3",
        }
    ]
    person = world.person(ann)
    assert {name: row[name] for name in ("state", "reason", "host_message_id", "visit")} == {
        "state": "sent",
        "reason": None,
        "host_message_id": "m-1",
        "visit": 1,
    }
    of = ("user_id", "journey_id", "version_id", "step_id", "enrollment_id", "list_id", "email_id")
    assert tuple(row[name] for name in of) == (
        *(OWNER, published.id, person["version_id"], published.steps[0], person["id"], LIST, EMAIL),
    )
    assert bytes(row["person_key"]) == person_key(OWNER, "ann@example.com")
    assert told(world, ann)[:2] == [
        {"email_id": EMAIL, "asked": "send"},
        {"email_id": EMAIL, "result": "sent"},
    ]
    assert world.host.values(LEVEL) == {ann: "on"}
    assert counted(world) == {"sent": 1}


def test_addresses_names_and_values_of_ours_are_filled_in_and_harmless(world, gateway):
    world.host.change_letter(
        EMAIL,
        Subject="Order {{ Event:order }} of {{ Subscriber:FirstName }}",
        HTMLContent="<p>{{ Event:order }} {{ if Event:none }}x{{ else }}y{{ endif }}"
        " {{ Journey:Name }}</p>",
        PlainContent="%Event:order%",
        ReplyToName="Help",
        ReplyToEmail="help@example.com",
    )
    trigger = {"type": "CustomEvent", "params": {"event": "bought"}}
    given = {
        "from_name": "Shop of {{ Subscriber:City }}",
        "from_address": "orders@example.com",
        "cc": [{"email": "archive@example.com"}],
        "bcc": [{"name": "B", "email": "b@example.com"}],
        "track_opens": False,
    }
    world.publish(journey(send(**given), trigger=trigger, name="<J>"))
    (ann,) = world.host.subscribe([{"EmailAddress": "a@example.com", "CustomField3": "{{ X }}%"}])
    order = "<7> {{ Subscriber:Secret }} %Subscriber:Secret%"
    world.accept(
        world.event(ann, type="custom", data={"name": "bought", "order": order, "properties": {}})
    )
    world.run()
    (sent,) = gateway.asked
    assert sent["Subject"] == (
        "Order <7> {\u2060{ Subscriber:Secret }} %\u2060Subscriber:Secret%"
        " of {{ Subscriber:FirstName }}"
    )
    inside = "&lt;7&gt; &#123;&#123; Subscriber:Secret &#125;&#125; &#37;Subscriber:Secret&#37;"
    assert sent["HTMLContent"] == f"<p>{inside} y &lt;J&gt;</p>"
    assert sent["PlainContent"] == "<7> {\u2060{ Subscriber:Secret }} %\u2060Subscriber:Secret%"
    assert sent["From"] == {"name": "Shop of {\u2060{ X }}%", "email": "orders@example.com"}
    assert sent["ReplyTo"] == [{"name": "Help", "email": "help@example.com"}]
    assert sent["CC"] == [{"name": "archive@example.com", "email": "archive@example.com"}]
    assert sent["BCC"] == [{"name": "B", "email": "b@example.com"}]
    assert (sent["TrackOpens"], "TrackLinks" in sent) == (False, False)
    assert not {"JourneyID", "ActionID"} & sent.keys()


def test_who_may_not_be_sent_to_goes_on_with_the_reason(world, gateway):
    rows = {
        "ok@example.com": {},
        "soft@example.com": {"BounceType": "Soft"},
        "hard@example.com": {"BounceType": "Hard"},
        "pending@example.com": {"SubscriptionStatus": "Opt-In Pending"},
        "left@example.com": {"SubscriptionStatus": "Unsubscribed"},
        "491701234567@phone.invalid": {},
        "list@example.com": {},
        "ACCOUNT@example.com": {},
        "all@example.com": {},
        "stranger@example.com": {},
        "otherlist@example.com": {},
    }
    for email, list_id, owner in (
        ("list@example.com", LIST, OWNER),
        ("account@example.com", 0, OWNER),
        ("all@example.com", 0, 0),
        ("stranger@example.com", 0, STRANGER),
        ("otherlist@example.com", LIST + 1, OWNER),
    ):
        world.host.suppress(email, list_id, owner)
    trigger = {"type": "CustomEvent", "params": {"event": "x"}}
    world.publish(journey(send(), update(LANGUAGE, "on"), trigger=trigger, unsubscribed="continue"))
    usual = {"BounceType": "Not Bounced", "SubscriptionStatus": "Subscribed"}
    ids = world.host.subscribe([usual | {"EmailAddress": e} | more for e, more in rows.items()])
    world.accept(
        *(world.event(i, type="custom", data={"name": "x", "properties": {}}) for i in ids)
    )
    world.run()
    got = ["ok@example.com", "otherlist@example.com", "soft@example.com", "stranger@example.com"]
    assert gateway.to() == got
    assert counted(world) == {
        "sent": 4,
        "skipped:bounced": 1,
        "skipped:opt_in_pending": 1,
        "skipped:unsubscribed": 1,
        "skipped:no_address": 1,
        "skipped:suppressed": 3,
    }
    assert set(world.host.account_values(LANGUAGE).values()) == {"on"}
    assert len(world.host.account_values(LANGUAGE)) == len(ids)


def test_who_leaves_the_list_between_the_step_and_the_gateway_gets_nothing(world, gateway):
    world.publish(journey(send(), wait(1, "days"), unsubscribed="continue"))
    ann, bob, _ = enter(world, *({"EmailAddress": f"{n}@example.com"} for n in "abc"))
    world.tick()
    world.host.unsubscribe([ann])
    world.host.delete([bob])
    world.run()
    assert gateway.to() == ["c@example.com"]
    assert counted(world) == {"sent": 1, "skipped:subscriber_missing": 1, "skipped:unsubscribed": 1}
    assert told(world, ann)[1]["reason"] == "unsubscribed"
    assert world.person(bob)["end_reason"] == "subscriber_deleted"


@pytest.mark.parametrize(
    ("change", "mend", "cause"),
    [
        ({"AccountStatus": "Disabled"}, {"AccountStatus": "Enabled"}, "account_disabled"),
        ({"ReputationLevel": "Untrusted"}, {"ReputationLevel": "Trusted"}, "account_untrusted"),
    ],
)
def test_an_account_that_may_not_send_holds_everybody_until_it_may(
    world, gateway, change, mend, cause
):
    world.publish(journey(send()))
    world.host.set_user(OWNER, **change)
    (ann,) = enter(world, {"EmailAddress": "a@example.com"})
    world.run()
    assert world.person(ann)["cause"] == cause
    assert (gateway.asked, messages(world, "state")) == ([], [])
    world.host.set_user(OWNER, **mend)
    world.turn(minutes=6)
    world.run()
    assert gateway.to() == ["a@example.com"]


def test_without_an_email_or_its_domain_people_hold_and_go_on_by_themselves(world, gateway):
    world.publish(journey(send()))
    world.host.change_letter(EMAIL, RelUserID=STRANGER)
    (ann,) = enter(world, {"EmailAddress": "a@example.com"})
    world.run()
    assert world.person(ann)["cause"] == "email_missing"
    world.host.change_letter(EMAIL, RelUserID=OWNER, HTMLContent="", PlainContent=" ")
    world.turn(minutes=6)
    world.run()
    assert world.person(ann)["cause"] == "email_empty"
    world.host.change_letter(EMAIL, PlainContent="Hi", FromEmail="news@elsewhere.example")
    if world.host.has_gateway:
        world.turn(minutes=6)
        world.run()
        assert world.person(ann)["cause"] == "no_sender_domain"
        world.host.change_letter(EMAIL, FromEmail="news@Example.com")
        world.host.change_domain(DOMAIN, Status="Suspended")
        world.turn(minutes=6)
        world.run()
        assert world.person(ann)["cause"] == "sender_domain_off"
        world.host.change_domain(DOMAIN, Status="Enabled")
    world.turn(minutes=6)
    world.run()
    assert (gateway.to(), gateway.asked[0]["ContentType"]) == (["a@example.com"], "plain")


def test_a_refusal_is_a_reason_a_limit_waits_and_a_fault_is_tried_again(world, gateway):
    world.publish(journey(send(), update(LEVEL, "on")))
    answers = [
        refused(17, 429, retry_after=7200),
        refused(429, 429),
        no_answer("refused"),
        refused(14),
    ]
    gateway.answer = lambda n: answers[n - 1]
    (ann,) = enter(world, {"EmailAddress": "a@example.com"})
    world.run()
    pauses = []
    while world.person(ann)["state"] != "ended":
        (delivery,) = world.deliveries()
        pauses.append((delivery["next_at"] - world.now).total_seconds())
        world.now = delivery["next_at"]
        world.run()
    assert pauses == [7200, 60, 10]
    assert len({str(asked) for asked in gateway.asked}) == 1
    assert counted(world) == {"skipped:suppressed": 1}
    assert told(world, ann)[1] == {"email_id": EMAIL, "result": "skipped", "reason": "suppressed"}


def test_while_one_is_told_to_wait_the_others_are_not_tried(world, gateway):
    world.publish(journey(send()))
    gateway.answer = lambda n: refused(429, 429, retry_after=30) if n == 1 else None
    enter(world, *({"EmailAddress": f"p{n}@example.com"} for n in range(9)))
    world.run()
    first = len(gateway.asked)
    assert first <= 4
    world.turn(seconds=31)
    world.run()
    assert len(gateway.to()) == 9
    assert len(gateway.asked) == 10


def test_held_by_the_gateway_is_asked_again_after_an_hour_with_a_key_of_its_own(world, gateway):
    world.publish(journey(send()))
    gateway.answer = lambda n: refused(32, 403) if n == 1 else None
    (ann,) = enter(world, {"EmailAddress": "a@example.com"})
    world.run()
    assert world.person(ann)["cause"] == "sender_domain_off"
    assert counted(world) == {}
    for _ in range(7):
        world.turn(minutes=10)
        world.run()
    assert len(gateway.asked) == 2
    assert gateway.asked[0]["Headers"] != gateway.asked[1]["Headers"]
    assert messages(world, "state", "reason") == [("failed", "sender_domain_off"), ("sent", None)]
    assert counted(world) == {"sent": 1}


def test_an_answer_without_a_name_for_the_message_is_a_failure(world, gateway):
    world.publish(journey(send(), update(LEVEL, "on")))
    gateway.answer = lambda n: refused(0)
    (ann,) = enter(world, {"EmailAddress": "a@example.com"})
    world.run()
    assert counted(world) == {"failed:no_message_id": 1}
    assert told(world, ann)[1]["reason"] == "no_message_id"


def test_a_journey_that_is_turned_off_sends_nothing_until_it_is_on_again(world, gateway):
    published = world.publish(journey(send()))
    enter(world, {"EmailAddress": "a@example.com"})
    world.tick()
    world.disable(published)
    world.run()
    assert gateway.asked == []
    world.turn(minutes=11)
    world.run()
    assert gateway.asked == []
    world.enable(published)
    world.turn(minutes=11)
    world.run()
    assert gateway.to() == ["a@example.com"]


def test_the_key_of_the_sender_domain_is_in_the_request_and_nowhere_else(world, gateway, caplog):
    world.publish(journey(send()))
    gateway.answer = lambda n: no_answer("timeout")
    enter(world, {"EmailAddress": "a@example.com"})
    world.run()
    assert gateway.asked[0]["key"] == "Bearer key-3"
    for table in world.tables.metadata.sorted_tables:
        assert "key-3" not in str(world.rows(table))
    assert "key-3" not in caplog.text


def test_who_is_held_is_sent_to_at_once_when_somebody_says_so(world, gateway):
    published = world.publish(journey(send()))
    gateway.answer = lambda n: refused(13) if n == 1 else None
    (ann,) = enter(world, {"EmailAddress": "a@example.com"})
    world.run()
    person = world.person(ann)
    assert person["cause"] == "sender_key"
    world.services.redriving.one(OWNER, published.id, person["id"], "retry", "user:1")
    world.run()
    assert gateway.to() == ["a@example.com"]
    assert gateway.asked[0] == gateway.asked[1]
    assert counted(world) == {"sent": 1}
    assert world.counted("undelivered") == {}


def test_without_the_hosts_address_people_hold_and_the_card_says_so(make_world):
    world = make_world(host_api_url="", host_writes="tables")
    can_send(world)
    world.publish(journey(send()))
    (ann,) = world.enter(1)
    world.run()
    assert world.person(ann)["cause"] == "no_gateway"
    placed = world.services.actions.load("SendEmail", {"email_id": EMAIL})
    assert list(placed.notes(world.services.catalog(OWNER))) == [world.person(ann)["cause_text"]]
