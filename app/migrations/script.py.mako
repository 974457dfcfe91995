"""${message}."""

from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Expand alone: the release that is live goes on with this schema."""
    ${upgrades if upgrades else "pass"}
