"""What must hold of messages and their deliveries at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.world import World

Rows = list[dict[str, Any]]

STATES = {"queued", "sent", "unknown", "failed", "skipped"}
#: What a message may be while its delivery stands so: what was reported may come before the answer.
FITTING = {
    "new": {"queued", "unknown", "sent"},
    "sending": {"queued", "unknown", "sent"},
    "unknown": {"unknown"},
    "sent": {"sent"},
    "not known": {"unknown", "sent"},
    "skipped": {"skipped", "sent"},
    "failed": {"failed", "sent"},
}


def faults(world: World, deliveries: Rows, log: Rows) -> Iterator[str]:
    messages = world.rows(world.tables.messages)
    by_key = {row["delivery_key"]: row for row in messages}
    stays = {
        (line["enrollment_id"], line["step_id"], line["visit"])
        for line in log
        if (line["action"], line["outcome"]) == ("SendEmail", "stay")
    }
    handed_over = set()
    for row in deliveries:
        if row["kind"] != "message":
            continue
        handed_over.add(row["delivery_key"])
        yield from _pair(row, by_key.get(row["delivery_key"]))
        if (row["enrollment_id"], row["step_id"], row["visit"]) not in stays:
            yield f"delivery {row['id']}: nobody stayed for it"
    for row in messages:
        yield from _message(row, row["delivery_key"] in handed_over)


def _pair(delivery: dict[str, Any], message: dict[str, Any] | None) -> Iterator[str]:
    who = f"delivery {delivery['id']} ({delivery['state']}, {delivery['result']})"
    if message is None:
        yield f"{who} has no message"
        return
    same = ("user_id", "journey_id", "enrollment_id", "step_id", "visit")
    if [delivery[name] for name in same] != [message[name] for name in same]:
        yield f"{who} is not of its message {message['id']}"
    standing = delivery["state"]
    if standing in ("done", "failed"):
        result = (delivery["result"] or {}).get("result", "failed")
        standing = "not known" if result == "unknown" else result
    if message["state"] not in FITTING[standing]:
        yield f"{who}: its message is {message['state']}"


def _message(row: dict[str, Any], handed_over: bool) -> Iterator[str]:
    who = f"message {row['id']} ({row['state']})"
    if row["state"] not in STATES:
        yield f"{who}: no such state"
    if (row["reason"] is not None) != (row["state"] in ("failed", "skipped")):
        yield f"{who}: for {row['reason']}"
    out = row["state"] in ("sent", "unknown") or (row["state"] == "queued" and handed_over)
    if (row["sent_at"] is not None) != out:
        yield f"{who}: sent at {row['sent_at']}"
    if row["state"] in ("sent", "unknown", "failed") and not handed_over:
        yield f"{who}: it was handed over to nobody"
    heard = [name for name in row if name.endswith("_at") and name not in _OURS and row[name]]
    if row["state"] != "sent" and row["state"] != "queued" and heard:
        yield f"{who}: {heard}"


_OURS = ("asked_at", "place_at", "sent_at")
