-- name: by_state
SELECT i.state, count(*), sum(i.files)
FROM messages AS m JOIN inbox AS i ON i.message_id = m.id AND i.is_current = 1
WHERE (:community IS NULL OR m.community = :community)
  AND (:since IS NULL OR m.sent_at >= :since) AND (:until IS NULL OR m.sent_at < :until)
GROUP BY i.state ORDER BY i.state;

-- name: by_reason
SELECT i.state, i.reason, count(*)
FROM messages AS m JOIN inbox AS i ON i.message_id = m.id AND i.is_current = 1
WHERE i.reason <> '' AND (:community IS NULL OR m.community = :community)
  AND (:since IS NULL OR m.sent_at >= :since) AND (:until IS NULL OR m.sent_at < :until)
GROUP BY i.state, i.reason ORDER BY i.state, i.reason;

-- name: by_undecided
SELECT v.policy, v.reason, count(*)
FROM messages AS m
JOIN inbox AS i ON i.message_id = m.id AND i.is_current = 1
JOIN verdicts AS v ON v.decision = i.decision
WHERE i.state = 'DONE' AND v.label = 'UNDECIDED' AND (:community IS NULL OR m.community = :community)
  AND (:since IS NULL OR m.sent_at >= :since) AND (:until IS NULL OR m.sent_at < :until)
GROUP BY v.policy, v.reason ORDER BY v.policy, v.reason;

-- name: by_source
SELECT v.label, v.source, count(*)
FROM messages AS m
JOIN inbox AS i ON i.message_id = m.id AND i.is_current = 1
JOIN verdicts AS v ON v.decision = i.decision
WHERE (:community IS NULL OR m.community = :community)
  AND (:since IS NULL OR m.sent_at >= :since) AND (:until IS NULL OR m.sent_at < :until)
GROUP BY v.label, v.source ORDER BY v.label, v.source;

-- name: unread
SELECT kind, sum(number) FROM (
  SELECT u.kind, u.number
  FROM unread_pieces AS u
  JOIN inbox AS i ON i.id = u.inbox_id AND i.is_current = 1
  JOIN messages AS m ON m.id = i.message_id
  WHERE (:community IS NULL OR m.community = :community)
    AND (:since IS NULL OR m.sent_at >= :since) AND (:until IS NULL OR m.sent_at < :until)
  UNION ALL
  SELECT kind, 1 FROM unread_events
  WHERE (:community IS NULL OR community = :community)
    AND (:since IS NULL OR at >= :since) AND (:until IS NULL OR at < :until)
) GROUP BY kind ORDER BY kind;

-- name: gaps
SELECT channel, after, before, reason FROM gaps
WHERE (:community IS NULL OR community = :community) AND (:since IS NULL OR opened_at >= :since)
ORDER BY community, channel, length(after), after;

-- name: unwatched
SELECT name FROM unwatched_channels
WHERE (:community IS NULL OR community = :community)
ORDER BY community, name;
