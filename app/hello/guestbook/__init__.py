"""The guestbook at the inn: visitors leave a line. It is there where DATABASE_URL names a PostgreSQL database.

Which of these files does what: `text` cleans what visitors write, `forms` checks it, `book` reads and writes the
database by way of `database`, `pages` and `api` answer, `jobs` prunes.
"""

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from . import api, cookies, database, jobs, pages


def register(app: Flask) -> None:
    """Give the app its guestbook. Nothing is asked of the database yet: each process has connections of its own."""
    app.session_interface = cookies.Sessions()
    CSRFProtect(app)
    database.register(app)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(jobs.blueprint)
