"""How copies agree: entries, logs, heads, admission, messages, sealing.  Pure: no clock, socket, disk or random source.

Start at docs/protocol.md; each module cites the sections it implements.
"""
