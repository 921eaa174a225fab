"""Report an adoption, a recognition or a legitimation of a child (F-2.01)."""

from __future__ import annotations

from typing import Any

from schemas.codes import EventKind
from village_node.registration import (
    AdoptionForm,
    LegitimationForm,
    RecognitionForm,
    register_adoption,
    register_legitimation,
    register_recognition,
)
from village_node.web.guided.events.shared import CLOSING, COURT_STEP, PARENTS, about_person
from village_node.web.guided.questions import Ask, Guided, Question, Step


def _of_a_child(
    code: str,
    title: str,
    day: str,
    event: EventKind,
    form: Any,
    record: Any,
    certificate: str,
    more: tuple[Question, ...] = (),
) -> Guided:
    return Guided(
        code=code,
        title=title,
        saves="Simpan laporan",
        said="Laporan tersimpan di buku desa.",
        event=event,
        about="child_id",
        prefill=about_person("child_id"),
        form=form,
        record=record,
        after="nama orang tua langsung berubah di buku desa; catatan pinggir akta dibuat kabupaten.",
        steps=(
            Step(
                "anak",
                "Anak",
                "Siapa anaknya?",
                (
                    Question("child_id", "Anak", Ask.PERSON, is_needed=True),
                    Question(day, "Tanggal", Ask.DAY, is_needed=True),
                    Question("certificate_number", certificate),
                    *more,
                ),
            ),
            Step("orang-tua", "Orang tua", "Siapa orang tuanya?", PARENTS),
            COURT_STEP,
            *CLOSING,
        ),
    )


ADOPTION = _of_a_child(
    "pengangkatan-anak",
    "Lapor pengangkatan anak",
    "adopted_on",
    EventKind.ADOPTION,
    AdoptionForm,
    register_adoption,
    "Nomor akta lahir anak",
    (Question("stays", "Anak tetap di KK-nya sekarang", Ask.YES),),
)

RECOGNITION = _of_a_child(
    "pengakuan-anak",
    "Lapor pengakuan anak",
    "recognised_on",
    EventKind.RECOGNITION,
    RecognitionForm,
    register_recognition,
    "Nomor akta lahir anak",
)

LEGITIMATION = _of_a_child(
    "pengesahan-anak",
    "Lapor pengesahan anak",
    "legitimated_on",
    EventKind.LEGITIMATION,
    LegitimationForm,
    register_legitimation,
    "Nomor akta perkawinan orang tua",
)
