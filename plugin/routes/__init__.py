"""The web face: pages for people and the hook for the host. It knows `Services`, never SQL."""

from __future__ import annotations

from flask import Blueprint

from plugin.engine.services import Services
from plugin.routes.access import Guard
from plugin.routes.design_page import DesignPage
from plugin.routes.doors import Doors
from plugin.routes.entrance import Entrance
from plugin.routes.headers import secured
from plugin.routes.hooks import Hooks
from plugin.routes.list_page import ListPage
from plugin.routes.metrics import MetricsPage
from plugin.routes.pages import Pages
from plugin.routes.people_page import PeoplePage
from plugin.routes.person_page import PersonPage
from plugin.routes.redrive_form import RedriveForm
from plugin.routes.switch_pages import SwitchPages
from plugin.routes.transfer_pages import TransferPages
from plugin.settings import Settings

URL_PREFIX = "/journeys"


def create_blueprint(services: Services, settings: Settings) -> Blueprint:
    """Everything under /journeys. Needs nothing of the app that it is put on."""
    blueprint = Blueprint("journeys", __name__, url_prefix=URL_PREFIX)
    blueprint.after_request(secured)
    pages = Pages(settings)
    guard = Guard(services, settings)
    doors = Doors(blueprint, guard, pages)
    Entrance(services, guard, pages).add_to(doors)
    Hooks(services).add_to(doors)
    MetricsPage(services, settings).add_to(doors)
    ListPage(services, pages).add_to(doors)
    DesignPage(services, pages).add_to(doors)
    PeoplePage(services, pages).add_to(doors)
    PersonPage(services, pages).add_to(doors)
    RedriveForm(services).add_to(doors)
    SwitchPages(services, pages).add_to(doors)
    TransferPages(services, pages).add_to(doors)
    doors.nowhere("/<path:rest>", "nowhere")
    return blueprint
