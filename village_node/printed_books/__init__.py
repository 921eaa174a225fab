"""The legal books and the figures on paper: laid out as the forms want, set in pieces by the typesetter's process.

What a book holds is ``register.books``; how it stands on paper is ``forms``.
"""

from __future__ import annotations

from village_node.printed_books.forms import PAPERS
from village_node.printed_books.heading import Heading, Paper, heading_of
from village_node.printed_books.setting import ROWS_MAX, Printable, Progress, print_book, printable_of

__all__ = [
    "PAPERS",
    "ROWS_MAX",
    "Heading",
    "Paper",
    "Printable",
    "Progress",
    "heading_of",
    "print_book",
    "printable_of",
]
