"""How a view becomes a route: it names its access, and every error it raises becomes an answer."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Concatenate, Literal

from flask import Blueprint, Request, Response, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule

from plugin.domain.journey import Right
from plugin.routes.access import Access, Guard, Visitor
from plugin.routes.faults import as_json, fault_of
from plugin.routes.pages import Pages

MAX_BODY = 1024 * 1024
#: The address of one journey; what follows is one of its pages. Larger ids are none.
JOURNEY = "/<int(max=9007199254740992):journey_id>"
ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

#: A view of a page gets its visitor first, then the values of the address.
PageView = Callable[Concatenate[Visitor, ...], ResponseReturnValue]
OpenView = Callable[..., ResponseReturnValue]


class Doors:
    """Adds routes to a blueprint. No route comes in any other way."""

    def __init__(self, blueprint: Blueprint, guard: Guard, pages: Pages) -> None:
        self._blueprint, self._guard, self._pages = blueprint, guard, pages
        self._known = Map()

    def page(self, rule: str, name: str, access: Right, view: PageView, *methods: str) -> None:
        """A page or form for visitors with this right; methods: GET unless named."""

        def door(**values: Any) -> Response:
            request_id = _new_request_id()
            visitor = None
            try:
                _limit(request)
                visitor = self._guard.visitor(request)
                self._guard.check(visitor, access, request)
                answer = make_response(view(visitor, **values))
            except Exception as error:
                answer = self._pages.fault(visitor, fault_of(error, request_id), request_id)
            return _stamped(answer, request_id)

        self._add(rule, name, access, door, methods or ("GET",))

    def open(
        self,
        rule: str,
        name: str,
        access: Literal["public", "signature", "token"],
        view: OpenView,
        *methods: str,
        speaks_json: bool = False,
    ) -> None:
        """A route without a session; methods: GET unless named."""

        def door(**values: Any) -> Response:
            request_id = _new_request_id()
            try:
                _limit(request)
                answer = make_response(view(**values))
            except Exception as error:
                fault = fault_of(error, request_id)
                answer = (
                    as_json(fault, request_id)
                    if speaks_json
                    else self._pages.fault(None, fault, request_id)
                )
            return _stamped(answer, request_id)

        self._add(rule, name, access, door, methods or ("GET",))

    def nowhere(self, rule: str, name: str, *, speaks_json: bool = False) -> None:
        """Addresses under `rule` that lead nowhere, and methods that an address does not take."""
        known = self._known.bind("")
        before = self._blueprint.url_prefix or ""

        def view(rest: str) -> ResponseReturnValue:
            known.match(request.path.removeprefix(before), method=request.method)
            raise NotFound

        self.open(rule, name, "public", view, *ALL_METHODS, speaks_json=speaks_json)

    def _add(
        self,
        rule: str,
        name: str,
        access: Access,
        door: Callable[..., Response],
        methods: tuple[str, ...],
    ) -> None:
        door.access = access  # type: ignore[attr-defined]
        self._blueprint.add_url_rule(rule, name, door, methods=list(methods))
        if "<path:rest>" not in rule:
            self._known.add(Rule(rule, methods=list(methods)))


def _limit(request: Request) -> None:
    request.max_content_length = MAX_BODY
    request.max_form_memory_size = MAX_BODY


def _stamped(answer: Response, request_id: str) -> Response:
    answer.headers["X-Request-Id"] = request_id
    return answer


def _new_request_id() -> str:
    return secrets.token_hex(6)
