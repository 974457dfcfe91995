"""The database: one engine, whose connections are opened when they are needed, and a session for each request."""

import psycopg
from flask import Flask, current_app, g
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoPlace
from sqlalchemy.orm import Session

# What tells of a database that is away, is becoming another one, or has no connection to spare; a mistake of ours
# is none of these
AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
)
SECONDS = 2  # that a request waits for a connection
# What visitors are told while it is away, and after how many seconds they may ask again
SORRY, RETRY_SECONDS = "The book is not at hand for a moment.", 5


def register(app: Flask) -> None:
    """Give the app an engine. It connects at the first question, so after a server has forked.

    The URL is libpq's: several hosts, of which the one that can be written to is taken, are its matter.
    """
    url: str = app.config["DATABASE_URL"]
    app.extensions["engine"] = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url),
        # As many as requests at once in a process: one more would be used by nobody
        pool_size=app.config["DATABASE_POOL"],
        max_overflow=0,
        pool_timeout=SECONDS,
        pool_pre_ping=True,
    )
    app.teardown_appcontext(_close)


def session() -> Session:
    """Return the session of this request."""
    if "session" not in g:
        g.session = Session(current_app.extensions["engine"])
    found: Session = g.session
    return found


def note_away(error: Exception) -> None:
    """Log that the database is away, which passes; raise an error that is a mistake of ours."""
    if not isinstance(error, NoPlace) and not (isinstance(error, DBAPIError) and isinstance(error.orig, AWAY)):
        raise error
    current_app.logger.warning("The database is away: %s", error)


def _close(_: BaseException | None) -> None:
    if opened := g.pop("session", None):
        opened.close()
