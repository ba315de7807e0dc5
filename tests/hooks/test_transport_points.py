"""The crash points of a request: where they lie, and that a crash there leaves nothing behind."""

from __future__ import annotations

import pytest

from plugin.engine.ports import Request
from tests.hooks.conftest import Authority, post, transport
from tests.hooks.servers import answer, serving

POINTS = [
    "deliver.after_dns",
    "deliver.after_connect",
    "deliver.half_body",
    "deliver.after_body",
    "deliver.after_status",
]


class Crash(BaseException):
    """Stands for the end of the process."""


def test_the_points_are_reached_in_order_with_and_without_tls(authority: Authority):
    for scheme, tls in (("http", None), ("https", authority.context_for("127.0.0.1"))):
        reached: list[str] = []
        with serving(answer(), tls) as server:
            out = transport(server.place, ca_file=authority.file, reach=reached.append)
            assert out.send(post(f"{scheme}://{server.place}/")).status == 200
        assert reached == POINTS


def test_a_request_without_a_body_has_no_half_of_it():
    reached: list[str] = []
    with serving(answer()) as server:
        out = transport(server.place, reach=reached.append)
        assert out.send(Request("GET", server.url, {}, b"")).status == 200
    assert reached == [point for point in POINTS if point != "deliver.half_body"]


def test_a_blocked_address_reaches_no_point():
    reached: list[str] = []
    transport(reach=reached.append).send(post("https://127.0.0.1/"))
    assert reached == []


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_crash_at_a_point_comes_through_and_the_other_side_saw_what_it_should(
    authority: Authority, point, scheme
):
    crashes = iter([True])

    def reach(name: str) -> None:
        if name == point and next(crashes, False):
            raise Crash(point)

    tls = authority.context_for("127.0.0.1") if scheme == "https" else None
    with serving(answer(), tls) as server:
        out = transport(server.place, ca_file=authority.file, reach=reach)
        request = post(f"{scheme}://{server.place}/", b"0123456789")
        with pytest.raises(Crash):
            out.send(request)
        assert out.send(request).status == 200
    arrived = point in ("deliver.after_body", "deliver.after_status")
    assert len(server.requests) == (2 if arrived else 1)
    assert len(server.connections) == (1 if point == "deliver.after_dns" else 2)
    assert all(body.endswith(b"\r\n\r\n0123456789") for body in server.requests)
