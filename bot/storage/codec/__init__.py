"""Domain objects as JSON texts and back.

Every text carries a schema number. Reading ignores keys it does not know, and a missing key gets the field's default,
so that a database may be read by a version somewhat older or newer than the one that wrote it. Every character above
ASCII is escaped: lone surrogates, which no encoder takes, survive.
"""
