"""What a browser may do with a page."""

import secrets

from flask import render_template

# Show its own style and its empty icon, send forms to where they came from if there are some, and nothing else
POLICY = (
    "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; "
    "base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
)


def page(template: str, forms: bool = False, **values: object) -> tuple[str, dict[str, str]]:
    """Return a page and its headers; its style has a word that no other page has.

    Never cached: the next answer may differ.
    """
    nonce = secrets.token_urlsafe(16)
    policy = POLICY.format(nonce=nonce, forms="'self'" if forms else "'none'")
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": policy}
    return render_template(template, nonce=nonce, **values), headers
