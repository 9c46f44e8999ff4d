-- What was seen and could not be read, by kind: pieces of messages, and events of which nothing could be read.

CREATE TABLE unread_pieces (
  inbox_id INTEGER NOT NULL REFERENCES inbox (id) ON DELETE CASCADE,
  kind     TEXT NOT NULL,
  number   INTEGER NOT NULL,
  PRIMARY KEY (inbox_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE unread_events (
  community TEXT NOT NULL,
  event     TEXT NOT NULL,               -- a hash: whose message it was is not known, and so can't be erased by name
  kind      TEXT NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (community, event)
) STRICT, WITHOUT ROWID;
