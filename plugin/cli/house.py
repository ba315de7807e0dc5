"""Commands that put Journeys beside a host: install, migrate, keys."""

from __future__ import annotations

import secrets

import click
from cryptography.fernet import Fernet

from plugin.cli.doctor import examine, failed, report
from plugin.cli.door import Door, door
from plugin.hooks.signing import new_secret
from plugin.storage.migrating import migrate as migrate_tables
from plugin.storage.migrating import pending


@click.command()
@door
@click.pass_context
def install(ctx: click.Context, given: Door) -> None:
    """Create or update the tables, then run the doctor.

    Safe to run again, and on several machines at once. Exit code 1 when the doctor finds an error.
    """
    _migrate(given)
    findings = examine(given)
    report(given, findings)
    ctx.exit(1 if failed(findings) else 0)


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 when something waits.")
@door
@click.pass_context
def migrate(ctx: click.Context, given: Door, check: bool) -> None:
    """Bring the tables to the newest version."""
    if not check:
        _migrate(given)
        return
    waiting = pending(given.database.engine, given.settings.table_prefix)
    given.say(f"Waiting: {', '.join(waiting)}" if waiting else "The tables are up to date.")
    ctx.exit(1 if waiting else 0)


def _migrate(given: Door) -> None:
    applied = migrate_tables(given.database.engine, given.settings.table_prefix)
    done = f"Applied {', '.join(applied)}: the tables are up to date."
    given.say(done if applied else "The tables are up to date.")


@click.command()
def keys() -> None:
    """Print fresh keys and secrets, as lines for a configuration file."""
    click.echo("# Fernet keys, newest first; keep the old ones until nothing needs them.")
    click.echo(f'encryption_keys: ["{Fernet.generate_key().decode()}"]')
    click.echo("# For hook calls, shared with the host's plugin; several may be valid at once.")
    click.echo(f'hook_secrets: ["{new_secret()}"]')
    click.echo("# For the hand-over of logged-in users, shared with the host's plugin.")
    click.echo(f'handover_secret: "{secrets.token_urlsafe(32)}"')
