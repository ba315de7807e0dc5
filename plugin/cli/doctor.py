"""`journeys doctor`: everything that may stand in the way, with what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from plugin.cli.checks import (
    check_database,
    check_migrations,
    check_outage,
    check_redis,
    check_settings,
    check_workers,
)
from plugin.cli.door import Door, door, json_option, shown
from plugin.cli.wrong import in_words
from plugin.host.doctor import Finding
from plugin.host.doctor import checks as host_checks
from plugin.settings import BadSettings

_SIGNS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}


@click.command()
@json_option
@door
@click.pass_context
def doctor(ctx: click.Context, given: Door, as_json: bool) -> None:
    """Check the settings, the database, the host's tables and the workers.

    Exit code 1 when there is an error; warnings alone do not count.
    """
    findings = examine(given)
    if as_json:
        given.give([asdict(finding) for finding in findings])
    else:
        report(given, findings)
    ctx.exit(1 if failed(findings) else 0)


def examine(given: Door) -> list[Finding]:
    """All findings in the order of their ids. What cannot be looked at is left out."""
    try:
        settings = given.settings
    except BadSettings as wrong:
        return [Finding("J001", "error", str(wrong), "See docs/reference/settings.md.")]
    findings = check_settings(settings)
    database = check_database(lambda: given.database)
    findings += [database, check_redis(settings.redis_url)]
    if database.level == "ok":
        ready = check_migrations(given.database.engine, settings.table_prefix)
        findings.append(ready)
        if ready.level == "ok":
            findings.append(check_workers(given.database, given.tables))
            findings.append(check_outage(given.database, given.tables))
        findings += _of_host(given)
    return sorted(findings, key=lambda finding: finding.id)


def _of_host(given: Door) -> list[Finding]:
    own = {name: table.c.keys() for name, table in given.tables.metadata.tables.items()}
    try:
        return host_checks(given.database.engine, given.settings, own)
    except Exception as error:
        text = in_words(error)
        if text is None:
            raise
        hint = "Grant the database user what it lacks, then run the doctor again."
        return [Finding("J100", "error", f"The host's tables cannot be examined. {text}", hint)]


def failed(findings: Sequence[Finding]) -> bool:
    return any(finding.level == "error" for finding in findings)


def report(given: Door, findings: Sequence[Finding]) -> None:
    for finding in findings:
        sign, colour = _SIGNS[finding.level]
        line = shown(f"{sign} {finding.id}  ", colour).append_text(shown(finding.sentence))
        given.say(line)
        if finding.hint:
            given.say(f"         → {finding.hint}")
    counts = {level: sum(f.level == level for f in findings) for level in ("error", "warning")}
    given.say(_verdict(**counts))


def _verdict(error: int, warning: int) -> str:
    if not error and not warning:
        return "All is well."
    parts = [_counted(n, word) for n, word in ((error, "error"), (warning, "warning")) if n]
    return f"{' and '.join(parts)}."


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"
