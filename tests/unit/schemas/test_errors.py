"""The error tree: what is abstract stays so, and a code of its own replaces the class's."""

from __future__ import annotations

import pytest

from schemas.errors import ProtocolError, RemoteProtocolError


def test_a_protocol_error_names_whose_fault_it_is() -> None:
    with pytest.raises(TypeError, match="abstract"):
        ProtocolError("somebody's fault")


def test_an_error_keeps_its_own_code_and_hint() -> None:
    error = RemoteProtocolError("no", code="message-odd", hint="ask again")
    assert (error.code, error.hint, str(error)) == ("message-odd", "ask again", "no")
