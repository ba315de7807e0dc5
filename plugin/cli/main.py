"""All commands together, and what goes wrong in them as one clear line."""

from __future__ import annotations

from typing import Any

import click

from plugin import __version__
from plugin.cli.demo import demo
from plugin.cli.docs import docs
from plugin.cli.doctor import doctor
from plugin.cli.door import Door
from plugin.cli.house import install, keys, migrate
from plugin.cli.journeys import journey
from plugin.cli.people import enroll, history
from plugin.cli.recipes import from_recipe, recipes
from plugin.cli.secrets import secret
from plugin.cli.sending import sending
from plugin.cli.stopped import parked, redrive
from plugin.cli.tasks import TASKS, tasks
from plugin.cli.upkeep import figures, health, retention
from plugin.cli.versions import VERSIONS
from plugin.cli.webhook import webhook
from plugin.cli.why import why
from plugin.cli.worker import worker
from plugin.cli.wrong import in_words


class Commands(click.Group):
    """What a user can cause ends in a sentence and exit code 1; a fault of ours in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            text = in_words(error)
            if text is None:
                raise
            raise click.ClickException(text) from error


@click.group("journeys", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="journeys", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Automated sequences for the subscribers of an e-mail platform.

    Settings come from JOURNEYS_* environment variables, or from the file that JOURNEYS_CONFIG
    names.
    """
    ctx.obj = Door()


HOUSE = (install, migrate, doctor, keys, secret, worker, health, retention, docs, demo)
PEOPLE = (
    *(journey, recipes, webhook, sending, enroll),
    *(history, why, figures, parked, redrive, tasks),
)

for command in (*VERSIONS, from_recipe):
    journey.add_command(command)

for command in TASKS:
    tasks.add_command(command)

for command in (*HOUSE, *PEOPLE):
    main.add_command(command)
