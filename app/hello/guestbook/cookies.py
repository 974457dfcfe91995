"""The cookie that ties a form to who it was shown to."""

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface


class Sessions(SecureCookieSessionInterface):
    """Flask's own, whose cookie goes by HTTPS alone where the visitor came by that."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether it does."""
        return request.is_secure
