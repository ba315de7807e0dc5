"""`journeys demo`: the demo host with Journeys on it, from a source checkout."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from plugin.errors import NotFound

ROOT = Path(__file__).resolve().parents[2]


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def demo(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """Run the demo host with Journeys on it; Ctrl-C stops it. `demo --help` lists its options."""
    if not (ROOT / "demo" / "__main__.py").is_file():
        raise NotFound("The demo is part of the source only: clone it and run `make demo` there.")
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    ctx.exit(import_module("demo.__main__").main(list(arguments)))
