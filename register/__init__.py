"""A population register: what a village office and the district hub both hold.

Layout (``tables``), databases and their schema versions (``database``), reading and writing (``store``), finding people
and families (``search``), spreadsheets out (``exporting``) and in (``importing``), and believable invented villages
(``generator``).  Knows nothing of logs, messages, journals or cases: bodies come decoded from the shells.
"""
