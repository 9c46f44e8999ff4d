-- Where something is due is asked every second: of what waits alone, and not of every effect there ever was.
DROP INDEX effects_put_off;
CREATE INDEX effects_put_off ON effects (community, next_at) WHERE outcome IS NULL AND next_at IS NOT NULL;
