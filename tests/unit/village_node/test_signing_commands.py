"""The console's certificate and signatures: parse, ask for the password without an option, one stable shape."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import DataError, RefusedError
from tests.authority import SECRET, Authority
from tests.fakes_desk import RealDesk
from tests.families import settle
from tests.village_console import tree_of, village_command
from village_node.store import NodeStore

MOTHER = "3510014304809001"
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, enrolled_folder: Path) -> Run:
    """Run a village command with a line on stdin; returns its JSON if asked for, else its text."""
    folder = Path(shutil.copytree(enrolled_folder, tmp_path / "desa"))
    with NodeStore.open(folder) as store:
        settle(RealDesk(store))

    def run_one(*words: str, typed: str = SECRET, code: int = 0) -> Any:
        result = village_command(folder, *words, typed=f"{typed}\n", code=code)
        return tree_of(result) if "--json" in words else result.output

    return run_one


def test_a_certificate_is_brought_a_letter_is_signed_and_reprinted_as_signed(run: Run, tmp_path: Path) -> None:
    authority, file, pdf, copy = Authority(), tmp_path / "kades.p12", tmp_path / "surat.pdf", tmp_path / "lagi.pdf"
    file.write_bytes(authority.file())
    crl = tmp_path / "penerbit.crl"
    crl.write_bytes(authority.revoked())
    assert "belum dipasang" in run("signing", "show")
    bring = ("signing", "bring", str(file), "--crl", str(crl), "--password-stdin")
    assert run(*bring, "--dry-run", "--json")["owner"] == "SUPARMAN"
    assert run("signing", "show", "--json")["set"] is False
    assert "tidak tersertifikasi" in run(*bring)
    shown = run("signing", "show", "--json")
    assert (shown["set"], shown["issuer"], shown["has_revocation_list"]) == (True, "CA Uji Desa", True)
    assert shown["certified"] is False
    assert "CA Uji Desa" in run("signing", "show")

    words = ("--service", "SKD-05", "--answer", "purpose=bank", "--signer", "SUPARMAN")
    letter = run("letter", "issue", MOTHER, *words, "--json")
    sign = ("letter", "sign", letter["id"], "--password-stdin")
    assert run(*sign, "--dry-run", "--json")["signed"] is False
    run(*sign, "--dry-run")
    with pytest.raises(DataError) as wrong:
        run(*sign, typed="salah")
    assert wrong.value.code == "signing-password"
    tree = run(*sign, "--pdf", str(pdf), "--json")
    assert (tree["signed"], tree["signer"], tree["number"]) == (True, "SUPARMAN", letter["number"])
    assert letter["id"] in run(*sign, typed="")  # again: nothing new, no password needed
    run("letter", "reprint", letter["id"], "--pdf", str(copy))
    assert copy.read_bytes() == pdf.read_bytes()
    assert b"/ETSI.CAdES.detached" in pdf.read_bytes()
    run("signing", "remove", "--dry-run")
    run("signing", "remove")
    with pytest.raises(RefusedError) as gone:
        run("signing", "remove")
    assert gone.value.code == "signing-not-set"


def test_a_file_that_is_not_there_and_a_missing_terminal_are_told(run: Run, tmp_path: Path) -> None:
    with pytest.raises(DataError) as missing:
        run("signing", "bring", str(tmp_path / "tidak-ada.p12"), "--password-stdin")
    assert missing.value.code == "signing-file-missing"
    (tmp_path / "kades.p12").write_bytes(b"x")
    assert "--password-stdin" in run("signing", "bring", str(tmp_path / "kades.p12"), code=2)
