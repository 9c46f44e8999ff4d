-- name: cursor
SELECT coalesce(
  (SELECT g.after FROM gaps AS g
   WHERE g.community = c.community AND g.channel = c.channel AND g.left_open = 0
   ORDER BY length(g.after), g.after LIMIT 1),
  c.newest)
FROM channels AS c
WHERE c.community = :community AND c.channel = :channel;

-- name: channels
SELECT channel FROM channels WHERE community = :community ORDER BY channel;

-- name: communities
SELECT DISTINCT community FROM channels ORDER BY community;

-- name: begin
INSERT INTO channels (community, channel, newest) VALUES (:community, :channel, :newest)
ON CONFLICT DO NOTHING;

-- name: interrupted
INSERT INTO gaps (community, channel, after, before, opened_at)
SELECT community, channel, newest, '', :at FROM channels AS c
WHERE community = :community
  AND NOT EXISTS (SELECT 1 FROM gaps AS g
                  WHERE g.community = c.community AND g.channel = c.channel AND g.before = '');

-- name: note_break
INSERT INTO breaks (community, since)
SELECT community, newest FROM channels WHERE community = :community
ORDER BY length(newest) DESC, newest DESC LIMIT 1
ON CONFLICT DO NOTHING;

-- name: sought_since
SELECT since FROM breaks WHERE community = :community;

-- name: sought
DELETE FROM breaks WHERE community = :community;

-- name: begin_behind
INSERT INTO channels (community, channel, newest, open_end) VALUES (:community, :channel, :after, 1)
ON CONFLICT DO NOTHING;

-- name: open_behind
INSERT INTO gaps (community, channel, after, before, opened_at) VALUES (:community, :channel, :after, '', :at);

-- name: open_ends
UPDATE channels SET open_end = 1 WHERE community = :community;

-- name: open_gaps
SELECT channel, after, before FROM gaps
WHERE community = :community AND left_open = 0
ORDER BY channel, length(after), after;

-- name: gap
SELECT id, before FROM gaps
WHERE community = :community AND channel = :channel AND after = :after AND left_open = 0;

-- name: shrink
UPDATE gaps SET after = :last WHERE id = :id;

-- name: give_up_until
UPDATE gaps SET before = :first, left_open = 1, reason = :reason WHERE id = :id;

-- name: open_rest
INSERT INTO gaps (community, channel, after, before, opened_at)
SELECT community, channel, :last, :before, opened_at FROM gaps WHERE id = :id;

-- name: close
DELETE FROM gaps WHERE id = :id;

-- name: give_up
UPDATE gaps SET left_open = 1, reason = :reason WHERE id = :id;

-- name: leave_out
INSERT INTO gaps (community, channel, after, before, opened_at, left_open, reason)
VALUES (:community, :channel, :after, :before, :at, 1, :reason)
ON CONFLICT (community, channel, after) DO UPDATE
SET before = excluded.before, opened_at = excluded.opened_at, left_open = 1, reason = excluded.reason;

-- name: made_up_for
DELETE FROM gaps
WHERE community = :community AND (:channel IS NULL OR channel = :channel) AND left_open = 1 AND reason = :reason;

-- name: all_watched
DELETE FROM unwatched_channels WHERE community = :community;

-- name: unwatched
INSERT INTO unwatched_channels (community, name) VALUES (:community, :name) ON CONFLICT DO NOTHING;
