"""The deliberate breakages: each law and rule of the protocol broken in one place, by an exact change of the text.

A mutant names the sentence it breaks and the test that is to notice.  Its old text must stand exactly once in its file;
``test_mutants_fit.py`` says so in a second, ``make mutants`` breaks each and runs the tests.
"""

from __future__ import annotations

from tests.mutants.breakage import Mutant
from tests.mutants.hub_breakages import HUB
from tests.mutants.loss_breakages import LOSS
from tests.mutants.node_breakages import NODE
from tests.mutants.protocol_breakages import PROTOCOL
from tests.mutants.registrar_breakages import REGISTRAR

MUTANTS: tuple[Mutant, ...] = (*PROTOCOL, *LOSS, *NODE, *HUB, *REGISTRAR)
