-- What platforms delivered, by their own ids: what they deliver again, within minutes or after a restart, is known.

CREATE TABLE deliveries (
  community TEXT NOT NULL,
  delivery  TEXT NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (community, delivery)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_age ON deliveries (at);

CREATE TABLE delivered_until (
  community TEXT PRIMARY KEY,
  until     INTEGER NOT NULL             -- everything sent before this moment was delivered
) STRICT, WITHOUT ROWID;

-- Why a span was not fetched; empty where nobody says.
ALTER TABLE gaps ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- Channels open to all in which the bot reads nothing.
CREATE TABLE unwatched_channels (
  community TEXT NOT NULL,
  name      TEXT NOT NULL,
  PRIMARY KEY (community, name)
) STRICT, WITHOUT ROWID;
