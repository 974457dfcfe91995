"""Make the table, and then what MIGRATION says."""

import os

import psycopg

with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    # Many statements of one text need no parameters; each try begins anew, for all of it is one transaction
    connection.execute("create table if not exists entries (id uuid primary key, at timestamptz not null default now())")
    if migration := os.environ.get("MIGRATION"):
        connection.execute(migration)
