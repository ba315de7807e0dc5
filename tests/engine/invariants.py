"""What must hold in the database at any moment when no worker is inside a transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from plugin.engine.goals_port import goal_key
from plugin.storage.computing import Computing
from tests.engine import invariants_mail
from tests.world import World, our_database

STATES = {"entering", "active", "waiting", "held", "parked", "ended"}
OUTCOMES = {
    "entered",
    "next",
    "branch",
    "until",
    "stay",
    "hold",
    "end",
    "failed",
    "parked",
    "skipped",
    "moved",
    "jumped",
    "retried",
    "loop",
}
ABOUT_LISTS = {"Subscribe", "Unsubscribe", "DeleteSubscriber"}
ABOUT_TAGS = {"AddTag", "RemoveTag"}
MOST_TRIES, MOST_HOPS = 6, 50

Rows = list[dict[str, Any]]
Figure = tuple[Any, ...]


def broken(world: World) -> list[str]:
    """A sentence for each invariant that does not hold."""
    tables = world.tables
    people = world.rows(tables.enrollments)
    log = world.rows(tables.step_log)
    deliveries = world.rows(tables.deliveries)
    counters = world.rows(tables.counters)
    found = [fault for row in people for fault in _person(row)]
    found += _ledger(people, log)
    found += _entries(people, _reentry(world))
    found += _figures(people, counters)
    found += _computed(world)
    found += _promises([row for row in deliveries if row["kind"] != "message"], log)
    found += invariants_mail.faults(world, deliveries, log)
    found += _deliveries(world, deliveries)
    found += _requests(world, deliveries)
    found += _owners(world, people, [*log, *deliveries, *counters])
    found += _events(world)
    found += _waiters(world, people, log)
    found += _goals(people, world.rows(tables.goals_reached))
    return found


def _person(row: dict[str, Any]) -> Iterator[str]:
    who, state = f"enrollment {row['id']} ({row['state']})", row["state"]
    times = [row[name] for name in ("due_at", "frozen_due_at") if row[name] is not None]
    if state not in STATES:
        yield f"{who}: no such state"
    if len(times) != (0 if state in ("ended", "parked") else 1):
        yield f"{who}: due at {row['due_at']}, frozen at {row['frozen_due_at']}"
    if (state == "ended") != (row["ended_at"] is not None and row["end_reason"] is not None):
        yield f"{who}: ended at {row['ended_at']} for {row['end_reason']}"
    if (state in ("held", "parked")) != (row["cause"] is not None):
        yield f"{who}: cause {row['cause']}"
    if (row["cause"] is None) != (row["cause_text"] is None):
        yield f"{who}: cause {row['cause']} without its sentence"
    if row["attempts"] > MOST_TRIES or row["hops"] > MOST_HOPS:
        yield f"{who}: {row['attempts']} tries, {row['hops']} hops"


def _ledger(people: Rows, log: Rows) -> Iterator[str]:
    """One line per visit, numbered without a gap; the row knows how many there are."""
    visits: dict[int, list[int]] = defaultdict(list)
    for line in log:
        visits[line["enrollment_id"]].append(line["visit"])
        if line["outcome"] not in OUTCOMES:
            yield f"no such outcome: {line['outcome']}"
    for row in people:
        mine = sorted(visits.pop(row["id"], []))
        if not mine and row["state"] == "ended" and row["kept_since"] is None:
            continue  # its history was let go of
        if mine != list(range(1, row["visit"] + 1)):
            yield f"enrollment {row['id']}: visits {mine}, {row['visit']} expected"
    if visits:
        yield f"history without a person: {sorted(visits)}"


def _reentry(world: World) -> dict[int, str]:
    """The re-entry rule of each journey."""
    rows = world.rows(world.tables.journeys)
    return {row["id"]: row["draft"]["reentry"]["rule"] for row in rows}


def _entries(people: Rows, rules: dict[int, str]) -> Iterator[str]:
    of_person: dict[tuple[int, bytes, bytes], Rows] = defaultdict(list)
    for row in people:
        matter = bytes(row["entry_key"] or b"")
        matter = matter if matter.startswith(b"c") else b""
        of_person[row["journey_id"], bytes(row["person_key"]), matter].append(row)
    for (journey, _, _), rows in of_person.items():
        inside = [row["id"] for row in rows if row["state"] != "ended"]
        if rules[journey] != "every_time" and len(inside) > 1:
            yield f"journey {journey}: one person is inside as {inside}"
        if rules[journey] == "once_ever" and len(rows) > 1:
            yield f"journey {journey}: one person entered {len(rows)} times"


def _figures(people: Rows, counters: Rows) -> Iterator[str]:
    """The counters say the same as the rows that they stand for."""
    counted, meant = _counted(counters), _meant(people)
    for key in sorted(counted.keys() | meant.keys(), key=str):
        if counted[key] != meant[key]:
            yield f"{key} is counted as {counted[key]} and is {meant[key]}"


def _counted(counters: Rows) -> Counter[Figure]:
    sums: Counter[Figure] = Counter()
    for row in counters:
        journey, step, figure, n = row["journey_id"], row["step_id"], row["figure"], row["n"]
        match figure:
            case "arrived" | "left":
                sums["here", row["version_id"], step] += n if figure == "arrived" else -n
            case "entered":
                sums[figure, journey] += n
            case "ended":
                sums[figure, journey, row["remark"]] += n
    return sums


def _meant(people: Rows) -> Counter[Figure]:
    sums: Counter[Figure] = Counter()
    for row in people:
        sums["entered", row["journey_id"]] += 1
        if row["state"] == "ended":
            sums["ended", row["journey_id"], row["end_reason"]] += 1
        elif row["state"] != "entering":
            sums["here", row["version_id"], row["step_id"]] += 1
    return sums


def _goals(people: Rows, reached: Rows) -> Iterator[str]:
    """Each is somebody's, after they entered, of a version of their journey, and under its key."""
    of = {row["id"]: row for row in people}
    for row in reached:
        one, who = of.get(row["enrollment_id"]), f"goal {row['goal']} of {row['enrollment_id']}"
        if one is None or (one["user_id"], one["journey_id"]) != (
            row["user_id"],
            row["journey_id"],
        ):
            yield f"{who}: nobody's"
        elif row["noted_at"] < one["entered_at"]:
            yield f"{who}: before they entered"
        if bytes(row["goal_key"]) != goal_key(row["goal"]):
            yield f"{who}: under another's key"


def _computed(world: World) -> Iterator[str]:
    """The same of every figure by version, step and remark: computed from the whole history."""
    computing = Computing(our_database(world.settings.database_url), world.tables)
    for user_id, journey_id in computing.journeys():
        for found in computing.differences(user_id, journey_id):
            yield f"journey {journey_id}: {found}"


def _promises(deliveries: Rows, log: Rows) -> Iterator[str]:
    """Each belongs to one visit of a step that stays for it, or of a Webhook that went on at
    once, and that visit to it."""
    stayed = {
        (line["enrollment_id"], line["step_id"], line["visit"])
        for line in log
        if line["action"] in {"Webhook", *ABOUT_LISTS, *ABOUT_TAGS} and line["outcome"] == "stay"
    }
    asked = {(who, visit) for who, _, visit in stayed}
    answered = {(who, step) for who, step, _ in stayed}
    asked |= {
        (line["enrollment_id"], line["visit"])
        for line in log
        if (line["action"], line["outcome"]) == ("Webhook", "next")
        and (line["enrollment_id"], line["step_id"]) not in answered
    }
    promised = Counter((row["enrollment_id"], row["visit"]) for row in deliveries)
    if asked != set(promised) or set(promised.values()) - {1}:
        yield f"webhooks asked for {sorted(asked)}, promised {dict(promised)}"


def _deliveries(world: World, deliveries: Rows) -> Iterator[str]:
    keys = Counter(row["delivery_key"] for row in deliveries)
    seen = Counter(row["delivery_id"] for row in world.rows(world.tables.delivery_tries))
    for row in deliveries:
        who = f"delivery {row['id']} ({row['state']})"
        if keys[row["delivery_key"]] != 1 or len(row["delivery_key"]) != 36:
            yield f"{who}: key {row['delivery_key']} is another's too"
        if (row["next_at"] is None) != (row["state"] in ("done", "failed")):
            yield f"{who}: next at {row['next_at']}"
        if (row["finished_at"] is None) != (row["next_at"] is not None):
            yield f"{who}: finished at {row['finished_at']}"
        if seen[row["id"]] > row["attempts"]:
            yield f"{who}: {seen[row['id']]} results of {row['attempts']} attempts"


def _requests(world: World, deliveries: Rows) -> Iterator[str]:
    """Whatever left us, and however often: one key, one address, one body.
    What people try has been promised to nobody."""
    gone = any(row["visit"] and row["kept_since"] is None for row in world.people(state="ended"))
    bodies = {row["delivery_key"]: (row["url"], bytes(row["body"])) for row in deliveries}
    for request in world.other_side.webhooks():
        key = request.headers["webhook-id"]
        if gone and key not in bodies:
            continue  # let go of with the history
        if not key.startswith("test_") and bodies.get(key) != (request.url, request.body):
            yield f"request {key} to {request.url} is not what was promised"


def _owners(world: World, people: Rows, others: Rows) -> Iterator[str]:
    """All rows about a journey belong to the journey's owner."""
    journeys = {row["id"]: row["user_id"] for row in world.rows(world.tables.journeys)}
    lists = world.host.owners()
    for row in [*people, *others, *world.rows(world.tables.versions)]:
        if row["user_id"] != journeys[row["journey_id"]]:
            yield f"a row of user {row['user_id']} about journey {row['journey_id']}"
    for row in people:
        if lists.get(row["list_id"], row["user_id"]) != row["user_id"]:
            yield f"enrollment {row['id']} stands on a foreign list"


def _events(world: World) -> Iterator[str]:
    for row in world.rows(world.tables.inbox):
        if (row["state"] in ("ignored", "held")) != (row["reason"] is not None):
            yield f"event {row['id']} is {row['state']} for {row['reason']}"
        if row["held_for"] and row["state"] not in ("held", "new"):
            yield f"event {row['id']} is {row['state']} and held for {row['held_for']}"


def _waiters(world: World, people: Rows, log: Rows) -> Iterator[str]:
    """Whoever stays for an event has a row, and nobody else has."""
    rows = {row["enrollment_id"]: row for row in world.rows(world.tables.waiters)}
    last = {line["enrollment_id"]: line for line in log if line["outcome"] != "moved"}
    for row in people:
        line, waiter = last.get(row["id"]), rows.pop(row["id"], None)
        stays = line and (line["action"], line["outcome"]) == ("WaitForEvent", "stay")
        if waiter and (row["state"] == "ended" or waiter["step_id"] != row["step_id"]):
            yield f"enrollment {row['id']} waits for nothing and has a waiter's row"
        if stays and line["step_id"] == row["step_id"] and row["state"] == "active" and not waiter:
            yield f"enrollment {row['id']} waits for an event that cannot find it"
    if rows:
        yield f"waiters without a person: {sorted(rows)}"
