"""Many rows in one statement: what goes in comes out, whatever it holds, and nothing else runs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from plugin.sql.among import among
from plugin.storage import literals
from plugin.storage.database import Database
from plugin.storage.dialect import insert_many, update_joined
from plugin.storage.types import JsonText, LongText, UtcDateTime, short_bytes

NASTY = [
    "",
    "plain",
    'o\'Hara "quoted" `ticks`',
    "back\\slash \\' \\\\' end\\",
    "percent %s %(name)s %%",
    "semi; DROP TABLE things; -- ",
    "nul \0 and lines\r\n\t\x1a",
    "Ĝoja 日本語 🎈 \u2028",
]
THEN = datetime(2026, 11, 22, 10, 30, 1, 234567, tzinfo=UTC)


@pytest.fixture
def things(database: Database) -> sa.Table:
    return made(database)


@pytest.fixture
def mysql_things(mysql_database: Database) -> sa.Table:
    return made(mysql_database)


def made(database: Database) -> sa.Table:
    """A table with every kind of column that ours have."""
    table = sa.Table(
        "things",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("word", LongText),
        sa.Column("raw", short_bytes(300)),
        sa.Column("at", UtcDateTime),
        sa.Column("data", JsonText),
        sa.Column("n", sa.Integer),
        mysql_charset="utf8mb4",
    )
    table.create(database.engine)
    return table


def row(number: int, **values: object) -> dict[str, object]:
    nothing = {"word": None, "raw": None, "at": None, "data": None, "n": None}
    return {"id": number, **nothing, **values}


def stored(database: Database, things: sa.Table) -> list[dict[str, object]]:
    with database.reading() as connection:
        found = connection.execute(sa.select(things).order_by(things.c.id)).mappings()
        return [dict(one) for one in found]


def test_every_kind_of_value_comes_back_as_it_went_in(database, things):
    shared = {"why": NASTY, "n": 1.5, "truth": None}
    rows = [
        row(n, word=text, raw=text.encode(), at=THEN, data=shared, n=-n)
        for n, text in enumerate(NASTY)
    ]
    rows += [row(100), row(101, data=[True, 1, 1.0, "1"]), row(102, data=True), row(103, data=1)]
    with database.begin() as connection:
        assert insert_many(connection, things, rows) == len(rows)
    assert stored(database, things) == rows


def test_what_is_written_is_found_by_its_value(database, things):
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)  # on SQLite a text: with or without a fraction?
    with database.begin() as connection:
        insert_many(connection, things, [row(1, at=noon)])
        update_joined(connection, things, ("id",), {}, [{"id": 1, "n": 1, "at": noon}])
        query = sa.select(things.c.id).where(things.c.at == noon)
        assert connection.execute(query).scalars().all() == [1]


def test_a_session_without_backslash_escapes_is_written_to_as_it_asks(mysql_database, mysql_things):
    with mysql_database.begin() as connection:
        connection.exec_driver_sql("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'")
        insert_many(connection, mysql_things, [row(n, word=text) for n, text in enumerate(NASTY)])
    assert [one["word"] for one in stored(mysql_database, mysql_things)] == NASTY


def test_what_is_no_number_is_refused_where_numbers_go(mysql_database, mysql_things):
    with mysql_database.begin() as connection, pytest.raises(ValueError, match="format code 'd'"):
        insert_many(connection, mysql_things, [row(1, n="1),(2")])
    assert stored(mysql_database, mysql_things) == []


def test_more_than_one_statement_takes_goes_in_parts(database, things, recorder, monkeypatch):
    monkeypatch.setattr(literals, "STATEMENT_CHARACTERS", 1000)
    rows = [row(n, word="x" * 300) for n in range(10)] + [row(10, word="y" * 5000), row(11)]
    with recorder.recording(database.engine) as statements, database.begin() as connection:
        assert insert_many(connection, things, rows) == 12
    assert stored(database, things) == rows
    if not database.is_sqlite:
        assert len(statements) == 6  # three rows each, and the long one alone


def test_a_statement_in_the_log_shows_its_columns_and_no_values(
    mysql_database, mysql_things, recorder
):
    with recorder.recording(mysql_database.engine) as statements, mysql_database.begin() as c:
        insert_many(c, mysql_things, [row(1, word="secret"), row(2, word="secret")])
    assert [text for text, _ in statements] == [
        "INSERT  INTO things (id,word,raw,at,data,n) VALUES %s"
    ]


@pytest.mark.parametrize("words", [["same", "same"], ["one", "it's\\"]], ids=["alike", "each"])
def test_an_update_meets_the_rows_whose_keys_are_all_equal(database, things, words):
    with database.begin() as connection:
        insert_many(connection, things, [row(n, n=n) for n in range(1, 5)])
        rows = [{"id": i, "n": 1, "word": words[0], "at": THEN} for i in (1, 2)]
        rows += [{"id": 3, "n": 3, "word": words[1], "at": None}]
        met = update_joined(connection, things, ("id", "n"), {"n": "{t}.n + 10"}, rows)
    assert met == 2
    found = {one["id"]: one for one in stored(database, things)}
    assert found[1] == row(1, n=11, word=words[0], at=THEN)
    assert found[2] == row(2, n=2)
    assert found[3] == row(3, n=13, word=words[1])
    assert found[4] == row(4, n=4)


def test_an_update_of_rows_that_are_alike_names_their_values_once(database, things, recorder):
    with database.begin() as connection:
        insert_many(connection, things, [row(n, n=0) for n in range(3)])
    rows = [{"id": n, "n": 0, "word": "same"} for n in range(3)]
    with recorder.recording(database.engine) as statements, database.begin() as connection:
        assert update_joined(connection, things, ("id", "n"), {"n": "{t}.n + 1"}, rows) == 3
    assert len(statements) == 1
    assert str(statements).count("same") == 1
    assert [one["n"] for one in stored(database, things)] == [1, 1, 1]


def test_among_finds_those_and_only_those(database, things):
    with database.begin() as connection:
        insert_many(connection, things, [row(n) for n in range(2000)])
        for ids in ([], [3], list(range(0, 2000, 2)), [5, 5, 99_999]):
            query = sa.select(things.c.id).where(among(things.c.id, ids)).order_by(things.c.id)
            found = list(connection.execute(query).scalars())
            assert found == sorted({i for i in ids if i < 2000})


def test_among_takes_whole_numbers_only(database, things):
    query = sa.select(things.c.id).where(among(things.c.id, ["1) OR (1=1"]))
    with (
        database.reading() as connection,
        pytest.raises(sa.exc.StatementError, match="format code"),
    ):
        connection.execute(query).all()
