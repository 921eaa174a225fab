"""The place of the national e-signature provider: it gets a finished letter, and nothing waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.families import refused
from village_node.letters import IssuedLetter, Typesetter
from village_node.letters.signature_provider import signed_letter

CONTENT: dict[str, Any] = {
    "title": "Surat",
    "number": "470/001.A/2026",
    "provisional": False,
    "village": {"name": "Kemiren", "kind": "desa", "subdistrict": "", "regency": ""},
    "signer": {"name": "SUPARMAN", "title": "Kepala Desa"},
}
LETTER = IssuedLetter(b"\0" * 16, "470/001.A/2026", False, None, "letterhead", "KMPS:ABC", CONTENT)


@dataclass
class FakeProvider:
    """A provider that writes its mark behind the PDF."""

    asked: list[tuple[bytes, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "BSrE"

    def signed(self, pdf: bytes, signer: Mapping[str, Any]) -> bytes:
        self.asked.append((pdf, signer))
        return pdf + b"%signed"


@pytest.mark.parametrize("changes", [{"void": "salah nama"}, {"token": ""}])
def test_a_letter_that_does_not_hold_is_not_signed(changes: dict[str, str]) -> None:
    from dataclasses import replace

    provider = FakeProvider()
    refused("letter-revoked", lambda: signed_letter(replace(LETTER, **changes), provider))  # type: ignore[arg-type]
    assert provider.asked == []


def test_nothing_is_set_up_as_shipped_and_a_provider_gets_the_finished_letter() -> None:
    refused("signature-not-set-up", lambda: signed_letter(LETTER, None))
    provider = FakeProvider()
    with Typesetter() as typesetter:
        signed = signed_letter(LETTER, provider, typesetter)
    ((pdf, signer),) = provider.asked
    assert pdf.startswith(b"%PDF")
    assert signed == pdf + b"%signed"
    assert signer == CONTENT["signer"]
