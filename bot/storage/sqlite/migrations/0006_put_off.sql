-- What a platform could not carry out yet waits for its next try.
ALTER TABLE effects ADD COLUMN put_off TEXT;     -- why, how often, since when, until when
ALTER TABLE effects ADD COLUMN next_at INTEGER;  -- when it is tried again; NULL: it was not put off
CREATE INDEX effects_put_off ON effects (next_at) WHERE outcome IS NULL AND next_at IS NOT NULL;

-- A card is due while it was never posted, or shows less than has happened.
ALTER TABLE cases ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;
DROP INDEX cases_without_card;
CREATE INDEX cases_due ON cases (opened_at) WHERE card_id = '' OR shown < changes;
