"""Bring villages' sealed messages over HTTP; the only place that knows FastAPI and uvicorn.

``POST /sync`` and ``POST /enrol`` take sealed bytes and answer 200 with sealed bytes, or with the key list in clear
when the seal is to a key that is not this hub's; ``GET /keys`` gives the key list, ``GET /health`` a word.  A refusal
is JSON ``{"code", "message", "hint"}`` with a stable code: 400 damaged or hostile bytes, 403 trust, 409 refused,
413 too large, 503 busy, 507 disk full, 500 a bug (logged here, not told).  Nothing of a message is ever logged.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from district_hub.enrolment import Enrolment
from district_hub.receiver import Receiver
from schemas.errors import (
    DiskFullError,
    LimitExceededError,
    ProtocolError,
    RefusedError,
    StorageError,
    TransportError,
    TrustError,
    VillageSyncError,
)
from sync_protocol.limits import SEALED_BYTES_MAX

MEDIA_TYPE = "application/octet-stream"

_log = logging.getLogger(__name__)

# From the most special to the most general.
_STATUSES: tuple[tuple[type[VillageSyncError], int], ...] = (
    (LimitExceededError, 413),
    (ProtocolError, 400),
    (TrustError, 403),
    (RefusedError, 409),
    (TransportError, 503),
    (DiskFullError, 507),
    (StorageError, 503),
)


def create_app(receiver: Receiver, enrolment: Enrolment) -> FastAPI:
    """Return the hub's web application: four addresses, no pages, no data in its log."""
    app = FastAPI(title="Smart Kampung district hub", docs_url=None, redoc_url=None)

    @app.post("/sync", response_class=Response)
    async def sync(request: Request) -> Response:
        raw = await _body(request)
        return _sealed(await run_in_threadpool(receiver.handle, raw))

    @app.post("/enrol", response_class=Response)
    async def enrol(request: Request) -> Response:
        raw = await _body(request)
        return _sealed(await run_in_threadpool(enrolment.receive, raw, receiver.clock()))

    @app.get("/keys", response_class=Response)
    def keys() -> Response:
        return _sealed(receiver.keys.signed_key_list)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    app.add_exception_handler(VillageSyncError, _refused)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(Exception, _bug)
    return app


async def _body(request: Request) -> bytes:
    """Read a body without ever holding more of it than a sealed message may have."""
    content = bytearray()
    try:
        async for chunk in request.stream():
            content += chunk
            if len(content) > SEALED_BYTES_MAX:
                raise LimitExceededError(f"a sealed message has at most {SEALED_BYTES_MAX} bytes")
    except ClientDisconnect as error:
        # A line that broke is no bug of the hub's; nobody reads what is answered.
        raise TransportError("a message broke off on its way", code="request-cut") from error
    return bytes(content)


def _sealed(content: bytes) -> Response:
    return Response(content, media_type=MEDIA_TYPE)


def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, VillageSyncError)
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    _log.warning("event=refused status=%d code=%s", status, error.code)
    return _told(status, error.code, error.message, error.hint)


def _not_served(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _told(error.status_code, "not-served", str(error.detail), "")


def _bug(_request: Request, error: Exception) -> JSONResponse:
    _log.error("event=bug", exc_info=error)
    return _told(500, "bug", "The hub failed; this is a bug.", "Tell the district office the time of day.")


def _told(status: int, code: str, message: str, hint: str) -> JSONResponse:
    content: dict[str, Any] = {"code": code, "message": message, "hint": hint}
    return JSONResponse(content, status_code=status)


class _Server(uvicorn.Server):
    """A server that says when it listens: scripts and tests wait for that line."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            host, port = server.sockets[0].getsockname()[:2]
            self._ready(f"http://{host}:{port}")


def make_server(app: FastAPI, *, host: str, port: int, ready: Callable[[str], None]) -> uvicorn.Server:
    """Return a server that is not running yet; ``ready`` gets the URL once it listens, also for port 0."""
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, server_header=False, date_header=False
    )
    return _Server(config, ready)


def serve(app: FastAPI, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until told to stop by SIGINT or SIGTERM; raises StorageError "port-taken"."""
    with _bound(host, port) as bound:
        make_server(app, host=host, port=port, ready=ready).run([bound])


def _bound(host: str, port: int) -> socket.socket:
    """Take the address ourselves: uvicorn would end the process without a word of ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family)
    except OSError as error:
        raise StorageError(
            f"{host}:{port} is in use by another program, or is no address of this machine",
            code="port-taken",
            hint="Choose another port with --port, or stop what listens there.",
        ) from error
    # Connections inherit it.  asyncio sets it only for sockets that name their protocol, and without it the body of
    # an answer waits 40 ms until the village has acknowledged the head.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound
