-- Moments are microseconds since 1970 in UTC. JSON texts carry a schema number of their own (bot/storage/codec).
-- What retention and erasure drop stands in columns that may be NULL; the skeleton around it stays.

CREATE TABLE messages (
  id         INTEGER PRIMARY KEY,      -- order of arrival
  community  TEXT NOT NULL,
  channel    TEXT NOT NULL,
  message    TEXT NOT NULL,
  author     TEXT,                     -- NULL while only a report or the deletion has come in
  sent_at    INTEGER,
  edited     INTEGER NOT NULL DEFAULT 0,
  deleted_at INTEGER,
  judged     INTEGER NOT NULL DEFAULT 0, -- judgements of its texts that ended, or that an edit overtook
  UNIQUE (community, channel, message)
) STRICT;
CREATE INDEX messages_by_place ON messages (community, channel, sent_at, id);

-- One row for each text of a message and for each report; what is delivered again finds its row.
CREATE TABLE inbox (
  id            INTEGER PRIMARY KEY,
  message_id    INTEGER NOT NULL REFERENCES messages (id),
  kind          TEXT NOT NULL CHECK (kind IN ('message', 'report')),
  discriminator TEXT NOT NULL,
  is_current    INTEGER NOT NULL DEFAULT 0,
  state         TEXT NOT NULL CHECK (state IN ('WAITING', 'JUDGING', 'DECIDED', 'DONE', 'SCREENED_OUT', 'NOT_JUDGED',
                                               'WITHDRAWN', 'SUPERSEDED')),
  reason        TEXT NOT NULL DEFAULT '',
  received_at   INTEGER NOT NULL,
  edited_at     INTEGER,
  files         INTEGER NOT NULL,
  decision      TEXT,                  -- the latest automatic one on this row
  body          TEXT,
  report        TEXT,
  report_words  TEXT,
  UNIQUE (message_id, kind, discriminator)
) STRICT;
CREATE UNIQUE INDEX inbox_current ON inbox (message_id) WHERE is_current = 1;
CREATE INDEX inbox_waiting ON inbox (received_at, id) WHERE state = 'WAITING';
CREATE INDEX inbox_judging ON inbox (id) WHERE state = 'JUDGING';
CREATE INDEX inbox_decided ON inbox (id) WHERE state = 'DECIDED';
CREATE INDEX inbox_with_text ON inbox (received_at) WHERE body IS NOT NULL OR report_words IS NOT NULL;

CREATE VIEW inbox_items AS
SELECT i.id, m.community, m.channel, m.message, i.kind, i.discriminator, i.state, i.reason, i.received_at, m.judged,
       i.body, i.report, i.report_words, i.is_current, i.edited_at, i.decision, i.message_id
FROM inbox AS i JOIN messages AS m ON m.id = i.message_id;

CREATE TABLE people (
  community  TEXT NOT NULL,
  person     TEXT NOT NULL,
  messages   INTEGER NOT NULL DEFAULT 0,
  first_seen INTEGER,
  joined_at  INTEGER,
  PRIMARY KEY (community, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
  community TEXT NOT NULL,
  channel   TEXT NOT NULL,
  person    TEXT NOT NULL,
  event_id  TEXT NOT NULL,
  change    TEXT NOT NULL,
  at        INTEGER NOT NULL,
  by_person TEXT,
  detail    TEXT NOT NULL,
  PRIMARY KEY (community, person, channel, event_id)
) STRICT, WITHOUT ROWID;

-- Where delivery of each channel stands; a span that was not fetched is a row of its own.
CREATE TABLE channels (
  community TEXT NOT NULL,
  channel   TEXT NOT NULL,
  newest    TEXT NOT NULL,
  open_end  INTEGER NOT NULL DEFAULT 0, -- 1 while the next live message ends a gap
  PRIMARY KEY (community, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE gaps (
  id        INTEGER PRIMARY KEY,
  community TEXT NOT NULL,
  channel   TEXT NOT NULL,
  after     TEXT NOT NULL,
  before    TEXT NOT NULL,               -- empty until the first live message after it ends it
  opened_at INTEGER NOT NULL,
  left_open INTEGER NOT NULL DEFAULT 0,  -- 1 once it is not going to be fetched
  UNIQUE (community, channel, after)
) STRICT;
CREATE INDEX gaps_without_end ON gaps (community, channel) WHERE before = '';

CREATE TABLE cases (
  id          INTEGER PRIMARY KEY,
  community   TEXT NOT NULL,
  number      INTEGER NOT NULL,
  channel     TEXT NOT NULL,
  message     TEXT NOT NULL,
  author      TEXT NOT NULL,
  status      TEXT NOT NULL,
  version     INTEGER NOT NULL,
  opened_at   INTEGER NOT NULL,
  policy      TEXT,
  category    TEXT,
  severity    TEXT,
  action      TEXT,
  card_id     TEXT NOT NULL DEFAULT '',
  people      TEXT NOT NULL,
  rationale   TEXT,
  body        TEXT,
  UNIQUE (community, number),
  UNIQUE (community, channel, message)
) STRICT;
CREATE VIEW case_rows AS
SELECT id, community, number, channel, message, author, status, version, opened_at, policy, category, severity, action,
       card_id, people, rationale
FROM cases;
CREATE INDEX cases_by_author ON cases (community, author);
CREATE INDEX cases_by_age ON cases (opened_at);
CREATE INDEX cases_without_card ON cases (opened_at) WHERE card_id = '';

-- Any three characters in a row are found; the text is folded before it comes here.
CREATE VIRTUAL TABLE case_words USING fts5 (words, tokenize = 'trigram case_sensitive 1');

CREATE TABLE case_counters (
  community TEXT PRIMARY KEY,
  last      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
  seq       INTEGER PRIMARY KEY,
  id        TEXT NOT NULL UNIQUE,
  community TEXT NOT NULL,
  inbox_id  INTEGER REFERENCES inbox (id),
  case_id   INTEGER REFERENCES cases (id),
  revision  TEXT NOT NULL,
  makes_case INTEGER NOT NULL,
  made_at   INTEGER NOT NULL,
  body      TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_of_case ON decisions (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX decisions_of_row ON decisions (inbox_id) WHERE inbox_id IS NOT NULL;

CREATE TABLE verdicts (
  id          INTEGER PRIMARY KEY,
  decision    TEXT NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
  community   TEXT NOT NULL,
  policy      TEXT NOT NULL,
  label       TEXT NOT NULL,
  source      TEXT NOT NULL,
  reason      TEXT,
  prompt_hash TEXT,
  digest      TEXT,
  copy_hash   BLOB,                      -- SHA-256 of the text as copies are compared; NULL where it is not to be copied
  body        TEXT NOT NULL,
  words       TEXT
) STRICT;
CREATE INDEX verdicts_of_decision ON verdicts (decision);
CREATE INDEX verdicts_by_copy ON verdicts (copy_hash, community, policy) WHERE copy_hash IS NOT NULL;

-- No effect is carried out twice under one key.
CREATE TABLE effects (
  id        INTEGER PRIMARY KEY,
  decision  TEXT NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
  action    TEXT NOT NULL,
  target    TEXT NOT NULL,
  community TEXT NOT NULL,
  case_id   INTEGER REFERENCES cases (id),
  person    TEXT,
  mode      TEXT NOT NULL,
  by_person TEXT NOT NULL,
  made_at   INTEGER NOT NULL,
  body      TEXT NOT NULL,
  words     TEXT,
  begun     INTEGER NOT NULL DEFAULT 0,  -- 1: a platform was asked, or is about to be; nothing withdraws it any more
  outcome   TEXT,                        -- NULL: intended, and still to be carried out
  result    TEXT,
  UNIQUE (decision, action, target)
) STRICT;
CREATE INDEX effects_pending ON effects (id) WHERE outcome IS NULL;
CREATE INDEX effects_by_bot ON effects (community, made_at) WHERE by_person = 'hallmoot' AND mode = 'live';
CREATE INDEX effects_lasting ON effects (community, target) WHERE action IN ('slowmode', 'lockdown', 'lift');
CREATE INDEX effects_on_person ON effects (community, person);

CREATE TABLE reviews (
  id        INTEGER PRIMARY KEY,
  case_id   INTEGER NOT NULL REFERENCES cases (id),
  by_person TEXT NOT NULL,
  body      TEXT NOT NULL
) STRICT;
CREATE INDEX reviews_of_case ON reviews (case_id);

CREATE TABLE audit_entries (
  community     TEXT NOT NULL,
  sequence      INTEGER NOT NULL,
  code          TEXT NOT NULL,
  at            TEXT NOT NULL,           -- as it was hashed
  case_number   INTEGER,
  decision      TEXT NOT NULL,
  details_hash  TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  entry_hash    TEXT NOT NULL,
  PRIMARY KEY (community, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_details (
  community TEXT NOT NULL,
  sequence  INTEGER NOT NULL,
  salt      TEXT NOT NULL,
  details   TEXT NOT NULL,
  PRIMARY KEY (community, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_heads (
  community  TEXT PRIMARY KEY,
  count      INTEGER NOT NULL,
  entry_hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  community TEXT PRIMARY KEY,
  body      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Policy files that communities sent; each is offered to its own community alone.
CREATE TABLE uploaded_policies (
  community TEXT NOT NULL,
  policy    TEXT NOT NULL,
  name      TEXT NOT NULL,
  body      TEXT NOT NULL,
  PRIMARY KEY (community, policy)
) STRICT, WITHOUT ROWID;

-- What the process remembers of itself from one start to the next; nothing of members stands here.
CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Erasures that were carried out here; the ledger beside the database is compared with it at every start.
CREATE TABLE erasures (
  mark      TEXT NOT NULL,
  erased_at TEXT NOT NULL,
  PRIMARY KEY (mark, erased_at)
) STRICT, WITHOUT ROWID;
