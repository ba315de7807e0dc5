"""The migrations end where tables.py stands, on both databases, whatever happened on the way."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from plugin.errors import JourneysError, Unavailable
from plugin.storage import migrating
from plugin.storage.database import make_engine
from plugin.storage.migrating import SCRIPTS, migrate, pending, roll_back, version_table
from plugin.storage.tables import Tables


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def revisions() -> list[str]:
    found = ScriptDirectory(str(SCRIPTS)).walk_revisions()
    return [script.revision for script in found][::-1]


def our_tables(engine: sa.Engine, prefix: str) -> set[str]:
    return {name for name in sa.inspect(engine).get_table_names() if name.startswith(prefix)}


def ddl(engine: sa.Engine, prefix: str) -> dict[str, list[str]]:
    """What the database itself says of each table, its lines sorted, the prefix taken out."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql("SELECT tbl_name, sql FROM sqlite_master").all()
        else:
            shown = (f"SHOW CREATE TABLE `{name}`" for name in our_tables(engine, prefix))
            rows = [connection.exec_driver_sql(query).one() for query in shown]
    found: dict[str, list[str]] = {}
    for table, sql in rows:
        if table.startswith(prefix) and table != version_table(prefix) and sql:
            lines = re.sub(rf"\b(ix_|uq_)?{prefix}", r"\1", sql).splitlines()
            found.setdefault(table[len(prefix) :], []).extend(line.strip(" ,") for line in lines)
    return {table: sorted(lines) for table, lines in found.items()}


def test_alembic_finds_nothing_that_differs_from_the_models(engine: sa.Engine):
    migrate(engine, "jny_")
    with engine.connect() as connection:
        options = {
            "compare_type": differs,
            "compare_server_default": True,
            "version_table": version_table("jny_"),
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Tables("jny_").metadata) == []


def test_the_database_describes_migrated_and_modelled_tables_in_the_same_words(engine: sa.Engine):
    migrate(engine, "aaa_")
    Tables("bbb_").metadata.create_all(engine)
    migrated, modelled = ddl(engine, "aaa_"), ddl(engine, "bbb_")
    assert set(modelled) == {name.removeprefix("bbb_") for name in Tables("bbb_").metadata.tables}
    assert migrated == modelled


def test_columns_and_indexes_are_those_of_the_models(engine: sa.Engine):
    """Autogenerate misses lengths of bytes, nullability of keys and the order within an index."""
    migrate(engine, "jny_")
    inspector = sa.inspect(engine)
    for table in Tables("jny_").metadata.tables.values():
        columns = {
            column["name"]: (str(column["type"].compile(engine.dialect)), column["nullable"])
            for column in inspector.get_columns(table.name)
        }
        wanted = {
            column.name: (column.type.compile(engine.dialect), column.nullable)
            for column in table.columns
        }
        assert list(columns) == list(wanted), table.name
        assert {name: plain(*found) for name, found in columns.items()} == {
            name: plain(*found) for name, found in wanted.items()
        }, table.name
        indexes = {
            (index["name"], tuple(index["column_names"]), bool(index["unique"]))
            for index in inspector.get_indexes(table.name)
        }
        assert indexes == {
            (index.name, tuple(index.columns.keys()), bool(index.unique)) for index in table.indexes
        }
        key = inspector.get_pk_constraint(table.name)["constrained_columns"]
        assert key == table.primary_key.columns.keys()


def differs(context: MigrationContext, _c, _m, found, wanted) -> bool | None:
    """False where autogenerate sees a difference that is none; None leaves it to autogenerate."""
    pair = [plain(kind.compile(context.dialect), True) for kind in (found, wanted)]
    return False if pair[0] == pair[1] else None


def plain(kind: str, nullable: bool) -> tuple[str, bool]:
    """A type without what MySQL adds when asked: display widths, collations; BLOB by its size."""
    kind = re.sub(r"^(BIGINT|INTEGER|SMALLINT)\(\d+\)", r"\1", kind)
    kind = re.sub(r" (COLLATE|CHARACTER SET) \"?\w+\"?", "", kind)
    return kind.replace(f"BLOB({2**24 - 1})", "MEDIUMBLOB"), nullable


def test_a_second_run_does_nothing(engine: sa.Engine):
    assert pending(engine, "jny_") == revisions()
    assert migrate(engine, "jny_") == revisions()
    before = ddl(engine, "jny_")
    assert pending(engine, "jny_") == []
    assert migrate(engine, "jny_") == []
    assert ddl(engine, "jny_") == before


def test_two_installations_with_different_prefixes_stand_side_by_side(engine: sa.Engine):
    migrate(engine, "jny_")
    assert pending(engine, "other_") == revisions()
    assert migrate(engine, "other_") == revisions()
    assert ddl(engine, "other_") == ddl(engine, "jny_")
    roll_back(engine, "other_")
    assert our_tables(engine, "other_") == {"other_alembic_version"}
    assert pending(engine, "jny_") == []


def test_down_and_up_again_ends_in_the_same_place(engine: sa.Engine):
    migrate(engine, "jny_")
    before = ddl(engine, "jny_")
    assert roll_back(engine, "jny_") == revisions()[::-1]
    assert our_tables(engine, "jny_") == {"jny_alembic_version"}
    assert pending(engine, "jny_") == revisions()
    assert migrate(engine, "jny_") == revisions()
    assert ddl(engine, "jny_") == before


@contextmanager
def power_cut_at(number: int) -> Iterator[None]:
    """The connection breaks at the DDL statement with this number, on whatever engine."""
    seen = 0

    def count(_conn, _cursor, statement: str, *_: object) -> None:
        nonlocal seen
        if statement.lstrip().startswith("CREATE") and "alembic_version" not in statement:
            seen += 1
            if seen == number:
                raise ConnectionResetError("power cut")

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)


@pytest.mark.parametrize("number", [1, 2, 3, 20])
def test_after_a_crash_in_the_middle_the_next_run_ends_in_the_same_place(
    engine: sa.Engine, number: int
):
    with power_cut_at(number), pytest.raises(ConnectionResetError):
        migrate(engine, "jny_")
    assert pending(engine, "jny_") == revisions()
    assert migrate(engine, "jny_") == revisions()
    Tables("ref_").metadata.create_all(engine)
    assert ddl(engine, "jny_") == ddl(engine, "ref_")


def test_of_installers_at_once_one_works_and_the_others_find_it_done(engine: sa.Engine):
    results: list[list[str]] = []
    ready = threading.Barrier(3)

    def install() -> None:
        ready.wait()
        results.append(migrate(engine, "jny_"))

    threads = [threading.Thread(target=install) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [[], [], revisions()]


def test_a_table_of_somebody_else_is_left_alone(engine: sa.Engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE oempro_journeys (JourneyID INTEGER)")
    with pytest.raises(JourneysError, match=r"oempro_journeys exists and is not ours"):
        migrate(engine, "oempro_")
    assert our_tables(engine, "oempro_") <= {"oempro_journeys", "oempro_alembic_version"}


def test_a_database_of_a_newer_release_is_refused_in_words(engine: sa.Engine):
    migrate(engine, "jny_")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE jny_alembic_version SET version_num = '9999'")
    for ask in (migrate, pending):
        with pytest.raises(JourneysError, match=r"another release of Journeys .*9999"):
            ask(engine, "jny_")


@pytest.mark.parametrize("prefix", ["", "Jny_", "1_", "j-", "jny_; DROP", "abcdefghijklmnopq"])
def test_a_prefix_that_cannot_be_part_of_a_table_name_is_refused(prefix: str):
    engine = make_engine("sqlite://")
    with pytest.raises(JourneysError, match="JOURNEYS_TABLE_PREFIX"):
        migrate(engine, prefix)


def test_the_longest_prefix_fits_the_longest_name(engine: sa.Engine):
    prefix = "abcdefghijklmno_"
    migrate(engine, prefix)
    Tables("abcdefghijklmnp_").metadata.create_all(engine)
    assert ddl(engine, prefix) == ddl(engine, "abcdefghijklmnp_")


def test_an_installer_that_waits_too_long_says_so(mysql_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(migrating, "PATIENCE_SECONDS", 0)
    engine = make_engine(mysql_url)
    with (
        migrating._alone(engine, "jny_"),
        pytest.raises(Unavailable, match="Another `journeys install` is at work"),
    ):
        migrate(engine, "jny_")
    engine.dispose()


def test_the_file_current_head_names_the_one_last_revision():
    assert (SCRIPTS / ".current-head").read_text() == f"{revisions()[-1]}\n"
    assert len(ScriptDirectory(str(SCRIPTS)).get_heads()) == 1


def test_revisions_are_numbered_one_after_the_other():
    assert revisions() == [f"{n:04}" for n in range(1, len(revisions()) + 1)]
