"""Questions that several events ask alike: who reports it, who witnessed it, which papers are there."""

from __future__ import annotations

from schemas.fields import Kind
from village_node.web.guided.questions import Ask, Question, Step

EVENT, PERSON, FAMILY = Kind.VITAL_EVENT, Kind.RESIDENT, Kind.HOUSEHOLD

REPORT_STEP = Step(
    "pelapor",
    "Pelapor dan saksi",
    "Siapa yang melapor?",
    (
        Question("informant_name", "Nama pelapor"),
        Question("informant_nik", "NIK pelapor", of=(EVENT, "informant_nik"), width="w-16"),
        Question("witnesses", "Saksi", Ask.NAMES, hint="Satu nama tiap baris."),
    ),
)

PAPERS_STEP = Step(
    "berkas",
    "Berkas",
    "Berkas apa yang dibawa?",
    (Question("papers", "Yang sudah ada", Ask.PAPERS),),
    hint="Yang belum ada boleh menyusul; laporan tetap tercatat.",
)
