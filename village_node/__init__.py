"""The village office: its database, its desk, its way to the district hub.

One database belongs to one replica.  An officer works at the ``Desk``; the ``Syncer`` brings journal and feed across,
over HTTP or by files, and both work on one ``NodeStore``.  Import the modules themselves: this package loads nothing.
"""
