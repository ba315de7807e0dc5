"""The outbox: what a message looks like, and what is written and told when something follows."""

from __future__ import annotations

import json
import re

import pytest

from demo.gateway.postman import BLOCKED
from demo.manifest import read_manifest
from demo.sample_gateway import gateway_key
from plugin.routes.event_schema import events_of
from tests.demo.conftest import Browser
from tests.demo.gateway_world import bearer
from tests.demo.outbox_world import LETTER, names, person, play, postman, send, sent
from tests.demo.test_user_area import count, one

#: Fixtures of outbox_world.
__all__ = ["person", "postman", "send"]


def test_tags_are_filled_in_for_the_subscriber_and_what_looks_like_one_stays_text(
    send, engine, tables
):
    text = (
        '{{ Subscriber:FirstName }}, {{{ Subscriber:LastName }}} {{ Subscriber:LastName|"x" }} '
        '{{ uppercase Subscriber:City }} %Subscriber:CustomField3% {{ Subscriber:Nick|"friend" }} '
        "{{ List:Name }} {{ User:FirstName }} {{ Journey:JourneyID }}"
        "{{ if Subscriber:City=Oslo }}near{{ else }}far{{ endif }} {{ Event:order_id }}"
    )
    row = sent(engine, send(HTMLContent=text, Subject="For %Subscriber:FirstName%", TrackOpens="0"))
    assert row["HTML"] == (
        "Ada, <b>L</b> &lt;b&gt;L&lt;/b&gt; OSLO Oslo friend Welcome list Mara near"
        " {{ Event:order_id }}"
    )
    assert row["Subject"] == "For Ada"
    nobody = send(HTMLContent=text, TrackOpens="0", ListID=0, SubscriberID=0)
    assert sent(engine, nobody)["HTML"].startswith(",")
    shard = tables.shard(1)
    with engine.begin() as connection:
        change = shard.update().where(shard.c.CustomField1 == "Ada")
        connection.execute(change.values(CustomField1="%Subscriber:City% {{ Subscriber:City }}"))
    trick = sent(engine, send(HTMLContent="{{{ Subscriber:FirstName }}}", TrackOpens="0"))
    assert trick["HTML"] == "%Subscriber:City% {{ Subscriber:City }}"


def test_links_and_opens_are_tracked_only_where_asked_for(send, engine):
    row = sent(engine, send())
    links = json.loads(row["Links"])
    assert [link["url"] for link in links] == [
        f"https://example.com/{LETTER}/1",
        f"https://example.com/{LETTER}/2",
    ]
    assert links[0]["words"] == "Back to the basket"
    assert f"https://example.com/{LETTER}/" not in row["HTML"] + row["Plain"]
    assert row["HTML"].count("/lt/?p=") == 2 and row["Plain"].count("/lt/?p=") == 2
    assert re.search(r'<img src="[^"]+/ot/[^"]+\.gif"[^>]*></body>', row["HTML"])
    assert "/ul/" in row["Plain"]
    bare = sent(engine, send(TrackLinks="false", TrackOpens="false"))
    assert json.loads(bare["Links"]) == [] and "/ot/" not in bare["HTML"]
    assert f"https://example.com/{LETTER}/1" in bare["HTML"]


def test_a_form_is_understood_and_a_list_gets_a_message_for_each(app, engine):
    form = {
        "senderapikey": gateway_key(1),
        "SUBJECT": "Hello",
        "contenttype": "plain",
        "PlainContent": "Hello",
        "From[name]": "Example",
        "from[EMAIL]": "hello@example.com",
        "To[0][name]": "Ben",
        "To[0][email]": "ben@example.com",
        "Headers[X-Journeys-Message]": "key-2",
        "Tags[]": "one",
    }
    answer = app.test_client().post("/api/v1/email", data=form)
    row = sent(engine, answer.get_json()["MessageID"])
    assert (row["EmailAddress"], row["MessageKey"]) == ("ben@example.com", "key-2")
    envelope = json.loads(row["Envelope"])
    assert (envelope["from"], envelope["tags"]) == ("Example <hello@example.com>", ["one"])
    form |= {
        "TargetListID": "6",
        "senderapikey": gateway_key(6),
        "from[EMAIL]": "a@panel.example.com",
    }
    several = app.test_client().post("/api/v1/email", data=form).get_json()["MessageID"]
    assert len(several) == len(set(several)) > 1


def test_the_postman_delivers_soon_and_tells_it_once(send, postman, engine, tables, bridge):
    first = send()
    later = send(SendAt=2**31 - 1)
    assert (postman.deliver(), postman.deliver()) == (1, 0)
    (event,) = bridge.events
    assert (event.type, event.list_id) == ("delivery", 1)
    assert names(first).items() <= event.data.items()
    queue = tables.eg_queue
    states = {first: "Delivered", later: "Pending"}
    for message_id, status in states.items():
        assert one(engine, queue, queue.c.MessageID == message_id)["Status"] == status
    days = tables.stats_activity
    assert one(engine, days, days.c.TotalSentEmail > 0)["TotalSentEmail"] == 1


def test_a_newer_host_holds_back_what_a_distrusted_owner_has_sent(
    send, postman, engine, tables, bridge
):
    message_id = send()
    with engine.begin() as connection:
        version = tables.options.c.OptionName == "PRODUCT_VERSION"
        connection.execute(tables.options.update().where(version).values(OptionValue="6.0.1"))
        connection.execute(tables.users.update().values(ReputationLevel="Untrusted"))
    assert postman.deliver() == 0 and not bridge.events
    row = one(engine, tables.eg_queue, tables.eg_queue.c.MessageID == message_id)
    assert (row["Status"], row["StatusMessage"]) == ("Failed", BLOCKED)


def test_opening_and_clicking_write_statistics_and_are_told_with_the_message(
    manager, send, engine, tables, bridge
):
    message_id = send()
    opens, clicks = count(engine, tables.stats_open), count(engine, tables.stats_link)
    play(manager, message_id, "open")
    play(manager, message_id, "click:2")
    play(manager, message_id, "click:1", robot="1")
    assert count(engine, tables.stats_open) == opens + 1
    assert count(engine, tables.stats_link) == clicks + 2
    opened, clicked, scanned = bridge.events
    assert (opened.type, clicked.type, scanned.type) == ("open", "click", "click")
    assert names(message_id).items() <= opened.data.items()
    assert clicked.data["url"] == f"https://example.com/{LETTER}/2"
    assert (clicked.data["automated"], scanned.data["automated"]) == (False, True)
    newest = tables.stats_link.select().order_by(tables.stats_link.c.StatisticID.desc())
    with engine.connect() as connection:
        row = connection.execute(newest).mappings().first()
    assert (row["RelEmailID"], row["LinkTitle"], row["IsAutomated"]) == (
        LETTER,
        "Back to the basket",
        1,
    )
    page = manager.get(f"/outbox/{message_id}").text
    assert "(robot)" in page and "Journeys was told" in page


def test_a_click_means_that_it_was_opened(manager, send, bridge):
    message_id = send()
    for robot in ({"robot": "1"}, {}, {}):
        play(manager, message_id, "click:1", **robot)
    told = [(event.type, event.data["automated"]) for event in bridge.events]
    assert told[:2] == [("open", True), ("click", True)]
    assert told[2:] == [("open", False), ("click", False), ("click", False)]


@pytest.mark.parametrize(("kind", "status"), [("soft", "Soft"), ("hard", "Hard")])
def test_a_bounce_marks_the_subscriber(manager, send, person, engine, tables, bridge, kind, status):
    message_id = send()
    play(manager, message_id, f"bounce:{kind}")
    (event,) = bridge.events
    assert (event.type, event.data) == ("bounce", names(message_id) | {"bounce_type": kind})
    shard, stop = tables.shard(1), tables.suppression_list
    row = one(engine, shard, shard.c.SubscriberID == person["SubscriberID"])
    assert row["BounceType"] == status
    stopped = one(engine, stop, stop.c.EmailAddress == person["EmailAddress"])
    assert (stopped["SuppressionSource"] if stopped else None) == (
        "Hard Bounced" if kind == "hard" else None
    )


def test_who_complains_is_suppressed_and_leaves_the_list(
    manager, send, person, engine, tables, bridge
):
    message_id = send()
    play(manager, message_id, "complain")
    play(manager, message_id, "complain")
    assert [event.type for event in bridge.events] == ["complaint", "unsubscription"]
    assert all(names(message_id).items() <= event.data.items() for event in bridge.events)
    stop = tables.suppression_list
    row = one(engine, stop, stop.c.EmailAddress == person["EmailAddress"])
    assert (row["RelListID"], row["SuppressionSource"]) == (0, "SPAM complaint")
    gone = tables.stats_unsubscription
    assert one(engine, gone, gone.c.Channel == "Complaint")["RelEmailID"] == LETTER


def test_an_order_counts_once(manager, send, bridge):
    message_id = send()
    for order in ("A-1", "A-1", "A-10", ""):
        play(manager, message_id, "convert", value="25", order_id=order)
    told = [event for event in bridge.events if event.type == "conversion"]
    assert [event.data.get("reference") for event in told] == ["A-1", "A-10", None]
    assert names(message_id).items() <= told[0].data.items()
    revenue = bridge.events[1]
    assert (revenue.type, revenue.data["amount"], revenue.data["message"]) == (
        "revenue",
        25.0,
        "key-1",
    )


def test_every_event_is_in_the_form_that_journeys_takes(manager, send, postman, bridge):
    message_id = send()
    postman.deliver()
    for what in ("open", "click:1", "bounce:soft", "convert", "unsubscribe", "complain"):
        play(manager, message_id, what, value="25", order_id="A-1")
    types = {event.type for event in bridge.events}
    assert types == {
        *("delivery", "open", "click", "bounce", "conversion", "revenue"),
        *("unsubscription", "complaint"),
    }
    assert types <= read_manifest().event_types
    parsed = events_of({"events": [event.payload() for event in bridge.events]})
    assert all(event.data["message"] == "key-1" for event in parsed)


def test_the_links_of_a_message_work_by_themselves(app, send, engine, bridge, person):
    message_id, client = send(), Browser(app.test_client())
    html = sent(engine, message_id)["HTML"]
    pixel = re.search(r"(/ot/[^\"]+\.gif)", html)[1]
    link = re.search(r"localhost(/lt/[^\"]+)", html)[1].replace("&amp;", "&")
    leave = re.search(r"(/ul/[^\"]+)", html)[1]
    assert client.get(pixel).mimetype == "image/gif"
    assert client.get(link).location == f"https://example.com/{LETTER}/1"
    client.get(link, headers={"User-Agent": "LinkScanner/1.0 (bot)"})
    assert "Shall ada@example.com" in client.get(leave).text
    client.send(leave, leave)
    assert "You have left the list" in client.get(leave).text
    told = [(event.type, event.data.get("automated", False)) for event in bridge.events]
    assert told == [("open", False), ("click", False), ("click", True), ("unsubscription", False)]
    for path in (pixel, link, leave):
        assert client.get(path.replace(message_id, message_id[::-1])).status_code == 404


def test_a_message_is_shown_in_a_frame_that_can_do_nothing(manager, send):
    message_id = send(HTMLContent="<head></head><script>alert(1)</script>Hello")
    page = manager.get(f"/outbox/{message_id}").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "key-1" in page and "journeys-message:key-1" in page and "<script>" not in page
    answer = manager.get(f"/outbox/{message_id}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy and "Hello" in answer.text


def test_messages_are_found_by_address_newest_first_and_only_by_their_owner(app, manager, send):
    assert "Nothing sent yet" in manager.get("/outbox").text
    first, second = send(Subject="First"), send(Subject="Second")
    page = manager.get("/outbox").text
    assert page.index(second) < page.index(first)
    assert "First" in manager.get("/outbox?search=ADA@").text
    assert "No message found" in manager.get("/outbox?search=%25").text
    editor = Browser(app.test_client())
    editor.log_in("editor")
    assert "Nothing sent yet" in editor.get("/outbox").text
    assert editor.get(f"/outbox/{first}").status_code == 404
    assert editor.get(f"/outbox/{first}/html").status_code == 404


def test_what_cannot_follow_is_told_in_words_and_to_nobody(manager, send, engine, tables, bridge):
    nobody = send(ListID=0, SubscriberID=0)
    assert "does not know of whom to tell" in manager.get(f"/outbox/{nobody}").text
    bare = send(TrackOpens="false", TrackLinks="false")
    for what in ("open", "click:1", "click:x", "bounce:odd"):
        play(manager, bare, what)
    with engine.begin() as connection:
        connection.execute(tables.shard(1).delete())
    play(manager, bare, "bounce:hard")
    assert "not on the list any more" in manager.get(f"/outbox/{bare}").text
    assert play(manager, bare, "dance").status_code == 400
    assert play(manager, bare, "convert", value="nan").status_code == 400
    assert not bridge.events


def test_the_gateway_is_made_to_fail_on_the_page_of_the_api(app, manager, send, engine):
    manager.send("/api", "/api/fault", kind="empty", command="emailgateway.sendemail")
    answer = app.test_client().post("/api/v1/email", json={}, headers=bearer(gateway_key(1)))
    assert answer.get_json() == {}
    assert "played: empty" in manager.get("/api").text and sent(engine, send())
