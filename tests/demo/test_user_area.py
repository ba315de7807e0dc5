"""The user area of the demo host: who sees what, and what each button does."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.demo.conftest import Browser


def person_path(list_id, subscriber_id):
    return f"/lists/{list_id}/subscribers/{subscriber_id}"


def one(engine, table, *conditions):
    with engine.connect() as connection:
        return connection.execute(select(table).where(*conditions)).mappings().first()


def count(engine, table, *conditions):
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*conditions))


def somebody(engine, shard, status="Subscribed"):
    return one(engine, shard, shard.c.SubscriptionStatus == status)


def test_pages_of_the_user_area_ask_for_a_log_in(browser):
    for path in ("/", "/lists", "/lists/1", "/campaigns", "/plugins/octjourneys"):
        answer = browser.get(path)
        assert (answer.status_code, answer.location) == (302, "/login")


def test_a_wrong_password_is_refused(browser):
    answer = browser.log_in("manager", "wrong")
    assert answer.status_code == 401
    assert "not the password" in answer.text
    assert browser.get("/").status_code == 302


def test_a_form_without_its_token_is_refused(app, bridge):
    client = app.test_client()
    assert client.post("/login", data={"username": "manager"}).status_code == 400
    manager = Browser(client)
    manager.log_in()
    answer = client.post("/lists/1/subscribe", data={"EmailAddress": "new@example.com"})
    assert answer.status_code == 400
    assert not bridge.events


def test_all_pages_of_the_manager_open(manager, engine, tables):
    row = somebody(engine, tables.shard(3))
    for path in (
        "/",
        "/campaigns",
        "/lists",
        "/lists/3",
        "/lists/3/subscribe",
        person_path(3, row["SubscriberID"]),
        "/plugins/octjourneys",
        "/inbox",
    ):
        answer = manager.get(path)
        assert answer.status_code == 200, path
        assert "style=" not in answer.text and "<script>" not in answer.text
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_user_sees_only_their_own_lists(app, engine, tables):
    editor = Browser(app.test_client())
    editor.log_in("editor")
    page = editor.get("/lists").text
    assert "Recipes of the week" in page and "Welcome list" not in page
    for path in ("/lists/1", "/lists/1/subscribe", person_path(1, 1), "/lists/99"):
        assert editor.get(path).status_code == 404


def test_an_analyst_may_look_but_not_touch(app, engine, tables, bridge):
    analyst = Browser(app.test_client())
    analyst.log_in("analyst")
    row = somebody(engine, tables.shard(6))
    page = analyst.get(person_path(6, row["SubscriberID"]))
    assert page.status_code == 200 and "Unsubscribe" not in page.text
    assert analyst.get("/lists/6/subscribe").status_code == 403
    unsubscribe = person_path(6, row["SubscriberID"]) + "/unsubscribe"
    assert analyst.send("/lists/6", unsubscribe).status_code == 403
    assert not bridge.events


def test_people_are_found_by_a_part_of_the_address(manager, engine, tables):
    address = somebody(engine, tables.shard(1))["EmailAddress"]
    page = manager.get("/lists/1", query_string={"search": address[:12].upper()}).text
    assert address in page
    nobody = manager.get("/lists/1", query_string={"search": "%"}).text
    assert "Nobody found" in nobody


def test_a_long_list_is_paged(manager, engine, tables):
    total = count(engine, tables.shard(1))
    assert f"1–50 of {total}" in manager.get("/lists/1").text
    assert f"51–{total} of {total}" in manager.get("/lists/1?page=2").text
    assert f"51–{total} of {total}" in manager.get("/lists/1?page=999").text


def test_subscribing_writes_the_row_and_reports_one_event(manager, engine, tables, bridge):
    shard, days = tables.shard(1), tables.stats_activity
    answer = manager.send(
        "/lists/1/subscribe",
        "/lists/1/subscribe",
        EmailAddress=" new.person@example.com ",
        CustomField1="Zoë 🎉",
        CustomField3="Oslo",
        CustomField4="1990-05-31",
    )
    row = one(engine, shard, shard.c.EmailAddress == "new.person@example.com")
    assert answer.location == person_path(1, row["SubscriberID"])
    assert (row["SubscriptionStatus"], row["CustomField1"]) == ("Subscribed", "Zoë 🎉")
    assert (row["CustomField3"], row["CustomField4"]) == ("Oslo", "1990-05-31")
    assert row["CustomField2"] is None
    (event,) = bridge.events
    assert (event.type, event.list_id, event.subscriber_id) == (
        "subscription",
        1,
        row["SubscriberID"],
    )
    assert event.payload()["occurred_at"] == row["SubscriptionDate"].replace(" ", "T") + "Z"
    today = one(
        engine, days, days.c.RelListID == 1, days.c.StatisticsDate == row["SubscriptionDate"][:10]
    )
    assert today["TotalSubscriptions"] == 1
    assert "new.person@example.com is on the list now" in manager.get(answer.location).text


def test_a_duplicate_is_refused_politely(manager, engine, tables, bridge):
    shard = tables.shard(1)
    address, before = somebody(engine, shard)["EmailAddress"], count(engine, shard)
    answer = manager.send(
        "/lists/1/subscribe", "/lists/1/subscribe", EmailAddress=address.swapcase()
    )
    assert answer.status_code == 422 and "is on this list already" in answer.text
    assert count(engine, shard) == before
    assert not bridge.events


def test_somebody_who_left_comes_back_under_the_same_id(manager, engine, tables, bridge):
    shard = tables.shard(1)
    left = somebody(engine, shard, "Unsubscribed")
    manager.send("/lists/1/subscribe", "/lists/1/subscribe", EmailAddress=left["EmailAddress"])
    row = one(engine, shard, shard.c.SubscriberID == left["SubscriberID"])
    assert row["SubscriptionStatus"] == "Subscribed"
    assert row["UnsubscriptionDate"] == "0000-00-00 00:00:00"
    assert [event.subscriber_id for event in bridge.events] == [left["SubscriberID"]]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("EmailAddress", "nobody", "Enter an e-mail address"),
        ("CustomField16", "many", "Enter a whole number"),
        ("CustomField16", "9999999999", "Enter a whole number"),
        ("CustomField17", "nan", "Enter a number"),
        ("CustomField14", "2026-02-31", "Enter a date"),
        ("CustomField15", "25:00", "Enter a time"),
        ("CustomField19", "platinum", "Choose one of the options"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_a_sentence(manager, bridge, name, value, sentence):
    typed = {"EmailAddress": "new@example.com", name: value}
    answer = manager.send("/lists/3/subscribe", "/lists/3/subscribe", **typed)
    assert answer.status_code == 422 and sentence in answer.text
    assert not bridge.events


def test_a_required_field_must_be_filled_in_and_a_unique_one_not_repeated(
    manager, engine, tables, bridge
):
    answer = manager.send("/lists/2/subscribe", "/lists/2/subscribe", EmailAddress="a@example.com")
    assert answer.status_code == 422 and "Fill in First name" in answer.text
    shard = tables.shard(3)
    taken = one(engine, shard, shard.c.CustomField22 != "")["CustomField22"]
    typed = {"EmailAddress": "a@example.com", "CustomField22": taken}
    answer = manager.send("/lists/3/subscribe", "/lists/3/subscribe", **typed)
    assert answer.status_code == 422 and "Somebody else" in answer.text
    assert not bridge.events


def test_on_a_double_opt_in_list_the_event_comes_with_the_confirmation(
    manager, engine, tables, bridge
):
    typed = {"EmailAddress": "new@example.com", "CustomField6": "Ada"}
    person = manager.send("/lists/2/subscribe", "/lists/2/subscribe", **typed).location
    assert not bridge.events
    manager.send(person, f"{person}/confirm")
    manager.send(person, f"{person}/confirm")
    assert [event.type for event in bridge.events] == ["subscription"]
    shard = tables.shard(2)
    row = one(engine, shard, shard.c.EmailAddress == "new@example.com")
    assert (row["SubscriptionStatus"], row["OptInDate"][:2]) == ("Subscribed", "20")


def test_unsubscribing_is_counted_and_reported_once(manager, engine, tables, bridge):
    shard, gone = tables.shard(1), tables.stats_unsubscription
    row = somebody(engine, shard)
    path = person_path(1, row["SubscriberID"])
    before = count(engine, gone)
    manager.send(path, f"{path}/unsubscribe")
    again = manager.send(path, f"{path}/unsubscribe")
    assert "is not subscribed" in manager.get(again.location).text
    after = one(engine, shard, shard.c.SubscriberID == row["SubscriberID"])
    assert after["SubscriptionStatus"] == "Unsubscribed"
    assert after["UnsubscriptionDate"].startswith("20")
    assert count(engine, gone) == before + 1
    assert [event.type for event in bridge.events] == ["unsubscription"]


def test_a_list_with_the_scope_all_lists_unsubscribes_everywhere(manager, engine, tables, bridge):
    shop, welcome = tables.shard(4), tables.shard(1)
    row = somebody(engine, shop)
    with engine.begin() as connection:
        first = connection.scalar(select(func.min(welcome.c.SubscriberID)))
        same = {"EmailAddress": row["EmailAddress"].upper(), "SubscriptionStatus": "Subscribed"}
        connection.execute(welcome.update().where(welcome.c.SubscriberID == first).values(same))
    path = person_path(4, row["SubscriberID"])
    manager.send(path, f"{path}/unsubscribe")
    left = {(event.list_id, event.type) for event in bridge.events}
    assert {(4, "unsubscription"), (1, "unsubscription")} <= left
    suppressed = tables.suppression_list.c
    assert count(
        engine,
        tables.suppression_list,
        suppressed.EmailAddress == row["EmailAddress"],
        suppressed.SuppressionSource == "Unsubscribe",
    )


def test_opened_and_clicked_are_written_and_reported_with_their_mail(
    manager, engine, tables, bridge
):
    row = somebody(engine, tables.shard(2))
    path = person_path(2, row["SubscriberID"])
    opens, clicks = count(engine, tables.stats_open), count(engine, tables.stats_link)
    manager.send(path, f"{path}/play", what="opened", email=3)
    manager.send(path, f"{path}/play", what="clicked", email=1)
    assert count(engine, tables.stats_open) == opens + 1
    assert count(engine, tables.stats_link) == clicks + 1
    opened, clicked = bridge.events
    assert opened.data == {
        "email_id": 3,
        "campaign_id": 1,
        "automated": False,
        "row_id": opens + 1,
    }
    assert (clicked.type, clicked.data["email_id"]) == ("click", 1)
    assert "campaign_id" not in clicked.data and clicked.data["url"].startswith("https://")


def test_what_a_robot_opens_and_clicks_is_marked_in_the_host_and_in_the_report(
    manager, engine, tables, bridge
):
    path = person_path(1, 1)
    for what in ("opened", "clicked"):
        manager.send(path, f"{path}/play", what=what, email=3, robot="1")
    assert [event.data["automated"] for event in bridge.events] == [True, True]
    with engine.connect() as connection:
        for table in (tables.stats_open, tables.stats_link):
            newest = table.select().order_by(table.c.StatisticID.desc())
            assert connection.execute(newest).mappings().first()["IsAutomated"] == 1


def test_a_conversion_is_reported_with_its_value(manager, bridge):
    path = person_path(1, 1)
    manager.send(path, f"{path}/play", what="converted", value="12.5")
    (event,) = bridge.events
    assert (event.type, event.data) == ("conversion", {"value": 12.5, "currency": "EUR"})
    assert manager.send(path, f"{path}/play", what="converted", value="nan").status_code == 400


def test_somebody_elses_mail_cannot_be_played(manager, bridge):
    path = person_path(1, 1)
    assert manager.send(path, f"{path}/play", what="opened", email=8).status_code == 404
    assert not bridge.events


def test_the_add_on_is_in_the_menu_and_the_browser_is_sent_there_with_a_token(manager):
    assert '/plugins/octjourneys">Journeys</a>' in manager.get("/").text
    page = manager.get("/plugins/octjourneys").text
    assert 'action="/journeys/session"' in page and "token of manager" in page
    assert manager.get("/plugins/other").status_code == 404


def test_logging_out_ends_the_session(manager):
    manager.send("/", "/logout")
    assert manager.get("/").location == "/login"
