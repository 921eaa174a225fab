"""Report a death (F-2.01, part of deaths)."""

from __future__ import annotations

from schemas.codes import EventKind
from village_node.registration import DeathForm, register_death
from village_node.web.guided.events.shared import CLOSING, EVENT, PAPERS_CASE, about_person
from village_node.web.guided.questions import Ask, Guided, Question, Step
from village_node.web.places import ANYWHERE

DEATH = Guided(
    code="kematian",
    title="Lapor kematian",
    saves="Simpan laporan kematian",
    said="Kematian tersimpan di buku desa.",
    event=EventKind.DEATH,
    about="person_id",
    prefill=about_person("person_id"),
    form=DeathForm,
    record=register_death,
    after="buku desa langsung berubah; akta kematian diterbitkan kabupaten.",
    steps=(
        Step(
            "orang",
            "Yang meninggal",
            "Siapa yang meninggal?",
            (Question("person_id", "Nama", Ask.PERSON, is_needed=True),),
        ),
        Step(
            "kematian",
            "Kematian",
            "Kapan dan di mana meninggal?",
            (
                Question("died_on", "Tanggal meninggal", Ask.DAY, is_needed=True),
                Question("place", "Tempat meninggal", places=ANYWHERE),
                Question("cause", "Sebab", Ask.CHOICE, of=(EVENT, "cause")),
                PAPERS_CASE,
                Question("certifier", "Yang menerangkan", Ask.CHOICE, of=(EVENT, "certifier")),
            ),
        ),
        *CLOSING,
    ),
)
