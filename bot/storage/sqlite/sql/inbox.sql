-- Statements that run for every message take their values by place, which costs less than by name.

-- name: insert_message
INSERT INTO messages (community, channel, message, author, sent_at, edited)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING;

-- name: message_of
SELECT id, author, edited, deleted_at, judged FROM messages
WHERE community = :community AND channel = :channel AND message = :message;

-- name: name_author
UPDATE messages SET author = :author, sent_at = :sent_at WHERE id = :id;

-- name: mark_edited
UPDATE messages SET edited = 1 WHERE id = :id;

-- name: mark_deleted
UPDATE messages SET deleted_at = :deleted_at WHERE id = :id;

-- name: count_judgement
UPDATE messages SET judged = judged + 1 WHERE id = :id;

-- name: insert_row
INSERT INTO inbox (message_id, kind, discriminator, is_current, state, reason, received_at, edited_at, files, body, report,
                   report_words)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: row_of
SELECT * FROM inbox_items
WHERE community = :community AND channel = :channel AND message = :message
  AND kind = :kind AND discriminator = :discriminator;

-- name: reports_of
SELECT * FROM inbox_items
WHERE community = :community AND channel = :channel AND message = :message AND kind = 'report'
ORDER BY received_at DESC, id DESC LIMIT :limit;

-- name: current_row
SELECT * FROM inbox_items
WHERE community = :community AND channel = :channel AND message = :message AND is_current = 1;

-- name: waiting_rows
SELECT * FROM inbox_items
WHERE state = 'WAITING' AND (received_at, id) > (:received_at, :id)
ORDER BY received_at, id
LIMIT :limit;

-- name: waiting_counts
SELECT m.community, count(*)
FROM inbox AS i JOIN messages AS m ON m.id = i.message_id
WHERE i.state = 'WAITING'
GROUP BY m.community
ORDER BY m.community;

-- name: judging_rows
SELECT * FROM inbox_items WHERE state = 'JUDGING';

-- name: unjudged_counts
SELECT m.community, count(*)
FROM (SELECT message_id FROM inbox WHERE state = 'WAITING' AND kind = 'message'
      UNION ALL
      SELECT message_id FROM inbox WHERE state = 'JUDGING' AND kind = 'message') AS i
JOIN messages AS m ON m.id = i.message_id
GROUP BY m.community
ORDER BY m.community;

-- name: waiting_messages
SELECT * FROM inbox_items
WHERE state = 'WAITING' AND kind = 'message' AND received_at < :received_before
  AND (:community IS NULL OR community = :community)
ORDER BY received_at, id
LIMIT :most;

-- name: unfinished_rows_of
SELECT id, state, decision FROM inbox
WHERE message_id = :message_id AND kind = 'message' AND state IN ('WAITING', 'JUDGING', 'DECIDED')
ORDER BY id;

-- name: move
UPDATE inbox SET state = :after, reason = :reason WHERE id = :id AND state = :before;

-- name: claim
UPDATE inbox SET state = 'JUDGING'
WHERE state = 'WAITING'
  AND id = (SELECT i.id FROM inbox_items AS i
            WHERE i.community = :community AND i.channel = :channel AND i.message = :message
              AND i.kind = :kind AND i.discriminator = :discriminator);

-- name: release
UPDATE inbox SET state = 'WAITING'
WHERE state = 'JUDGING'
  AND id = (SELECT i.id FROM inbox_items AS i
            WHERE i.community = :community AND i.channel = :channel AND i.message = :message
              AND i.kind = :kind AND i.discriminator = :discriminator);

-- name: leave_current
UPDATE inbox SET is_current = 0 WHERE id = :id;

-- name: become_current
UPDATE inbox SET is_current = 1, edited_at = :edited_at WHERE id = :id;

-- name: reopen
UPDATE inbox SET state = 'WAITING', reason = '', received_at = :received_at
WHERE id = :id AND state IN ('SUPERSEDED', 'WITHDRAWN');

-- name: decided
UPDATE inbox SET state = :after, reason = :reason, decision = :decision
WHERE id = :id AND state = :before;

-- name: settle
UPDATE inbox SET state = 'DONE'
WHERE state = 'DECIDED'
  AND id = (SELECT i.id FROM inbox_items AS i
            WHERE i.community = :community AND i.channel = :channel AND i.message = :message
              AND i.kind = :kind AND i.discriminator = :discriminator)
  AND NOT EXISTS (SELECT 1 FROM effects AS e WHERE e.decision = inbox.decision AND e.outcome IS NULL);

-- name: settle_decision
UPDATE inbox SET state = 'DONE'
WHERE state = 'DECIDED' AND decision = :decision
  AND id = (SELECT d.inbox_id FROM decisions AS d WHERE d.id = :decision)
  AND NOT EXISTS (SELECT 1 FROM effects AS e WHERE e.decision = :decision AND e.outcome IS NULL);

-- name: settle_all
UPDATE inbox SET state = 'DONE'
WHERE state = 'DECIDED'
  AND NOT EXISTS (SELECT 1 FROM effects AS e WHERE e.decision = inbox.decision AND e.outcome IS NULL);

-- name: recover
UPDATE inbox SET state = 'WAITING' WHERE state = 'JUDGING';

-- name: earlier
SELECT i.body
FROM messages AS m JOIN inbox AS i ON i.message_id = m.id AND i.is_current = 1
WHERE m.community = :community AND m.channel = :channel AND m.deleted_at IS NULL AND i.body IS NOT NULL
  AND (m.sent_at, m.id) < (
    :sent_at,
    coalesce((SELECT own.id FROM messages AS own
              WHERE own.community = :community AND own.channel = :channel AND own.message = :message),
             9223372036854775807))
ORDER BY m.sent_at DESC, m.id DESC
LIMIT :limit;

-- name: said_before
SELECT i.body
FROM messages AS m JOIN inbox AS i ON i.message_id = m.id AND i.is_current = 1
WHERE m.community = :community AND m.channel = :channel AND i.body IS NOT NULL
  AND (m.deleted_at IS NULL OR i.state IN ('DECIDED', 'DONE'))
  AND (m.sent_at, m.id) < (
    :sent_at,
    coalesce((SELECT own.id FROM messages AS own
              WHERE own.community = :community AND own.channel = :channel AND own.message = :message),
             9223372036854775807))
ORDER BY m.sent_at DESC, m.id DESC
LIMIT :limit;

-- name: run_before
SELECT i.body
FROM messages AS m JOIN inbox AS i ON i.message_id = m.id AND i.is_current = 1
WHERE m.community = :community AND m.channel = :channel AND m.author = :author AND m.deleted_at IS NULL
  AND i.body IS NOT NULL AND m.sent_at >= :since AND m.sent_at <= :sent_at
  AND (m.sent_at, m.id) < (
    :sent_at,
    coalesce((SELECT own.id FROM messages AS own
              WHERE own.community = :community AND own.channel = :channel AND own.message = :message),
             9223372036854775807))
ORDER BY m.sent_at, m.id;

-- name: recent
SELECT v.*
FROM messages AS m JOIN inbox_items AS v ON v.message_id = m.id AND v.is_current = 1
WHERE m.deleted_at IS NULL AND m.sent_at >= :since
ORDER BY m.sent_at DESC, m.id DESC
LIMIT :limit;

-- name: missed
SELECT m.community, m.channel, m.message, m.author, e.by_person, e.at, i.body
FROM members AS e
JOIN messages AS m ON m.community = e.community AND m.channel = e.channel AND m.message = substr(e.event_id, 10)
JOIN inbox AS i ON i.message_id = m.id AND i.is_current = 1
WHERE e.change = 'sanctioned' AND e.detail = 'deletion' AND e.event_id LIKE 'deletion:%' AND e.person = m.author
  AND (:community IS NULL OR e.community = :community) AND e.at >= :since AND i.state = 'DONE'
  AND NOT EXISTS (SELECT 1 FROM verdicts AS v JOIN decisions AS d ON d.id = v.decision
                  WHERE d.inbox_id = i.id AND v.label = 'VIOLATES')
ORDER BY e.at DESC, m.id DESC
LIMIT :limit;

-- name: meet
INSERT INTO people (community, person, messages, first_seen, joined_at)
VALUES (?, ?, 1, ?, ?)
ON CONFLICT DO UPDATE SET
  messages = messages + 1,
  first_seen = min(coalesce(first_seen, excluded.first_seen), excluded.first_seen),
  joined_at = coalesce(max(joined_at, excluded.joined_at), joined_at, excluded.joined_at);

-- name: note_member
INSERT INTO people (community, person, first_seen, joined_at)
VALUES (:community, :person, :seen_at, :joined_at)
ON CONFLICT DO UPDATE SET
  first_seen = min(coalesce(first_seen, excluded.first_seen), excluded.first_seen),
  joined_at = coalesce(max(joined_at, excluded.joined_at), joined_at, excluded.joined_at);

-- name: insert_member
INSERT INTO members (community, channel, person, event_id, change, at, by_person, detail)
VALUES (:community, :channel, :person, :event_id, :change, :at, :by, :detail)
ON CONFLICT DO NOTHING;

-- name: insert_unread_piece
INSERT INTO unread_pieces (inbox_id, kind, number) VALUES (?, ?, ?);

-- name: insert_unread_event
INSERT INTO unread_events (community, event, kind, at) VALUES (:community, :event, :kind, :at)
ON CONFLICT DO NOTHING;

-- name: see_first
INSERT INTO channels (community, channel, newest) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: open_gap_before
INSERT INTO gaps (community, channel, after, before, opened_at)
SELECT :community, :channel, since, :message, :at FROM breaks
WHERE community = :community AND (length(since), since) < (length(:message), :message);

-- name: see
INSERT INTO channels (community, channel, newest) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET newest = excluded.newest
WHERE (length(excluded.newest), excluded.newest) > (length(newest), newest)
RETURNING open_end;

-- name: end_open_gap
UPDATE gaps SET before = :message WHERE community = :community AND channel = :channel AND before = '';

-- name: no_open_end
UPDATE channels SET open_end = 0 WHERE community = :community AND channel = :channel;
