"""The demo host as a Flask app; see create_host."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException

from demo.account_pages import AccountPages
from demo.api.commands import COMMANDS
from demo.api.controls import Controls
from demo.api.door import Api
from demo.api_page import ApiPage
from demo.autoresponder_pages import AutoresponderPages
from demo.bridge import HostBridge
from demo.confirm_page import ConfirmPage
from demo.fact_pages import FactPages
from demo.frame import Host, check_csrf, harden
from demo.gateway.door import Gateway
from demo.gateway.postman import Postman
from demo.gateway.public_pages import PublicPages
from demo.inbox import DULL_HEADERS, Inbox
from demo.list_pages import ListPages
from demo.outbox_pages import OutboxPages
from demo.own_tables import create_own_tables
from demo.person_pages import PersonPages
from demo.schema import build_schema
from demo.settings_pages import SettingsPages
from demo.shop_page import ShopPage
from demo.tag_pages import TagPages

#: Where the app keeps the Controls of its API, for those who play faults from outside.
API_CONTROLS = "demo_api_controls"
#: Where it keeps the Postman of its gateway, who must be started, or told to deliver.
POSTMAN = "demo_postman"

#: … and its clock, which can be turned forward.
CLOCK = "demo_clock"

_STYLESHEET = "/journeys/static/journeys.css"


def _no_secret() -> str | None:
    return None


def create_host(
    engine: Engine,
    prefix: str,
    bridge: HostBridge,
    secret_key: str,
    signing_secret: Callable[[], str | None] = _no_secret,
    flavour: str = "v5",
) -> Flask:
    """The host's user area, its API and the webhook inbox on a database that has the host's tables.

    `secret_key` signs the host's session cookie. `signing_secret` gives the `whsec_…` secret
    that webhooks to the inbox should be signed with, None while there is none. `flavour` is
    that of the database. The pages wear the add-on's stylesheet.
    """
    app = Flask(__name__)
    app.secret_key = secret_key
    app.config.update(
        SESSION_COOKIE_NAME="demo_host",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.jinja_env.filters["pretty"] = pretty
    app.jinja_env.globals["dull_headers"] = DULL_HEADERS
    create_own_tables(engine)
    host = Host(engine, build_schema(prefix, flavour=flavour), bridge, _STYLESHEET, secret_key)
    controls = app.extensions[API_CONTROLS] = Controls()
    app.extensions[POSTMAN], app.extensions[CLOCK] = Postman(host), host.clock
    app.jinja_env.globals["has_gateway"] = host.tables.flavour.has_gateway
    app.register_blueprint(_user_area(host, controls))
    app.register_blueprint(Api(host, controls, COMMANDS).blueprint())
    app.register_blueprint(Gateway(host, controls).blueprint())
    app.register_blueprint(Inbox(host, signing_secret).blueprint())
    app.register_error_handler(HTTPException, lambda error: _error(host, error))
    return app


def pretty(body: str) -> str:
    """JSON with line breaks; anything else as it is."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body


def _user_area(host: Host, controls: Controls) -> Blueprint:
    blueprint = Blueprint("host", __name__)
    blueprint.before_request(check_csrf)
    blueprint.after_request(harden)
    gateway = (OutboxPages(host), PublicPages(host)) if host.tables.flavour.has_gateway else ()
    for pages in (
        *gateway,
        AccountPages(host),
        ListPages(host),
        PersonPages(host),
        FactPages(host),
        TagPages(host),
        AutoresponderPages(host),
        SettingsPages(host),
        ShopPage(host),
        ConfirmPage(host),
        ApiPage(host, controls),
    ):
        pages.add_to(blueprint)
    blueprint.add_url_rule("/favicon.ico", "icon", _icon)
    return blueprint


def _icon() -> ResponseReturnValue:
    return redirect(url_for("static", filename="icon.svg"))


def _error(host: Host, error: HTTPException) -> ResponseReturnValue:
    """Errors of the host's own pages as a page; those of the add-on and the inbox as they are."""
    if not request.path.startswith(("/journeys", "/inbox/")):
        user = None if error.code == 500 else host.user()
        return host.page("error", user, error=error), error.code or 500
    return error.get_response()
