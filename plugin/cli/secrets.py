"""Signing secrets of an account's webhooks: what their receivers need to verify them."""

from __future__ import annotations

import click

from plugin.cli.door import ACTOR, Door, door, json_option, user_option
from plugin.engine.sealing import fits_a_header
from plugin.engine.webhook_form import SECRET_NAME
from plugin.errors import Conflict, JourneysError, NotFound
from plugin.hooks.signing import secret_key
from plugin.storage.secrets import SqlSecrets


@click.group()
def secret() -> None:
    """Signing secrets that webhooks name: list them, show one, add one."""


@secret.command("list")
@user_option()
@json_option
@door
def list_secrets(given: Door, user_id: int, as_json: bool) -> None:
    """The names of an account's secrets. The first publish makes the one called default."""
    names = _kept(given).names(user_id)
    if as_json:
        given.give(names)
    for name in [] if as_json else names:
        given.say(name)


@secret.command("show")
@click.argument("name", default="default")
@user_option()
@door
def show_secret(given: Door, name: str, user_id: int) -> None:
    """Print one secret, for the receiver of the webhooks."""
    found = _kept(given)(user_id, name)
    if found is None:
        raise NotFound(f"User {user_id} has no secret “{name}”.")
    click.echo(found)


@secret.command("add")
@click.argument("name")
@user_option()
@click.option("--value", prompt=True, hide_input=True, help="whsec_…; asked for when left out.")
@click.option("--text", "of_any_form", is_flag=True, help="One line of any form: see below.")
@door
def add_secret(given: Door, name: str, user_id: int, value: str, of_any_form: bool) -> None:
    """Keep a secret under a new name, encrypted; webhooks can then name it.

    With --text it may be any one line, for a secret header or for signing in the host's form.
    """
    if of_any_form:
        _check_line(value)
    else:
        secret_key(value)
    if not SECRET_NAME.fullmatch(name):
        raise JourneysError("A secret's name has small letters, digits, - and _, 64 at most.")
    kept = _kept(given)
    with given.services.begin() as work:
        if work.library.has_secret(user_id, name):
            raise Conflict("secret_exists", f"User {user_id} has a secret “{name}” already.")
        now = work.store.now()
        work.library.add_secret(user_id, name, kept.encrypt(value), now)
        work.library.note(user_id, ACTOR, "secret.add", None, now)
    given.say(f"Kept as “{name}”.")


def _check_line(value: str) -> None:
    if not fits_a_header(value):
        raise JourneysError("A secret of this kind is one line of at most 2,048 Latin characters.")


def _kept(given: Door) -> SqlSecrets:
    return SqlSecrets(given.database, given.tables, given.settings.encryption_keys)
