"""`GET /journeys/metrics`: how things stand, for Prometheus. Nothing here names a person."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping

from flask import Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from werkzeug.exceptions import NotFound

from plugin.engine.reading import Health
from plugin.engine.services import Services
from plugin.errors import NotAuthentic
from plugin.routes.doors import Doors
from plugin.settings import Settings

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: So many causes are named, those of most people; the others are told together.
CAUSES = 20
OTHERS = "other"
#: A worker that was seen within so many seconds is alive.
ALIVE_SECONDS = 60

_PLAIN = {
    "due_people": ("People whose time has come.", "due_now"),
    "lag_seconds": ("How long the longest of them has been due.", "oldest_due_seconds"),
    "held_people": ("People who stand still and look again by themselves.", "held"),
    "inbox_waiting_events": ("Events that are not routed yet.", "inbox_waiting"),
    "deliveries_waiting": ("Deliveries that are neither done nor given up.", "deliveries_waiting"),
    "tasks_open": ("Orders for many people that are not carried out.", "tasks_open"),
    "changeovers_open": ("Journeys whose people go over to a new version.", "changeovers_open"),
}


class MetricsPage:
    """Off unless there is a token."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services, self._token = services, settings.metrics_token

    def add_to(self, doors: Doors) -> None:
        doors.open("/metrics", "metrics", "token", self.show, speaks_json=True)

    def show(self) -> Response:
        if not self._token:
            raise NotFound
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise NotAuthentic("Send the token of the metrics: Authorization: Bearer …")
        text = as_text(self._services.reading.health())
        return Response(text, content_type=CONTENT_TYPE)


def as_text(health: Health) -> bytes:
    """In the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(_families(health)))
    return generate_latest(registry)


class _Given(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def _families(health: Health) -> Iterator[Metric]:
    for name, (text, of) in _PLAIN.items():
        yield GaugeMetricFamily(f"journeys_{name}", text, value=getattr(health, of))
    text = "The same by account: the share of those with people due whose lag is no longer."
    lags = {str(share / 100): seconds for share, seconds in health.lag_percentiles.items()}
    yield _labelled("account_lag_seconds", text, "quantile", lags)
    text = "People who are out of tries and wait for somebody to decide."
    yield _labelled("parked_people", text, "cause", _bounded(health.parked_causes))
    alive = [at for _, at in health.workers if (health.at - at).total_seconds() <= ALIVE_SECONDS]
    text = f"Workers that were seen in the last {ALIVE_SECONDS} seconds."
    yield GaugeMetricFamily("journeys_workers_alive", text, value=len(alive))
    caught = health.outage is not None and health.outage.finished_at is None
    text = "1 while those are caught up with who came due in an outage."
    yield GaugeMetricFamily("journeys_outage_open", text, value=int(caught))
    sent = {name: health.today.get(name, 0) for name in ("delivered", "undelivered")}
    yield _labelled("deliveries_today", "Deliveries of this day, UTC.", "outcome", sent)
    moved = {name: health.today.get(name, 0) for name in ("entered", "refused", "ended")}
    yield _labelled("people_today", "Passages of this day, UTC.", "figure", moved)


def _labelled(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"journeys_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _bounded(causes: Mapping[str, int]) -> Mapping[str, int]:
    most = sorted(causes.items(), key=lambda one: (-one[1], one[0]))
    named = dict(most[:CAUSES])
    rest = sum(n for _, n in most[CAUSES:])
    return named | {OTHERS: named.get(OTHERS, 0) + rest} if rest else named
