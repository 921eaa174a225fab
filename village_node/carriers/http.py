"""Carry sealed messages over HTTP: the only place that knows requests.

Decides timeouts, retries and the size of a body; every failure becomes a TransportError, and which one tells whether it
is the network, the hub's slowness or the hub's wish.  Certificates of the web are checked as usual, but nothing depends
on them: what travels is sealed and signed already.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError
from urllib3.util import SKIP_HEADER

from schemas.errors import (
    ConfigError,
    HubBusyError,
    HubTimeoutError,
    HubUnreachableError,
    RefusedError,
    TransportError,
)
from sync_protocol.limits import SEALED_BYTES_MAX
from village_node.carriers import LINE_BROKEN

RETRIES_MAX = 2
RETRY_WAIT_S = 0.5
"""Before the first retry within one exchange; doubled each time, with jitter.  Longer waits are the schedule's."""
_CHUNK_BYTES = 64 * 1024
_ERROR_BYTES_MAX = 4096
_RETRIED_STATUSES = frozenset({502, 503, 504})


class HttpCarrier:
    """Posts to one hub; a session keeps its connection open between messages.

    Args:
        hub_url: as in the invitation, such as https://hub.example; paths are added here.
        wait_s: sleeps between retries; tests pass their own.
    """

    name = "http"

    def __init__(
        self,
        hub_url: str,
        *,
        connect_timeout_s: float = 15.0,
        read_timeout_s: float = 120.0,
        retries_max: int = RETRIES_MAX,
        wait_s: Callable[[float], None] = time.sleep,
    ) -> None:
        if not hub_url.startswith(("http://", "https://")):
            raise ConfigError(
                f"Alamat kabupaten tidak dapat dipakai: {hub_url!r}",
                code="hub-url",
                hint="Isi hub_url di node.toml, misalnya https://...; tanpa jaringan pakai `kampung sync export`.",
            )
        self.hub_url = hub_url.rstrip("/")
        self._timeout = (connect_timeout_s, read_timeout_s)
        self._retries_max = retries_max
        self._wait_s = wait_s
        self._session = requests.Session()
        # On EDGE every byte of a header is paid for: what the library adds by default says nothing to the hub.
        self._session.headers.clear()
        self._session.headers.update({"User-Agent": SKIP_HEADER, "Accept-Encoding": SKIP_HEADER})
        self._session.mount("http://", HTTPAdapter(max_retries=0))
        self._session.mount("https://", HTTPAdapter(max_retries=0))

    def exchange(self, request: bytes) -> bytes:
        """Post a sealed message and return the sealed answer; raises TransportError."""
        return self._post("/sync", request)

    def enrol(self, request: bytes) -> bytes:
        """Post an enrolment request and return the sealed answer; raises TransportError, RefusedError with its code."""
        return self._post("/enrol", request)

    def is_reachable(self) -> bool:
        """Tell whether the hub answers at all, for doctor."""
        try:
            self._once("GET", "/health", b"")
        except (TransportError, RefusedError):
            return False
        return True

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _post(self, path: str, request: bytes) -> bytes:
        for attempt in range(self._retries_max + 1):
            try:
                return self._once("POST", path, request)
            except (HubUnreachableError, HubBusyError) as error:
                # What may have arrived is not sent again from here: on EDGE it costs minutes, and a session asks the
                # hub first.  Nor after a timeout: the hub may still be at it.
                if attempt == self._retries_max or (error.code == LINE_BROKEN and path == "/sync"):
                    raise
            self._wait_s(RETRY_WAIT_S * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - only spreads load
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, request: bytes) -> bytes:
        try:
            with self._session.request(
                method,
                self.hub_url + path,
                data=request or None,
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            ) as response:
                return self._read(response)
        except requests.exceptions.ConnectTimeout as error:
            raise HubUnreachableError("Kabupaten tidak dapat dihubungi") from error
        except requests.exceptions.Timeout as error:
            raise HubTimeoutError("Kabupaten tidak menjawab pada waktunya") from error
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise ConfigError(f"Alamat kabupaten tidak dapat dipakai: {self.hub_url!r}", code="hub-url") from error
        except requests.exceptions.SSLError as error:
            raise HubUnreachableError("Sambungan aman ke kabupaten gagal", code="hub-certificate") from error
        except requests.exceptions.RequestException as error:
            if error.args and isinstance(error.args[0], MaxRetryError):
                raise HubUnreachableError("Kabupaten tidak dapat dihubungi") from error
            raise HubUnreachableError("Sambungan ke kabupaten terputus", code=LINE_BROKEN) from error

    def _read(self, response: requests.Response) -> bytes:
        bytes_max = SEALED_BYTES_MAX if response.status_code == 200 else _ERROR_BYTES_MAX
        content = bytearray()
        for chunk in response.iter_content(_CHUNK_BYTES):
            content += chunk
            if len(content) > bytes_max:
                if response.status_code == 200:
                    raise TransportError("Jawaban terlalu besar", code="answer-too-large")
                break
        if response.status_code == 200:
            return bytes(content)
        raise _refusal(response, bytes(content[:_ERROR_BYTES_MAX]))


def _refusal(response: requests.Response, content: bytes) -> TransportError | RefusedError:
    """Return the error that a status other than 200 means; its body may name a stable code (docs: errors)."""
    tree = _json(response, content)
    code, message = tree.get("code"), tree.get("message")
    status = response.status_code
    if status in _RETRIED_STATUSES or status in {429, 507}:
        return HubBusyError("Kabupaten sedang sibuk; dicoba lagi nanti", code=code if isinstance(code, str) else None)
    if 400 <= status < 500 and isinstance(code, str):
        return RefusedError(str(message or f"Kabupaten menolak: {code}"), code=code, hint=str(tree.get("hint") or ""))
    return HubUnreachableError(
        f"Alamat itu tidak menjawab sebagai kabupaten (status {status})",
        code="hub-other",
        hint="Periksa hub_url di node.toml; mungkin jaringan meminta masuk lebih dulu.",
    )


def _json(response: requests.Response, content: bytes) -> dict[str, Any]:
    if "json" not in response.headers.get("Content-Type", ""):
        return {}

    try:
        tree = json.loads(content)
    except ValueError:
        return {}
    return tree if isinstance(tree, dict) else {}
