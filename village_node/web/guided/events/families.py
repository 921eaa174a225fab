"""Report a new family, a split, or a change of head (F-1.06)."""

from __future__ import annotations

from typing import Any

from schemas.codes import EventKind
from village_node.registration import (
    ChangeOfHeadForm,
    NewFamilyForm,
    SplitForm,
    register_change_of_head,
    register_new_family,
    register_split,
)
from village_node.web.guided.events.shared import ADDRESS, CLOSING, about_family, about_person
from village_node.web.guided.questions import Ask, Guided, Question, Step


def _with_head(values: dict[str, Any]) -> dict[str, Any]:
    """Put the head of the new family first among its members, once."""
    return {**values, "members": tuple(dict.fromkeys([values["head_id"], *values.get("members", ())]))}


NEW_FAMILY = Guided(
    code="keluarga-baru",
    title="Lapor keluarga baru",
    saves="Simpan keluarga baru",
    said="Keluarga baru tersimpan. Nomor KK diberikan kabupaten sesudah sinkron.",
    event=EventKind.NEW_HOUSEHOLD,
    about="head_id",
    prefill=about_person("head_id"),
    form=NewFamilyForm,
    arranged=_with_head,
    record=register_new_family,
    after="keluarganya langsung tercatat tanpa nomor; nomor KK diberikan kabupaten.",
    steps=(
        Step(
            "kepala",
            "Kepala keluarga",
            "Siapa kepala keluarga barunya?",
            (
                Question("head_id", "Kepala keluarga", Ask.PERSON, is_needed=True),
                Question("formed_on", "Sejak tanggal", Ask.DAY, is_needed=True),
            ),
        ),
        Step(
            "anggota",
            "Anggota",
            "Siapa saja yang ikut?",
            (
                Question("members", "Dari keluarga yang lama", Ask.MEMBERS, members_of="head_id"),
                Question("relations", "Hubungan", Ask.RELATIONS, members_of="members"),
            ),
            hint="Centang anggotanya, lalu Lanjut; hubungannya dapat diisi sesudahnya.",
        ),
        Step("alamat", "Alamat", "Di mana keluarga baru tinggal?", ADDRESS),
        *CLOSING,
    ),
)

SPLIT = Guided(
    code="pisah",
    title="Lapor pisah keluarga",
    saves="Simpan pisah keluarga",
    said="Pisah keluarga tersimpan. Nomor KK diberikan kabupaten sesudah sinkron.",
    event=EventKind.SPLIT,
    about="household_id",
    prefill=about_family("household_id"),
    form=SplitForm,
    arranged=_with_head,
    record=register_split,
    after="keluarga yang lama tetap; yang baru mendapat nomor KK dari kabupaten.",
    steps=(
        Step(
            "keluarga",
            "Keluarga",
            "Keluarga mana yang pisah?",
            (
                Question("household_id", "Keluarga", Ask.FAMILY, is_needed=True),
                Question("split_on", "Sejak tanggal", Ask.DAY, is_needed=True),
            ),
        ),
        Step(
            "anggota",
            "Yang pisah",
            "Siapa yang pisah, dan siapa kepalanya?",
            (
                Question("members", "Yang pisah", Ask.MEMBERS, members_of="household_id", is_needed=True),
                Question("head_id", "Kepala keluarga baru", Ask.MEMBER, members_of="household_id", is_needed=True),
                Question(
                    "old_head_id",
                    "Pengganti kepala keluarga yang lama",
                    Ask.MEMBER,
                    hint="Hanya bila kepalanya ikut pisah.",
                    members_of="household_id",
                ),
            ),
        ),
        Step(
            "hubungan",
            "Hubungan",
            "Apa hubungan mereka dengan kepala keluarga baru?",
            (Question("relations", "Hubungan", Ask.RELATIONS, members_of="members"),),
        ),
        Step("alamat", "Alamat", "Di mana keluarga baru tinggal?", ADDRESS),
        *CLOSING,
    ),
)

CHANGE_OF_HEAD = Guided(
    code="ganti-kepala",
    title="Lapor ganti kepala keluarga",
    saves="Simpan kepala keluarga baru",
    said="Kepala keluarga baru tersimpan di buku desa.",
    event=EventKind.CHANGE_OF_HEAD,
    about="household_id",
    prefill=about_family("household_id"),
    form=ChangeOfHeadForm,
    record=register_change_of_head,
    after="hubungan anggota lain menyesuaikan; KK diterbitkan kabupaten.",
    steps=(
        Step(
            "keluarga",
            "Keluarga",
            "Keluarga mana?",
            (
                Question("household_id", "Keluarga", Ask.FAMILY, is_needed=True),
                Question("changed_on", "Sejak tanggal", Ask.DAY, is_needed=True),
            ),
        ),
        Step(
            "kepala",
            "Kepala baru",
            "Siapa kepala keluarga yang baru?",
            (
                Question(
                    "head_id",
                    "Kepala keluarga baru",
                    Ask.MEMBER,
                    hint="Kosong: yang pertama menurut urutan keluarga.",
                    members_of="household_id",
                ),
            ),
        ),
        *CLOSING,
    ),
)
