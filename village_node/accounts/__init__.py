"""The officers of this laptop: accounts, sign-in, what each role may do, and who looked at what.

Local to the laptop: nothing here travels, and the district knows officers by the name their entries carry.
Deliberately not here: pages and cookies (``web``), and what an officer may write, which is the register's rule.
"""

from __future__ import annotations

from village_node.accounts.door import Accounts
from village_node.accounts.officers import AccountStep, Officer
from village_node.accounts.roles import ROLE_NAMES, Action, Role, Scope, in_scope, may
from village_node.accounts.scopes import may_see, search_area
from village_node.accounts.sessions import Session
from village_node.accounts.views import RecordView, views_to_csv

__all__ = [
    "ROLE_NAMES",
    "AccountStep",
    "Accounts",
    "Action",
    "Officer",
    "RecordView",
    "Role",
    "Scope",
    "Session",
    "in_scope",
    "may",
    "may_see",
    "search_area",
    "views_to_csv",
]
