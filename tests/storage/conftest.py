"""Our tables, empty, on either database; and a recorder of statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from plugin.storage.database import Database
from plugin.storage.tables import Tables


@dataclass
class Recorder:
    """Statements and their parameters, while `recording`."""

    statements: list[tuple[str, str]] = field(default_factory=list)

    @contextmanager
    def recording(self, engine: sa.Engine) -> Iterator[list[tuple[str, str]]]:
        self.statements = []

        def note(_c: object, _k: object, text: str, parameters: object, *_: object) -> None:
            if not text.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "SHOW", "SELECT @@")):
                self.statements.append((text, str(parameters)))

        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield self.statements
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def mysql_database(mysql_url: str) -> Iterator[Database]:
    made = Database(mysql_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def tables(database: Database) -> Tables:
    made = Tables("jny_")
    made.metadata.create_all(database.engine)
    return made


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()
