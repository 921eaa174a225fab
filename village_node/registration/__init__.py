"""The officer's use cases: each is one function, one transaction, one journal entry (protocol 2.1).

A use case takes a desk and a form of plain values, refuses what the law or the register forbids, notes what is unusual,
and saves; with ``dry_run`` it does everything but save.
"""

from __future__ import annotations

from village_node.registration.absences import (
    LeaveForm,
    MissingForm,
    ReturnForm,
    register_found,
    register_leave,
    register_missing,
    register_return,
)
from village_node.registration.arrivals import MoveInForm, Newcomer, register_move_in
from village_node.registration.births import BirthForm, register_birth
from village_node.registration.cancellations import cancel_event
from village_node.registration.children import (
    AdoptionForm,
    LegitimationForm,
    RecognitionForm,
    register_adoption,
    register_legitimation,
    register_recognition,
)
from village_node.registration.corrections import annul, correct, undo_annulment, undo_correction
from village_node.registration.deaths import DeathForm, register_death
from village_node.registration.divorces import (
    AnnulledDivorceForm,
    DivorceForm,
    register_annulled_divorce,
    register_divorce,
)
from village_node.registration.draft import Caution, PaperState, Recorded
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
from village_node.registration.filing import bring_papers, event_papers
from village_node.registration.households import (
    ChangeOfHeadForm,
    NewFamilyForm,
    SplitForm,
    register_change_of_head,
    register_new_family,
    register_split,
)
from village_node.registration.marriages import (
    AnnulledMarriageForm,
    MarriageForm,
    Residence,
    register_annulled_marriage,
    register_marriage,
)
from village_node.registration.moves import (
    JoinForm,
    MoveAbroadForm,
    MoveInsideForm,
    MoveOutForm,
    register_join,
    register_move_abroad,
    register_move_inside,
    register_move_out,
)
from village_node.registration.rehousing import AddressForm
from village_node.registration.requests import (
    RequestForm,
    RequestPapers,
    advance_request,
    bring_documents,
    close_request,
    open_request,
    request_papers,
)
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

__all__ = [
    "AddressForm",
    "AdoptionForm",
    "AnnulledDivorceForm",
    "AnnulledMarriageForm",
    "BirthForm",
    "Caution",
    "CertificateAnnulmentForm",
    "CertificateCorrectionForm",
    "ChangeOfHeadForm",
    "CitizenshipForm",
    "DeathForm",
    "DivorceForm",
    "FromAbroadForm",
    "JoinForm",
    "LeaveForm",
    "LegitimationForm",
    "MarriageForm",
    "MissingForm",
    "MoveAbroadForm",
    "MoveInForm",
    "MoveInsideForm",
    "MoveOutForm",
    "NameChangeForm",
    "NewFamilyForm",
    "Newcomer",
    "PaperState",
    "RecognitionForm",
    "Recorded",
    "RequestForm",
    "RequestPapers",
    "Residence",
    "ReturnForm",
    "SexChangeForm",
    "SplitForm",
    "StillbirthForm",
    "TemporaryInForm",
    "TemporaryOutForm",
    "advance_request",
    "annul",
    "bring_documents",
    "bring_papers",
    "cancel_event",
    "close_request",
    "correct",
    "event_papers",
    "open_request",
    "register_adoption",
    "register_annulled_divorce",
    "register_annulled_marriage",
    "register_birth",
    "register_certificate_annulment",
    "register_certificate_correction",
    "register_change_of_head",
    "register_citizenship",
    "register_death",
    "register_divorce",
    "register_found",
    "register_from_abroad",
    "register_join",
    "register_leave",
    "register_legitimation",
    "register_marriage",
    "register_missing",
    "register_move_abroad",
    "register_move_in",
    "register_move_inside",
    "register_move_out",
    "register_name_change",
    "register_new_family",
    "register_recognition",
    "register_return",
    "register_sex_change",
    "register_split",
    "register_stillbirth",
    "register_temporary_in",
    "register_temporary_out",
    "request_papers",
    "undo_annulment",
    "undo_correction",
]
