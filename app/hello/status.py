"""The health check, for load balancers and monitoring."""

from flask import Blueprint

blueprint = Blueprint("status", __name__)


@blueprint.get("/status")
def status() -> dict[str, str]:
    """Answer at once that the app serves; nothing else is asked."""
    return {"status": "ok"}
