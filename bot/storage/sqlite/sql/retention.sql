-- name: rows_to_empty
SELECT i.id
FROM inbox AS i
JOIN messages AS m ON m.id = i.message_id
LEFT JOIN cases AS c ON c.community = m.community AND c.channel = m.channel AND c.message = m.message
WHERE (i.body IS NOT NULL OR i.report_words IS NOT NULL)
  AND i.state NOT IN ('WAITING', 'JUDGING')
  -- A card may wait for its mod log for ever, and can do without the words; all else ends within a day.
  AND (i.state <> 'DECIDED' OR NOT EXISTS (
    SELECT 1 FROM effects AS e
    WHERE e.decision = i.decision AND e.outcome IS NULL AND e.action NOT IN ('flag', 'escalate')))
  AND CASE
    WHEN c.id IS NULL THEN i.received_at < :without_case OR (m.deleted_at < :deleted AND NOT EXISTS (
      -- Removed by a person: that was not the author's wish, and somebody may want to see what was missed.
      SELECT 1 FROM members AS e
      WHERE e.community = m.community AND e.person = m.author AND e.channel = m.channel
        AND e.event_id = 'deletion:' || m.message))
    ELSE i.received_at < :of_case AND (SELECT max(d.made_at) FROM decisions AS d WHERE d.case_id = c.id) < :of_case
  END
LIMIT :limit;

-- name: empty_row
UPDATE inbox SET body = NULL, report_words = NULL WHERE id = :id;

-- name: empty_verdicts_of_row
UPDATE verdicts SET words = NULL, copy_hash = NULL
WHERE decision IN (SELECT d.id FROM decisions AS d WHERE d.inbox_id = :id);

-- name: empty_effects_of_row
UPDATE effects SET words = NULL
WHERE decision IN (SELECT d.id FROM decisions AS d WHERE d.inbox_id = :id);

-- name: cases_to_empty
SELECT c.id
FROM cases AS c
WHERE (c.body IS NOT NULL OR c.rationale IS NOT NULL
    -- A press on a case without words may have brought some.
    OR EXISTS (SELECT 1 FROM effects AS e JOIN decisions AS d ON d.id = e.decision
               WHERE d.case_id = c.id AND e.words IS NOT NULL))
  AND (SELECT max(d.made_at) FROM decisions AS d WHERE d.case_id = c.id) < :of_case
  AND NOT EXISTS (SELECT 1 FROM effects AS e JOIN decisions AS d ON d.id = e.decision
                  WHERE d.case_id = c.id AND e.outcome IS NULL AND e.action NOT IN ('flag', 'escalate'))
LIMIT :limit;

-- name: empty_case
UPDATE cases SET body = NULL, rationale = NULL WHERE id = :id;

-- name: forget_case_words
DELETE FROM case_words WHERE rowid = :id;

-- name: empty_verdicts_of_case
UPDATE verdicts SET words = NULL, copy_hash = NULL
WHERE decision IN (SELECT d.id FROM decisions AS d WHERE d.case_id = :id);

-- name: empty_effects_of_case
UPDATE effects SET words = NULL
WHERE decision IN (SELECT d.id FROM decisions AS d WHERE d.case_id = :id);
