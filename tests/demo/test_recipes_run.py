"""Every recipe runs to its end on the demo: lists, gateway, outbox, and a clock that is turned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from demo.own_tables import outbox
from plugin.engine.bulk import Wish
from tests.demo.fast_world import MANAGER, FastDemo, started

WELCOME, NEWS, SHOP = 1, 2, 4
#: E-mails of the sample data.
FIRST, SECOND, THIRD, OFFER, BASKET, LAST_CALL = 1, 2, 11, 5, 12, 13
BIRTHDAY, MISSED, TOUCH, YEAR = 14, 15, 16, 17
ENGAGED, VIP = 2, 4


class Run:
    """One recipe, made as it would be taken and turned on."""

    def __init__(self, demo: FastDemo, name: str, **chosen: Any) -> None:
        self.demo = demo
        services = demo.services
        self.journey_id = services.recipes.make(MANAGER, name, chosen, "cli")
        services.authoring.enable(MANAGER, self.journey_id, "cli")

    def join(self, address: str, list_id: int = WELCOME, **columns: Any) -> int:
        """Somebody fills in the form of a list; answers their id on it. `columns` are changed by
        the host's own hand."""
        page = f"/lists/{list_id}/subscribe"
        self.demo.post(page, page, EmailAddress=address)
        shard = self.demo.tables.shard(list_id)
        (row,) = self.demo.rows(shard, EmailAddress=address)
        if columns:
            with self.demo.engine.begin() as connection:
                this = shard.c.EmailAddress == address
                connection.execute(sa.update(shard).where(this).values(**columns))
        self.demo.work()
        return int(row["SubscriberID"])

    def let_in(self, list_id: int) -> None:
        """Everybody of a list who fits, as the journey's owner orders it."""
        wish = Wish((list_id,), None, "cli")
        self.demo.services.bulk.order(MANAGER, self.journey_id, wish)
        self.demo.work()
        while self.demo.rows(self.demo.ours.tasks, finished_at=None):
            self.demo.work()

    def people(self, **where: Any) -> list[dict[str, Any]]:
        return self.demo.rows(self.demo.ours.enrollments, journey_id=self.journey_id, **where)

    def ends(self, subscriber_id: int) -> list[str | None]:
        """Why each passage of somebody is over; None: it is not."""
        return [row["end_reason"] for row in self.people(subscriber_id=subscriber_id)]

    def path(self, subscriber_id: int) -> list[str]:
        """Their last passage, without the waits for answers of the host."""
        lines = self.demo.path(self.people(subscriber_id=subscriber_id)[-1]["id"])
        return [line for line in lines if not line.endswith((" stay", "entered"))]

    def letters(self, address: str) -> list[int]:
        """The e-mails of the host that somebody got, oldest first."""
        ours = {
            r["host_message_id"]: r["email_id"] for r in self.demo.rows(self.demo.ours.messages)
        }
        return [ours[row["MessageID"]] for row in self._messages(address)]

    def play(self, address: str, what: str) -> None:
        """Press a button under somebody's newest message in the outbox."""
        page = f"/outbox/{self._messages(address)[-1]['MessageID']}"
        self.demo.post(f"{page}/play", page, what=what)
        self.demo.work()

    def shop(self, address: str, order_id: str, what: str) -> None:
        """Somebody fills their basket, or buys it."""
        form = {"list_id": SHOP, "email": address, "total": 60, "order_id": order_id}
        self.demo.post("/shop", "/shop", what=what, **form)
        self.demo.work()

    def nobody_is_stuck(self) -> None:
        assert [row["cause_text"] for row in self.people() if row["cause"]] == []

    def _messages(self, address: str) -> list[dict[str, Any]]:
        return self.demo.rows(outbox, EmailAddress=address)


@pytest.fixture
def demo(tmp_path, filled_file) -> Iterator[FastDemo]:
    with started(tmp_path, filled_file) as made:
        yield made


def test_the_welcome_series_goes_the_way_that_suits_each(demo):
    run = Run(demo, "welcome-series")
    ann, bob = run.join("ann@example.com"), run.join("bob@example.com")
    assert run.letters("ann@example.com") == run.letters("bob@example.com") == [FIRST]
    demo.turn(days=1)
    run.play("ann@example.com", "open")
    assert "WaitForEvent branch happened" in run.path(ann)
    assert run.ends(bob) == [None]
    demo.turn(days=2, hours=1)
    assert run.letters("ann@example.com") == [FIRST, SECOND]
    assert run.letters("bob@example.com") == [FIRST, THIRD]
    assert run.ends(ann) == run.ends(bob) == ["completed"]
    has = demo.rows(demo.tables.subscriber_tag_relations, RelTagID=ENGAGED, RelSubscriberID=ann)
    assert len(has) == 1
    run.nobody_is_stuck()


def test_a_cart_is_reminded_of_until_that_very_order_is_bought(demo):
    run = Run(demo, "abandoned-cart")
    ann, bob = (run.join(f"{name}@example.com", SHOP) for name in ("ann", "bob"))
    cart, buy = "fill", "buy"
    for order in ("A-1", "A-2"):
        run.shop("ann@example.com", order, cart)
    run.shop("bob@example.com", "B-1", cart)
    run.shop("ann@example.com", "A-1", buy)
    assert sorted(run.ends(ann), key=str) == [None, "exited"]
    demo.turn(hours=1)
    assert run.letters("ann@example.com") == run.letters("bob@example.com") == [BASKET]
    run.shop("bob@example.com", "B-1", buy)
    assert run.ends(bob) == ["exited"]
    demo.turn(days=2, hours=1)
    assert run.letters("ann@example.com") == [BASKET, LAST_CALL]
    assert run.letters("bob@example.com") == [BASKET]
    assert set(run.ends(ann)) == {"exited", "completed"}
    run.nobody_is_stuck()


def test_birthdays_come_every_year(demo):
    run = Run(demo, "birthday")
    day = (demo.now + timedelta(days=2)).date().replace(year=1990)
    ann = run.join("ann@example.com", CustomField4=day.isoformat())
    for _ in range(3):
        demo.turn(days=1)
    assert run.letters("ann@example.com") == [BIRTHDAY]
    for _ in range(183):
        demo.turn(days=2)
    assert run.letters("ann@example.com") == [BIRTHDAY, BIRTHDAY]
    assert run.ends(ann) == ["completed", "completed"]
    run.nobody_is_stuck()


def test_anniversaries_are_of_those_who_have_been_there_for_a_year(demo):
    run = Run(demo, "anniversary", list=WELCOME)
    joined = demo.now - timedelta(days=364)
    ann = run.join("ann@example.com", SubscriptionDate=joined.strftime("%Y-%m-%d 12:00:00"))
    bob = run.join("bob@example.com")
    for _ in range(3):
        demo.turn(days=1)
    assert run.letters("ann@example.com") == [YEAR]
    assert (run.ends(ann), run.ends(bob)) == (["completed"], [])
    run.nobody_is_stuck()


def test_a_promotion_goes_to_those_who_open_and_a_tenth_is_left_out(demo):
    run = Run(demo, "promotion", list=SHOP)
    names = ("ann", "bob", "cara")
    ann, bob, cara = (run.join(f"{name}@example.com", SHOP) for name in names)
    for person, form in ((ann, {}), (ann, {"tag": VIP}), (bob, {}), (cara, {"tag": VIP})):
        page = f"/lists/{SHOP}/subscribers/{person}"
        if form:
            demo.post(f"{page}/tags", page, what="tag", **form)
        else:
            demo.post(f"{page}/play", page, what="opened", email=FIRST)
    run.let_in(SHOP)
    entered = {row["subscriber_id"] for row in run.people()}
    assert ann in entered and not {bob, cara} & entered
    offered = {row["SubscriberID"] for row in demo.rows(outbox)}
    by_lot = {i for i in entered if "Split branch offer" in run.path(i)}
    assert offered == by_lot
    first = demo.rows(outbox)[0]
    assert run.letters(first["EmailAddress"]) == [OFFER]
    run.play(first["EmailAddress"], "click:1")
    assert "WaitForEvent branch happened" in run.path(first["SubscriberID"])
    demo.turn(days=3, hours=1)
    assert {row["end_reason"] for row in run.people()} == {"completed"}
    assert len(demo.rows(outbox)) == len(offered)
    run.nobody_is_stuck()


def test_who_has_not_opened_for_long_is_won_back_or_goes_on_to_the_end(demo):
    run = Run(demo, "win-back", list=WELCOME)
    long_ago = (demo.now - timedelta(days=200)).strftime("%Y-%m-%d 12:00:00")
    ann, bob, cara = (
        run.join(f"{name}@example.com", SubscriptionDate=long_ago)
        for name in ("ann", "bob", "cara")
    )
    new = run.join("new@example.com")
    for _ in range(4):
        demo.turn(days=1)
    assert run.letters("ann@example.com") == run.letters("bob@example.com") == [MISSED]
    assert run.ends(new) == []
    run.play("ann@example.com", "open")
    assert run.ends(ann) == ["exited"]
    for _ in range(4):
        demo.turn(days=2)
    assert run.letters("bob@example.com") == [MISSED, OFFER]
    run.play("cara@example.com", "click:1")
    assert run.ends(cara) == ["exit_rule"]
    for _ in range(8):
        demo.turn(days=2)
    assert run.ends(bob) == ["completed"]
    run.nobody_is_stuck()


def test_who_does_not_answer_twice_is_taken_off_the_list(demo):
    run = Run(demo, "re-permission", list=WELCOME)
    for name in ("ann", "bob", "cara"):
        run.join(f"{name}@example.com")
    run.let_in(WELCOME)
    run.play("ann@example.com", "click:1")
    demo.turn(days=14, hours=1)
    assert run.letters("bob@example.com") == [TOUCH, TOUCH]
    assert run.letters("ann@example.com") == [TOUCH]
    run.play("cara@example.com", "click:1")
    demo.turn(days=14, hours=1)
    assert {row["state"] for row in run.people()} == {"ended"}
    shard = demo.tables.shard(WELCOME, ())
    statuses = {r["EmailAddress"]: r["SubscriptionStatus"] for r in demo.rows(shard)}
    assert [statuses[f"{name}@example.com"] for name in ("ann", "bob", "cara")] == [
        "Subscribed",
        "Unsubscribed",
        "Subscribed",
    ]
    run.nobody_is_stuck()


def test_dead_addresses_leave_and_silent_people_are_asked(demo):
    run = Run(demo, "list-hygiene", list=WELCOME)
    long_ago = (demo.now - timedelta(days=600)).strftime("%Y-%m-%d 12:00:00")
    dead = run.join("dead@example.com", BounceType="Hard")
    silent = run.join("silent@example.com", SubscriptionDate=long_ago)
    reads = run.join("reads@example.com", SubscriptionDate=long_ago)
    fresh = run.join("fresh@example.com")
    for _ in range(4):
        demo.turn(days=1)
    assert run.letters("silent@example.com") == run.letters("reads@example.com") == [TOUCH]
    run.play("reads@example.com", "open")
    for _ in range(12):
        demo.turn(days=2)
    shard = demo.tables.shard(WELCOME, ())
    statuses = {r["SubscriberID"]: r["SubscriptionStatus"] for r in demo.rows(shard)}
    assert [statuses[i] for i in (dead, silent, reads, fresh)] == [
        "Unsubscribed",
        "Unsubscribed",
        "Subscribed",
        "Subscribed",
    ]
    assert run.letters("dead@example.com") == run.letters("fresh@example.com") == []
    run.nobody_is_stuck()
