"""The webhook inbox: stores what comes, checks signatures, plays a server in trouble."""

from __future__ import annotations

import json
import time

import pytest
from standardwebhooks.webhooks import Webhook

from demo.host import create_host
from demo.signing import new_secret, signature, signed_headers
from tests.demo.conftest import Browser

BODY = '{"email": "Zoë@example.com"}'


def items(browser):
    return browser.get("/inbox.json").get_json()["items"]


def post(app, path, *, headers=None, body=BODY):
    return app.test_client().post(path, data=body.encode(), headers=headers or {})


def signed(secret, message_id="msg_1", body=BODY):
    return signed_headers(secret, message_id, int(time.time()), body.encode())


def test_it_keeps_method_path_headers_and_body(app, browser):
    assert post(app, "/inbox/welcome/x?a=1", headers={"X-Test": "yes"}).status_code == 200
    (item,) = items(browser)
    assert (item["method"], item["path"], item["body"]) == ("POST", "/inbox/welcome/x", BODY)
    assert item["headers"]["x-test"] == "yes"
    assert item["received_at"].endswith("+00:00")
    assert item["signature"] == "not signed"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_kept_too(app, browser, method):
    assert app.test_client().open("/inbox/x", method=method).status_code == 200
    assert [(item["method"], item["body"]) for item in items(browser)] == [(method, "")]


def test_signatures_are_checked(app, browser, secret):
    post(app, "/inbox/a", headers=signed(secret))
    post(app, "/inbox/a", headers=signed(new_secret()))
    post(app, "/inbox/a", headers=signed(secret), body=BODY + " ")
    assert [item["signature"] for item in items(browser)] == ["not valid", "not valid", "valid"]


def test_one_right_signature_among_several_is_enough(app, browser, secret):
    headers = signed(secret)
    headers["webhook-signature"] = "v1,AAAA v2,x " + headers["webhook-signature"]
    post(app, "/inbox/a", headers=headers)
    assert items(browser)[0]["signature"] == "valid"


def test_an_old_signature_is_not_valid(app, browser, secret):
    headers = signed_headers(secret, "msg_1", int(time.time()) - 301, BODY.encode())
    post(app, "/inbox/a", headers=headers)
    assert items(browser)[0]["signature"] == "not valid"


def test_signatures_agree_with_the_public_library(secret):
    now = str(int(time.time()))
    theirs = Webhook(secret)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": now,
        "webhook-signature": signature(secret, "msg_1", now, BODY.encode()),
    }
    assert theirs.verify(BODY, headers) == json.loads(BODY)


def test_without_a_known_secret_nothing_is_called_valid(engine, tables, bridge):
    app = create_host(engine, tables.prefix, bridge, "session secret")
    post(app, "/inbox/a", headers=signed(new_secret()))
    assert items(Browser(app.test_client()))[0]["signature"] == "not checked"


def test_it_counts_how_often_one_message_came(app, browser, secret):
    for message in ("msg_1", "msg_2", "msg_1"):
        post(app, "/inbox/a", headers=signed(secret, message))
    assert [(i["webhook_id"], i["seen"]) for i in items(browser)] == [
        ("msg_1", 2),
        ("msg_2", 1),
        ("msg_1", 2),
    ]


def test_it_fails_the_first_tries_of_each_message_when_asked_to(app, secret):
    path = "/inbox/a?status=503&times=2"
    answers = [
        post(app, path, headers=signed(secret, message)).status_code
        for message in ("msg_1", "msg_1", "msg_2", "msg_1", "msg_2", "msg_2")
    ]
    assert answers == [503, 503, 503, 200, 503, 200]


@pytest.mark.parametrize("status", ["99", "600", "x", "-1"])
def test_a_status_that_is_none_is_taken_for_200(app, status):
    assert post(app, f"/inbox/a?status={status}").status_code == 200


def test_bytes_that_are_no_text_are_kept_readable(app, browser):
    app.test_client().post("/inbox/a", data=b"\xff\xfe<b>")
    assert items(browser)[0]["body"].endswith("<b>")
    page = browser.get("/inbox").text
    assert "<b>" not in page.split('class="j-answer"')[1].split("</pre>")[0]


def test_the_page_shows_the_newest_first_and_clears(app, browser, secret):
    post(app, "/inbox/first", headers=signed(secret))
    post(app, "/inbox/second", headers=signed(secret))
    page = browser.get("/inbox").text
    assert page.index("/inbox/second") < page.index("/inbox/first")
    assert "Signature valid" in page and "came 2 times" in page
    assert browser.get("/inbox?items").text.count("data-id=") == 2
    assert browser.send("/inbox", "/inbox").status_code == 302
    assert items(browser) == []


def test_clearing_needs_the_token_of_the_page(app, browser):
    post(app, "/inbox/a")
    assert app.test_client().post("/inbox").status_code == 400
    assert len(items(browser)) == 1
