"""Reference page of the commands, read from click."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from plugin.cli.docs_text import code, page, table


def commands_page(root: click.Command) -> str:
    return page("Commands", *_described(root, "journeys"))


def _described(command: click.Command, name: str) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    yield f"## {name}\n\n{code(usage)}\n\n{_help(command)}"
    yield table(("Option", "Default", "Meaning"), list(_options(command, context)))
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            known = command.get_command(context, inner)
            if known is not None:
                yield from _described(known, f"{name} {inner}")


def _help(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "")


def _options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str, str]]:
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            written = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
            yield f"{written} {_metavar(option, context)}", _default(option), option.help or ""


def _metavar(option: click.Option, context: click.Context) -> str:
    return "" if option.is_flag else option.make_metavar(context)


def _default(option: click.Option) -> str:
    if option.required:
        return "required"
    if isinstance(option.show_default, str):
        return option.show_default
    return str(option.default) if option.show_default else ""
