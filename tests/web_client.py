"""A browser in memory for tests of the desk's pages: cookies, forms with their hidden marks, and where they lead."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
from fastapi import FastAPI

REDIRECTS_MAX = 5


@dataclass
class WebForm:
    """One form of a page: where it goes and what it would send untouched."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[WebForm] = []
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(WebForm(found.get("action", "")))
        if not self.forms:
            return
        form, name = self.forms[-1], found.get("name", "")
        if tag in {"input", "select", "textarea", "button"} and name:
            form.names.add(name)
        if tag == "input" and name:
            is_choice = found.get("type") in {"radio", "checkbox"}
            if (not is_choice or "checked" in found) and "disabled" not in found:
                form.fields.setdefault(name, []).append(found.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in found and self._select:
            form.fields[self._select] = [found.get("value", "")]
        elif tag == "textarea":
            self._area = name

    def handle_data(self, data: str) -> None:
        if self._area and self.forms:
            self.forms[-1].fields[self._area] = [data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""


def forms_of(answer: httpx.Response) -> list[WebForm]:
    """Return the forms of a page in order."""
    parser = _Forms()
    parser.feed(answer.text)
    return parser.forms


class WebClient:
    """A browser that keeps cookies, follows redirects and remembers where it ended."""

    def __init__(self, app: FastAPI, base: str = "http://localhost") -> None:
        self.app = app
        self.base = base
        self.cookies: dict[str, str] = {}
        self.address = ""

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Open an address."""
        return self._ask("GET", address, None, headers)

    def post(
        self,
        address: str,
        values: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        """Send a form's values as they are."""
        return self._ask("POST", address, values, headers, files)

    def send(
        self, form: WebForm, values: Mapping[str, Any], *, files: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """Send a form of a page with some of its fields filled in; fields that it does not have are left out."""
        # Somebody who is picked from what a search found is sent under a name that only the hits have.
        own = {name: value for name, value in values.items() if {name, f"{name}_q"} & form.names}
        return self.post(form.action or self.address, {**form.fields, **own}, files=files)

    def _ask(
        self,
        method: str,
        address: str,
        values: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        files: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        for _ in range(REDIRECTS_MAX):
            answer = asyncio.run(self._once(method, address, values, headers, files))
            self.address = address
            for cookie in answer.cookies.jar:
                if cookie.value:
                    self.cookies[cookie.name] = cookie.value
                else:
                    self.cookies.pop(cookie.name, None)
            if answer.status_code != httpx.codes.SEE_OTHER:
                return answer
            method, address, values, files = "GET", answer.headers["location"], None, None
        raise AssertionError("redirects without end")

    async def _once(
        self,
        method: str,
        address: str,
        values: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        files: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=self.base, cookies=self.cookies) as client:
            return await client.request(
                method, address, data=dict(values) if values else None, headers=headers, files=files
            )
