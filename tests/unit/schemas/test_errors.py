"""The error tree: what is abstract stays so, and a code of its own replaces the class's."""

from __future__ import annotations

import pytest

from schemas.errors import AlreadySavedError, ProtocolError, RemoteProtocolError


def test_a_protocol_error_names_whose_fault_it_is() -> None:
    with pytest.raises(TypeError, match="abstract"):
        ProtocolError("somebody's fault")


def test_an_error_keeps_its_own_code_and_hint() -> None:
    error = RemoteProtocolError("no", code="message-odd", hint="ask again")
    assert (error.code, error.hint, str(error)) == ("message-odd", "ask again", "no")


def test_what_was_saved_before_names_its_entry() -> None:
    error = AlreadySavedError("sudah tersimpan", change_id=b"x" * 16)
    assert (error.code, error.change_id) == ("already-saved", b"x" * 16)
    assert error.hint
