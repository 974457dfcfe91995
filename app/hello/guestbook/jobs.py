"""What runs by itself, each night: `flask prune`."""

import click
from flask import Blueprint

from . import book, database

blueprint = Blueprint("jobs", __name__, cli_group=None)


@blueprint.cli.command("prune")
@click.option("--days", type=click.IntRange(1), default=365, show_default=True, help="How long entries stay.")
def prune(days: int) -> None:
    """Take out old entries, and forget where the others came from."""
    gone = book.prune(database.session(), days)
    click.echo(f"{gone} {'entry is' if gone == 1 else 'entries are'} gone.")
