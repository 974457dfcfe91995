"""How Alembic comes to the database: as the app does, by DATABASE_URL."""

import os
from pathlib import Path

import psycopg
from alembic import context
from dotenv import load_dotenv
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from hello.guestbook.book import Base


def include(name: str | None, kind: str, _: object) -> bool:
    """Have autogenerate look at the app's own tables alone: it would propose to drop all others."""
    return kind != "table" or name in Base.metadata.tables


if context.is_offline_mode():
    # As SQL, for who reads or checks it: alembic upgrade head --sql
    context.configure(dialect_name="postgresql", literal_binds=True, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
else:
    load_dotenv(Path(__file__).parents[1] / ".env")
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise SystemExit("DATABASE_URL is not set, so there is no database to migrate.")
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            include_name=include,
            target_metadata=Base.metadata,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
