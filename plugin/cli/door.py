"""What commands share: settings, services, the way to print, the common options."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.text import Text

from plugin.app import build
from plugin.engine.services import Services
from plugin.logs import configure
from plugin.settings import Settings
from plugin.storage.database import Database
from plugin.storage.tables import Tables

Command = TypeVar("Command", bound=Callable[..., Any])

#: Characters of a line in a file or a pipe.
UNSEEN_WIDTH = 1000
#: How the audit names what is done here.
ACTOR = "cli"


class Door:
    """Nothing is read or connected before a command asks for it."""

    @cached_property
    def settings(self) -> Settings:
        return Settings.from_environment()

    @cached_property
    def services(self) -> Services:
        configure(self.settings.log_format, "WARNING")
        return build(self.settings)

    @cached_property
    def database(self) -> Database:
        return Database(self.settings.database_url)

    @cached_property
    def tables(self) -> Tables:
        return Tables(self.settings.table_prefix)

    @cached_property
    def console(self) -> Console:
        """Prints to standard output. Where nobody sees it: no colours, no line is cut."""
        seen = sys.stdout.isatty()
        return Console(highlight=False, width=None if seen else UNSEEN_WIDTH)

    def say(self, text: str | Text) -> None:
        """One line, whatever it holds."""
        self.console.print(shown(text) if isinstance(text, str) else text, soft_wrap=True)

    def give(self, data: Any) -> None:
        """Data for machines, as JSON."""
        click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def shown(text: str, style: str = "") -> Text:
    """Text of whatever origin, fit for a terminal: no markup, no control characters."""
    return Text("".join(c if c.isprintable() else "�" for c in text), style=style)


def user_option(required: bool = True) -> Callable[[Command], Command]:
    return click.option(
        "--user",
        "user_id",
        type=click.IntRange(min=1),
        required=required,
        metavar="ID",
        help="The host user whose journeys are meant.",
    )


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")

door = click.make_pass_decorator(Door)
