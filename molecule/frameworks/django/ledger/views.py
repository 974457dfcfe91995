"""The views."""

import hashlib
import itertools
import os
import socket
import time
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

LEDGER = Path(os.environ.get("STATE_DIRECTORY", "."), "entries")
PIECE = f"{os.environ.get('RELEASE')}\n".encode() * 4096


def myself() -> dict[str, object]:
    """Return who answers."""
    return {"host": socket.gethostname(), "slot": os.environ.get("SLOT"), "release": os.environ.get("RELEASE")}


def page(request: HttpRequest) -> HttpResponse:
    """Show a page with a stylesheet, whose name has a hash of its content."""
    return render(request, "page.html", {"greeting": os.environ.get("GREETING")})


def status(request: HttpRequest) -> JsonResponse:
    """Answer health checks."""
    return JsonResponse(myself())


def tell(request: HttpRequest) -> JsonResponse:
    """Tell what reached the app."""
    told = {"greeting": os.environ.get("GREETING"), "scheme": request.scheme, "headers": dict(request.headers)}
    return JsonResponse({**myself(), **told})


def slow(request: HttpRequest) -> JsonResponse:
    """Take so many seconds for the answer."""
    time.sleep(float(request.GET["seconds"]))
    return JsonResponse(myself())


@csrf_exempt
@require_POST
def enter(request: HttpRequest) -> JsonResponse:
    """Append the body to the ledger, as one line."""
    file = os.open(LEDGER, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(file, request.body + b"\n")
    finally:
        os.close(file)
    return JsonResponse(myself(), status=201)


def download(request: HttpRequest) -> StreamingHttpResponse:
    """Stream so many pieces, of which each line names the release."""
    pieces = itertools.repeat(PIECE, int(request.GET["pieces"]))
    return StreamingHttpResponse(pieces, content_type="application/octet-stream")


@csrf_exempt
@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Take a body of any length; return its SHA-256."""
    digest = hashlib.sha256()
    while piece := request.read(65536):
        digest.update(piece)
    return JsonResponse({**myself(), "sha256": digest.hexdigest()})
