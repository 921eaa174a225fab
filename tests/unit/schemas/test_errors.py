"""The error tree: what is abstract stays so, and a code of its own replaces the class's."""

from __future__ import annotations

import pytest

from schemas.errors import ProtocolError, RefusedError, RemoteProtocolError


def test_a_protocol_error_names_whose_fault_it_is() -> None:
    with pytest.raises(TypeError, match="abstract"):
        ProtocolError("somebody's fault")


def test_an_error_keeps_its_own_code_and_hint() -> None:
    error = RemoteProtocolError("no", code="message-odd", hint="ask again")
    assert (error.code, error.hint, str(error)) == ("message-odd", "ask again", "no")


def test_an_error_in_full_says_what_and_what_next() -> None:
    assert RefusedError("Orang ini sudah pindah", hint="Cari di desa lain.").in_full == (
        "Orang ini sudah pindah. Cari di desa lain."
    )
    assert RefusedError("Orang ini sudah pindah").in_full == "Orang ini sudah pindah."
