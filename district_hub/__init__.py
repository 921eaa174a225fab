"""The district office: takes villages' messages in, holds the authoritative registry, lets registrars decide.

The store (``store``, with ``tables``, ``loading``, ``flushing`` and ``reading``) keeps everything in one database;
``receiver`` turns bytes into bytes, ``web`` brings them over HTTP; ``ledger`` and ``keys`` stand outside the database.
"""
