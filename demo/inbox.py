"""The webhook inbox: plays another system's endpoint and shows what it was sent."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row, func, select

from demo.database import writing
from demo.frame import Host, check_csrf, harden
from demo.own_tables import inbox
from demo.signing import verdict

_SHOWN = 100
_MAX_BODY = 64_000
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
#: These headers say nothing here; the page leaves them out, the JSON has them.
DULL_HEADERS = frozenset(("host", "connection", "accept", "accept-encoding", "content-length"))


class Inbox:
    """Takes any request below /inbox/ and answers 200, with the number under which it is kept.

    `?status=503&times=2` makes it answer 503 to the first two requests of each webhook-id
    (of each path, for requests without one), so that retries can be seen.
    """

    def __init__(self, host: Host, signing_secret: Callable[[], str | None]) -> None:
        self._host = host
        self._signing_secret = signing_secret

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("inbox", __name__)
        blueprint.add_url_rule("/inbox/<path:rest>", "take", self.take, methods=_METHODS)
        blueprint.add_url_rule("/inbox", "show", self.show)
        blueprint.add_url_rule("/inbox.json", "as_json", self.as_json)
        blueprint.add_url_rule("/inbox", "clear", self.clear, methods=["POST"])
        blueprint.after_request(harden)
        return blueprint

    def take(self, rest: str) -> ResponseReturnValue:
        body = request.get_data()
        headers = {name.lower(): value for name, value in request.headers.items()}
        item: dict[str, Any] = {
            "ReceivedAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "Method": request.method,
            "Path": f"/inbox/{rest}",
            "Headers": json.dumps(headers),
            "Body": body[:_MAX_BODY].decode("utf-8", "replace"),
            "WebhookID": headers.get("webhook-id", "")[:250],
            "Signature": verdict(self._signing_secret(), headers, body, time.time()),
        }
        with writing(self._host.engine) as connection:
            item["Answered"] = _status(connection, item)
            made = connection.execute(inbox.insert().values(item)).inserted_primary_key
        answer = json.dumps({"received": True, "id": made[0]})  # type: ignore[index]
        return Response(f"{answer}\n", item["Answered"], mimetype="application/json")

    def show(self) -> ResponseReturnValue:
        """The page; `?items` gives only the list in it, for the script that keeps it fresh."""
        template = "inbox_items" if "items" in request.args else "inbox"
        user = self._host.user()
        return self._host.page(template, user, items=self._items(), shown=_SHOWN)

    def as_json(self) -> ResponseReturnValue:
        """The same, newest first: id, received_at, method, path, headers, body, webhook_id,
        seen (how often that id came), signature, answered."""
        return jsonify({"items": self._items()})

    def clear(self) -> ResponseReturnValue:
        check_csrf()
        with writing(self._host.engine) as connection:
            connection.execute(inbox.delete())
        return redirect(url_for("inbox.show"))

    def _items(self) -> list[dict[str, Any]]:
        seen = (
            select(inbox.c.WebhookID, func.count().label("Seen"))
            .where(inbox.c.WebhookID != "")
            .group_by(inbox.c.WebhookID)
            .subquery()
        )
        query = (
            select(inbox, func.coalesce(seen.c.Seen, 1).label("Seen"))
            .join(seen, seen.c.WebhookID == inbox.c.WebhookID, isouter=True)
            .order_by(inbox.c.ItemID.desc())
            .limit(_SHOWN)
        )
        with self._host.engine.connect() as connection:
            return [_item(row) for row in connection.execute(query)]


def _status(connection: Connection, item: dict[str, Any]) -> int:
    """What to answer: the status asked for, while this id came fewer times than asked for."""
    status = request.args.get("status", 200, type=int)
    if not 200 <= status <= 599:
        return 200
    column = inbox.c.WebhookID if item["WebhookID"] else inbox.c.Path
    same = select(func.count()).where(column == item[column.name], inbox.c.Path == item["Path"])
    earlier = connection.scalar(same) or 0
    return status if earlier < request.args.get("times", 1, type=int) else 200


def _item(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.ItemID,
        "received_at": row.ReceivedAt,
        "method": row.Method,
        "path": row.Path,
        "headers": json.loads(row.Headers),
        "body": row.Body,
        "webhook_id": row.WebhookID,
        "seen": row.Seen,
        "signature": row.Signature,
        "answered": row.Answered,
    }
