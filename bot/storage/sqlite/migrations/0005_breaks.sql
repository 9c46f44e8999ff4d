-- Behind which message nothing is known of channels that nothing was delivered from: what was born while nobody listened
-- is looked for from there on. A row stands until that was done.

CREATE TABLE breaks (
  community TEXT PRIMARY KEY,
  since     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
