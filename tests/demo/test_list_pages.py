"""Pages about a list: its rules, its autoresponders, its end; and the opt-in mail's page."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import inspect, select

from tests.demo.conftest import Browser

NEW = "new.person@example.com"


def rows(engine, table, *conditions):
    with engine.connect() as connection:
        return connection.execute(select(table).where(*conditions)).mappings().all()


def subscribe(browser, list_id, address=NEW, **values):
    """The address of the new person's page."""
    path = f"/lists/{list_id}/subscribe"
    answer = browser.send(path, path, EmailAddress=address, **values)
    assert answer.status_code == 302, answer.text
    return answer.location


def test_the_new_pages_open_without_inline_styles_or_scripts(manager):
    for path in (
        "/account",
        "/api",
        "/lists/4/autoresponders",
        "/lists/1/autoresponders",
        "/lists/3/settings",
        "/lists/4/settings",
        "/lists/4/delete",
    ):
        answer = manager.get(path)
        assert answer.status_code == 200, path
        assert "style=" not in answer.text and "<script>" not in answer.text
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_account_page_shows_the_users_own_key(app):
    for name, key in (("manager", "demo-api-key-1"), ("analyst", "demo-api-key-3")):
        browser = Browser(app.test_client())
        browser.log_in(name)
        assert f"<code>{key}</code>" in browser.get("/account").text


def test_a_subscription_starts_the_lists_autoresponders_where_all_can_see(manager):
    person = subscribe(manager, 4)
    for path in ("/lists/4/autoresponders", person):
        page = manager.get(path).text
        assert page.count("Queued</span>") == 2, path
        assert "Thank you for your order" in page
    assert NEW in manager.get("/lists/4/autoresponders").text
    manager.send(person, f"{person}/unsubscribe")
    page = manager.get("/lists/4/autoresponders").text
    assert page.count("Stopped</span>") == 2 and "Queued</span>" not in page


def test_an_autoresponder_is_added_paused_and_let_run_again(manager, engine, tables):
    path = "/lists/1/autoresponders"
    typed = {"name": "Hello", "email": 1, "unit": "Days later", "amount": 3}
    assert manager.send(path, path, **typed).status_code == 302
    table = tables.auto_responders
    (row,) = rows(engine, table, table.c.RelListID == 1)
    assert (row["TriggerTime"], row["TriggerTimeType"]) == (3, "Days later")
    assert "3 days later" in manager.get(path).text
    one = f"{path}/{row['AutoResponderID']}"
    manager.send(path, one, status="Disabled")
    person = subscribe(manager, 1)
    assert "None started" in manager.get(person).text
    assert manager.send(path, one, status="Enabled").status_code == 302
    assert rows(engine, table, table.c.RelListID == 1)[0]["Status"] == "Enabled"
    assert manager.send(path, one, status="Gone").status_code == 400
    assert manager.send(path, f"{path}/1", status="Disabled").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "Give it a name"),
        ({"email": 8}, "Choose one of your e-mails"),
        ({"unit": "Never"}, "Choose when"),
        ({"amount": 0}, "Enter a whole number"),
        ({"amount": "x"}, "Enter a whole number"),
        ({"amount": 1001}, "Enter a whole number"),
    ],
)
def test_an_autoresponder_with_a_fault_is_not_added(manager, engine, tables, wrong, sentence):
    path = "/lists/1/autoresponders"
    typed = {"name": "Hello", "email": 1, "unit": "Days later", "amount": 3, **wrong}
    answer = manager.send(path, path, **typed)
    assert answer.status_code == 422 and sentence in answer.text
    table = tables.auto_responders
    assert rows(engine, table, table.c.RelListID == 1) == []


def test_a_chained_list_takes_the_person_along_both_ways(manager, bridge):
    assert '<a href="/lists/1/settings">Welcome list</a>' in manager.get("/lists/3/settings").text
    person = subscribe(manager, 3)
    manager.send(person, f"{person}/unsubscribe")
    assert [(event.type, event.list_id) for event in bridge.events] == [
        ("subscription", 3),
        ("subscription", 1),
        ("unsubscription", 3),
        ("unsubscription", 1),
    ]


def test_who_is_suppressed_is_refused_until_the_entry_is_removed(manager, engine, tables):
    person = subscribe(manager, 4)
    manager.send(person, f"{person}/unsubscribe")
    path = "/lists/4/subscribe"
    answer = manager.send(path, path, EmailAddress=NEW)
    assert answer.status_code == 422 and "suppression list of this list" in answer.text
    table = tables.suppression_list
    entry = rows(engine, table, table.c.EmailAddress == NEW)[0]["SuppressionID"]
    manager.send("/lists/4/settings", "/lists/4/settings/suppression", entry=entry)
    assert subscribe(manager, 4) == person


def test_an_entry_for_every_account_is_not_the_users_to_remove(manager, engine, tables):
    table = tables.suppression_list
    (entry,) = rows(engine, table, table.c.RelOwnerUserID == 0)
    answer = manager.send(
        "/lists/4/settings", "/lists/4/settings/suppression", entry=entry["SuppressionID"]
    )
    assert answer.status_code == 404
    assert len(rows(engine, table, table.c.RelOwnerUserID == 0)) == 1
    path = "/lists/1/subscribe"
    answer = manager.send(path, path, EmailAddress="complained@example.com")
    assert "suppression list of every account" in answer.text


def test_the_link_of_the_opt_in_mail_asks_and_a_click_confirms(app, manager, bridge):
    person = subscribe(manager, 2, CustomField6="Ada")
    link = re.search(r'href="http://localhost(/confirm/[^"]+)"', manager.get(person).text)[1]
    stranger = Browser(app.test_client())
    assert "Confirm your subscription" in stranger.get(link).text
    assert not bridge.events
    assert "You are subscribed" in stranger.send(link, link).text
    assert "You are subscribed" in stranger.get(link).text
    assert [event.type for event in bridge.events] == ["subscription"]
    assert stranger.get(link[:-1] + ("0" if link[-1] != "0" else "1")).status_code == 404


def test_a_person_is_deleted_from_their_page(manager, engine, tables, bridge):
    person = subscribe(manager, 1)
    number = int(person.rpartition("/")[2])
    answer = manager.send(person, f"{person}/delete")
    assert answer.location == "/lists/1"
    assert "is deleted, and Journeys was told" in manager.get("/lists/1").text
    assert manager.get(person).status_code == 404
    assert (bridge.events[-1].type, bridge.events[-1].subscriber_id) == (
        "subscriber_deleted",
        number,
    )


def test_a_list_is_deleted_after_one_question(manager, engine, bridge):
    assert "cannot be undone" in manager.get("/lists/3/delete").text
    assert manager.send("/lists/3/delete", "/lists/3/delete").location == "/lists"
    assert "Product trials is deleted" in manager.get("/lists").text
    assert manager.get("/lists/3").status_code == 404
    assert not inspect(engine).has_table("oempro_subscribers_3")
    assert [(event.type, event.list_id) for event in bridge.events] == [("list_deleted", 3)]


@pytest.mark.parametrize("name", ["editor", "analyst"])
def test_only_who_may_changes_lists_and_autoresponders(app, bridge, name):
    list_id = {"editor": 5, "analyst": 6}[name]
    browser = Browser(app.test_client())
    browser.log_in(name)
    here = f"/lists/{list_id}"
    assert browser.get(f"{here}/settings").status_code == 200
    assert browser.get(f"{here}/delete").status_code == 403
    for path in (f"{here}/delete", f"{here}/autoresponders", f"{here}/subscribers/1/delete"):
        assert browser.send(here, path).status_code == 403, path
    assert browser.get("/lists/4/settings").status_code == 404
    assert not bridge.events


def test_faults_and_the_limit_are_played_from_the_page(app, manager):
    def call():
        return app.test_client().post(
            "/api.php", data={"Command": "user.current", "APIKey": "demo-api-key-1"}
        )

    typed = {"kind": "500", "command": "user.current", "times": 2, "seconds": 1, "code": 3}
    assert manager.send("/api", "/api/fault", **typed).status_code == 302
    assert "answers 500, in JSON, 2 times" in manager.get("/api").text
    assert call().status_code == 500
    manager.send("/api", "/api/clear")
    assert call().status_code == 200
    page = manager.get("/api").text
    assert page.index(">200<") < page.index("played: 500")
    assert manager.send("/api", "/api/fault", kind="nothing").status_code == 400
    assert manager.send("/api", "/api/fault", kind="500", command="x").status_code == 400
    manager.send("/api", "/api/limit", limited="on")
    assert [call().status_code for _ in range(101)][-2:] == [200, 429]
