"""Errors that a person at the command line can cause, in words for that person."""

from __future__ import annotations

import sqlalchemy as sa

from plugin.errors import Interrupted, InvalidDocument, JourneysError, Unavailable
from plugin.storage.database import error_code, translated

#: MySQL: no such table.
NO_TABLE = 1146

URL_FORM = "mysql+pymysql://user:password@host/database?charset=utf8mb4"


def in_words(error: Exception) -> str | None:
    """The sentence for this error; None when it is a fault of ours, which needs its traceback."""
    match error:
        case InvalidDocument(problems=problems):
            lines = [f"  {problem}" for problem in problems]
            return "\n".join(["The journey cannot be used as it is:", *lines])
        case (
            Unavailable(__cause__=sa.exc.DBAPIError(orig=orig))
            | Interrupted(__cause__=sa.exc.DBAPIError(orig=orig))
        ):
            return f"The database is away or busy: {_plain(orig)}"
        case JourneysError():
            return str(error)
        case sa.exc.DBAPIError():
            return _of_database(error)
        case sa.exc.ArgumentError() | sa.exc.NoSuchModuleError():
            return f"JOURNEYS_DATABASE_URL cannot be read. It looks like {URL_FORM}"
        case ModuleNotFoundError(name="MySQLdb" | "mysql" | "mariadb"):
            return f"Write JOURNEYS_DATABASE_URL with the driver's name: {URL_FORM}"
        case UnicodeDecodeError():
            return "The file is not UTF-8 text."
        case ValueError() if str(error).startswith("Redis URL"):
            return "JOURNEYS_REDIS_URL cannot be read. It looks like redis://host:6379/0"
        case _:
            return None


def _of_database(error: sa.exc.DBAPIError) -> str:
    said = _plain(error.orig)
    if isinstance(translated(error), JourneysError):
        return f"The database is away or busy: {said}"
    if error_code(error) == NO_TABLE or "no such table" in said:
        return f"A table is missing ({said}). Run `journeys install`, then `journeys doctor`."
    return f"The database refused: {said}"


def _plain(orig: BaseException | None) -> str:
    """What the driver said, without its number."""
    return str(orig.args[-1]) if orig and orig.args else str(orig)
