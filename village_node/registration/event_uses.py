"""Name each event's form and use case, as the command line and the screens call them.

A table: the names are those of ``kampung village event``; all use cases take (desk, form, dry_run).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from village_node.registration.absences import (
    LeaveForm,
    MissingForm,
    ReturnForm,
    register_found,
    register_leave,
    register_missing,
    register_return,
)
from village_node.registration.children import (
    AdoptionForm,
    LegitimationForm,
    RecognitionForm,
    register_adoption,
    register_legitimation,
    register_recognition,
)
from village_node.registration.desk_port import DeskPort
from village_node.registration.divorces import (
    AnnulledDivorceForm,
    DivorceForm,
    register_annulled_divorce,
    register_divorce,
)
from village_node.registration.draft import Recorded
from village_node.registration.elements import (
    CertificateAnnulmentForm,
    CertificateCorrectionForm,
    CitizenshipForm,
    FromAbroadForm,
    NameChangeForm,
    SexChangeForm,
    register_certificate_annulment,
    register_certificate_correction,
    register_citizenship,
    register_from_abroad,
    register_name_change,
    register_sex_change,
)
from village_node.registration.filing import Report
from village_node.registration.marriages import (
    AnnulledMarriageForm,
    MarriageForm,
    register_annulled_marriage,
    register_marriage,
)
from village_node.registration.moves import MoveAbroadForm, register_move_abroad
from village_node.registration.stillbirths import (
    StillbirthForm,
    register_stillbirth,
)
from village_node.registration.temporary import (
    TemporaryInForm,
    TemporaryOutForm,
    register_temporary_in,
    register_temporary_out,
)


class UseCase(Protocol):
    """What records an event: one form, one entry."""

    def __call__(self, desk: DeskPort, form: Any, *, dry_run: bool = False) -> Recorded:
        """Record it, or only say what would be recorded."""
        ...


@dataclass(frozen=True, slots=True)
class EventUse:
    """A form and what records it."""

    form: type[Report]
    record: UseCase


EVENT_USES: Mapping[str, EventUse] = {
    "marriage": EventUse(MarriageForm, register_marriage),
    "annul-marriage": EventUse(AnnulledMarriageForm, register_annulled_marriage),
    "divorce": EventUse(DivorceForm, register_divorce),
    "annul-divorce": EventUse(AnnulledDivorceForm, register_annulled_divorce),
    "stillbirth": EventUse(StillbirthForm, register_stillbirth),
    "adoption": EventUse(AdoptionForm, register_adoption),
    "recognition": EventUse(RecognitionForm, register_recognition),
    "legitimation": EventUse(LegitimationForm, register_legitimation),
    "name-change": EventUse(NameChangeForm, register_name_change),
    "citizenship": EventUse(CitizenshipForm, register_citizenship),
    "sex-change": EventUse(SexChangeForm, register_sex_change),
    "correct-certificate": EventUse(CertificateCorrectionForm, register_certificate_correction),
    "annul-certificate": EventUse(CertificateAnnulmentForm, register_certificate_annulment),
    "from-abroad": EventUse(FromAbroadForm, register_from_abroad),
    "abroad": EventUse(MoveAbroadForm, register_move_abroad),
    "leave": EventUse(LeaveForm, register_leave),
    "return": EventUse(ReturnForm, register_return),
    "missing": EventUse(MissingForm, register_missing),
    "found": EventUse(ReturnForm, register_found),
    "temporary-in": EventUse(TemporaryInForm, register_temporary_in),
    "temporary-out": EventUse(TemporaryOutForm, register_temporary_out),
}
"""Every event that a command of its own records, by the command's name."""
