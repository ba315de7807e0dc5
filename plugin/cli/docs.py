"""`journeys docs`: writes the reference pages from the code itself, or says that they are stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from plugin.app import action_kinds
from plugin.cli.docs_commands import commands_page
from plugin.cli.docs_doctor import doctor_page
from plugin.cli.docs_kinds import actions_page, operators_page, triggers_page
from plugin.cli.docs_settings import settings_page
from plugin.engine import triggers
from plugin.engine.kinds import TriggerKind, find
from plugin.errors import NotFound

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 when a page is stale.")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="docs/reference of the source",
    help="Where the pages are.",
)
@click.option(
    "--package",
    "packages",
    multiple=True,
    metavar="NAME",
    help="Describe the actions of this importable package, too.",
)
@click.pass_context
def docs(ctx: click.Context, check: bool, folder: Path | None, packages: Sequence[str]) -> None:
    """Write the reference pages: actions, triggers, operators, settings, doctor, commands."""
    folder = folder or _of_source()
    pages = reference(ctx.find_root(), packages)
    if not check:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (folder / name).write_text(text, "utf-8")
        click.echo(f"Wrote {len(pages)} pages to {folder}.")
        return
    stale = [name for name, text in pages.items() if _read(folder / name) != text]
    if stale:
        raise click.ClickException(f"Stale: {', '.join(stale)}. Run `journeys docs`.")
    click.echo("The reference pages are fresh.")


def reference(root: click.Context, packages: Sequence[str] = ()) -> Mapping[str, str]:
    """Every page by its file name. Raises BadSettings for a package that cannot be imported."""
    return {
        "actions.md": actions_page(action_kinds(packages)),
        "triggers.md": triggers_page(find(TriggerKind, triggers)),
        "operators.md": operators_page(),
        "settings.md": settings_page(),
        "doctor.md": doctor_page(),
        "cli.md": commands_page(root.command),
    }


def _of_source() -> Path:
    if not REFERENCE.parent.is_dir():
        raise NotFound("The pages are part of the source. Name another folder with --to.")
    return REFERENCE


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""
