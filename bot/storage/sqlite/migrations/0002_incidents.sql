-- Many messages, one case.

CREATE TABLE incidents (
  id        TEXT PRIMARY KEY,
  community TEXT NOT NULL,
  kind      TEXT NOT NULL,
  state     TEXT NOT NULL,
  formed_at INTEGER NOT NULL,
  policy    TEXT,
  category  TEXT,
  case_id   INTEGER REFERENCES cases (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX incidents_of_case ON incidents (case_id) WHERE case_id IS NOT NULL;

CREATE TABLE incident_members (
  seq           INTEGER PRIMARY KEY,
  incident      TEXT NOT NULL REFERENCES incidents (id),
  community     TEXT NOT NULL,
  channel       TEXT NOT NULL,
  message       TEXT NOT NULL,
  kind          TEXT NOT NULL,
  discriminator TEXT NOT NULL,
  author        TEXT NOT NULL,
  joined_at     INTEGER,
  sent_at       INTEGER NOT NULL,
  standing      TEXT NOT NULL,
  spared        INTEGER NOT NULL,
  policy        TEXT,
  category      TEXT,
  UNIQUE (community, channel, message)
) STRICT;
CREATE INDEX members_of_incident ON incident_members (incident, seq);
CREATE INDEX incident_members_by_author ON incident_members (community, author);

-- The messages that a case is about beside its own: copies, split words, one account's many posts.
CREATE TABLE case_messages (
  community TEXT NOT NULL,
  channel   TEXT NOT NULL,
  message   TEXT NOT NULL,
  case_id   INTEGER NOT NULL REFERENCES cases (id),
  PRIMARY KEY (community, channel, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_of_case ON case_messages (case_id);

CREATE INDEX messages_by_age ON messages (sent_at) WHERE sent_at IS NOT NULL;

ALTER TABLE effects ADD COLUMN policy TEXT;
ALTER TABLE effects ADD COLUMN category TEXT;
ALTER TABLE effects ADD COLUMN incident TEXT NOT NULL DEFAULT '';
CREATE INDEX effects_of_incident ON effects (incident) WHERE incident <> '';
