"""What each trigger takes for its event, and what it leaves alone."""

import pytest

from plugin.errors import InvalidDocument
from tests.documents import journey, wait
from tests.world_host import LIST, OTHER_LIST, OWNER, STRANGER


@pytest.fixture
def messages(world):
    """A world in which the owner has e-mails 7 and 8 and campaigns 3 and 4."""
    world.host.mail({3: OWNER, 4: OWNER}, {7: OWNER, 8: OWNER, 99: STRANGER})
    return world


def triggered(kind, **params):
    return journey(wait(1, "days"), trigger={"type": kind, "params": params})


def entered(world, kind, **data):
    """Who enters after one such event of a new person."""
    (ann,) = world.host.subscribe(1)
    world.accept(world.event(ann, type=kind, data=data))
    world.run()
    return len(world.people(subscriber_id=ann))


def test_unsubscribing_starts_a_journey_in_which_people_stay(world):
    published = world.publish(triggered("ListUnsubscription", list_ids=[LIST]))
    ann, bob = world.host.subscribe(2)
    world.host.unsubscribe([ann])
    (other,) = world.host.subscribe(1, OTHER_LIST, SubscriptionStatus="Unsubscribed")
    world.accept(
        world.event(ann, type="unsubscription"),
        world.event(other, OTHER_LIST, type="unsubscription"),
        world.event(bob),
    )
    world.run()
    world.seconds += 5
    world.run()
    assert [row["subscriber_id"] for row in world.people(published)] == [ann]
    world.turn(days=1)
    world.run()
    assert world.people(published)[0]["end_reason"] == "completed"


OPENS = [
    ({}, {}, 1),
    ({}, {"email_id": 7, "campaign_id": 3}, 1),
    ({"email_ids": [7]}, {"email_id": 7}, 1),
    ({"email_ids": [7]}, {"email_id": "7"}, 1),
    ({"email_ids": [7]}, {"email_id": 8}, 0),
    ({"email_ids": [7]}, {}, 0),
    ({"campaign_ids": [3]}, {"email_id": 7, "campaign_id": 3}, 1),
    ({"campaign_ids": [3]}, {"email_id": 7, "campaign_id": 4}, 0),
    ({"email_ids": [7], "campaign_ids": [3]}, {"email_id": 8, "campaign_id": 3}, 1),
    ({}, {"automated": True}, 0),
    ({"email_ids": [7]}, {"email_id": 7, "automated": True}, 0),
]


@pytest.mark.parametrize(("params", "data", "enters"), OPENS)
def test_an_open_of_a_chosen_message_by_a_person_starts(messages, params, data, enters):
    messages.publish(triggered("EmailOpen", **params))
    assert entered(messages, "open", **data) == enters
    assert entered(messages, "click", **data) == 0


CLICKED = "https://shop.example.com/Pricing?from=mail"
CLICKS = [
    (None, {}, 1),
    (None, {"automated": True}, 0),
    (("exact", CLICKED), {"url": CLICKED}, 1),
    (("exact", "https://shop.example.com/Pricing"), {"url": CLICKED}, 0),
    (("prefix", "https://shop.example.com/"), {"url": CLICKED}, 1),
    (("prefix", "https://example.com/"), {"url": CLICKED}, 0),
    (("contains", "/Pricing"), {"url": CLICKED}, 1),
    (("contains", "/pricing"), {"url": CLICKED}, 0),
    (("contains", "/Pricing"), {}, 0),
    (("contains", "/Pricing"), {"url": None}, 0),
]


@pytest.mark.parametrize(("url", "data", "enters"), CLICKS)
def test_a_click_on_a_described_link_starts(messages, url, data, enters):
    params = {"url": {"match": url[0], "value": url[1]}} if url else {}
    messages.publish(triggered("EmailLinkClick", **params))
    assert entered(messages, "click", **data) == enters


def test_a_click_may_have_to_be_in_a_chosen_message(messages):
    messages.publish(triggered("EmailLinkClick", email_ids=[7]))
    assert entered(messages, "click", email_id=7, url=CLICKED) == 1
    assert entered(messages, "click", email_id=8, url=CLICKED) == 0


CONVERSIONS = [
    ("0", {}, 1),
    ("50", {"value": 50}, 1),
    ("50", {"value": "50.00"}, 1),
    ("50", {"value": 49.99}, 0),
    ("50", {"value": "much"}, 0),
    ("50", {"value": "NaN"}, 0),
    ("50", {"value": "Infinity"}, 0),
    ("50", {}, 0),
    ("49.99", {"value": 49.99}, 1),
]


@pytest.mark.parametrize(("minimum", "data", "enters"), CONVERSIONS)
def test_a_conversion_of_the_least_value_or_more_starts(messages, minimum, data, enters):
    messages.publish(triggered("EmailConversion", minimum=minimum))
    assert entered(messages, "conversion", **data) == enters


def test_who_has_unsubscribed_is_not_let_in_by_a_click_unless_the_journey_says_so(messages):
    strict = messages.publish(triggered("EmailLinkClick"))
    mild = journey(wait(1, "days"), trigger={"type": "EmailLinkClick"}, unsubscribed="continue")
    lenient = messages.publish(mild)
    (ann,) = messages.host.subscribe(1, SubscriptionStatus="Unsubscribed")
    messages.accept(messages.event(ann, type="click"))
    messages.run()
    assert messages.people(strict) == []
    assert messages.counted("refused", journey_id=strict.id) == {"unsubscribed": 1}
    assert len(messages.people(lenient)) == 1


@pytest.mark.parametrize("kind", ["EmailOpen", "EmailLinkClick", "EmailConversion"])
@pytest.mark.parametrize("what", ["email_ids", "campaign_ids"])
def test_messages_of_others_cannot_be_chosen(messages, kind, what):
    with pytest.raises(InvalidDocument, match=r"There is no .* 99\. Choose another"):
        messages.publish(triggered(kind, **{what: [99]}))
