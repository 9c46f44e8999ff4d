-- name: decision_exists
SELECT 1 FROM decisions WHERE id = :decision;

-- name: insert_decision
INSERT INTO decisions (id, community, inbox_id, case_id, revision, makes_case, made_at, body)
VALUES (:decision, :community, :inbox_id, :case_id, :revision, :makes_case, :made_at, :body);

-- name: insert_verdict
INSERT INTO verdicts
  (decision, community, policy, label, source, reason, prompt_hash, digest, copy_hash, body, words)
VALUES
  (:decision, :community, :policy, :label, :source, :reason, :prompt_hash, :digest, :copy_hash, :body, :words);

-- name: next_number
INSERT INTO case_counters (community, last) VALUES (:community, 1)
ON CONFLICT DO UPDATE SET last = last + 1
RETURNING last;

-- name: insert_case
INSERT INTO cases
  (community, number, channel, message, author, status, version, opened_at, policy, category, severity, action, card_id,
   people, rationale)
VALUES
  (:community, :number, :channel, :message, :author, :status, :version, :opened_at, :policy, :category, :severity,
   :action, :card_id, :people, :rationale);

-- name: update_case
UPDATE cases SET
  status = :status, version = :version, policy = :policy, category = :category, severity = :severity, action = :action,
  people = :people, rationale = :rationale
WHERE id = :id;

-- name: keep_text
UPDATE cases SET body = :body WHERE id = :id;

-- name: forget_words
DELETE FROM case_words WHERE rowid = :id;

-- name: keep_words
INSERT INTO case_words (rowid, words) VALUES (:id, :words);

-- name: case_numbered
SELECT * FROM case_rows WHERE community = :community AND number = :number;

-- name: case_of
SELECT * FROM case_rows WHERE community = :community AND channel = :channel AND message = :message;

-- name: case_covering
SELECT c.id, c.community, c.number, c.channel, c.message, c.author, c.status, c.version, c.opened_at, c.policy,
       c.category, c.severity, c.action, c.card_id, c.people, c.rationale
FROM case_messages AS m JOIN cases AS c ON c.id = m.case_id
WHERE m.community = :community AND m.channel = :channel AND m.message = :message;

-- name: cover
INSERT INTO case_messages (community, channel, message, case_id) VALUES (:community, :channel, :message, :id)
ON CONFLICT DO UPDATE SET case_id = excluded.case_id;

-- name: covered
SELECT m.community, m.channel, m.message, k.author
FROM case_messages AS m
LEFT JOIN messages AS k ON k.community = m.community AND k.channel = m.channel AND k.message = m.message
WHERE m.case_id = :id
UNION
SELECT m.community, m.channel, m.message, m.author
FROM incidents AS i JOIN incident_members AS m ON m.incident = i.id
WHERE i.case_id = :id AND m.spared = 0 AND m.standing <> 'safe'
ORDER BY 1, 2, 3;

-- name: count_covered
SELECT count(*) FROM case_messages WHERE case_id = :id;

-- name: author_of
SELECT author FROM messages WHERE community = :community AND channel = :channel AND message = :message;

-- name: case_text
SELECT body, changes, shown FROM cases WHERE id = :id;

-- name: revisions_of_case
SELECT revision FROM decisions WHERE case_id = :id AND makes_case = 1;

-- name: decisions_of_case
SELECT body FROM decisions WHERE case_id = :id ORDER BY seq;

-- name: verdicts_of_case
SELECT v.body, v.words
FROM decisions AS d JOIN verdicts AS v ON v.decision = d.id
WHERE d.case_id = :id
ORDER BY d.seq, v.id;

-- name: decisions_on
SELECT d.id, d.body
FROM messages AS m JOIN inbox AS i ON i.message_id = m.id JOIN decisions AS d ON d.inbox_id = i.id
WHERE m.community = :community AND m.channel = :channel AND m.message = :message
ORDER BY d.seq;

-- name: verdicts_of
SELECT body, words FROM verdicts WHERE decision = :decision ORDER BY id;

-- name: insert_review
INSERT INTO reviews (case_id, by_person, body) VALUES (:id, :by, :body);

-- name: reviews_of_case
SELECT body FROM reviews WHERE case_id = :id ORDER BY id;

-- name: set_card
UPDATE cases SET card_id = :card_id, shown = max(shown, :shows) WHERE community = :community AND number = :number;

-- name: card_changed
UPDATE cases SET changes = changes + 1 WHERE community = :community AND number = :number;

-- name: case_changed
UPDATE cases SET changes = changes + 1 WHERE id = :id;

-- name: case_of_effect_changed
UPDATE cases SET changes = changes + 1
WHERE id = (SELECT case_id FROM effects
            WHERE decision = :decision AND action = :action AND target = :target AND action <> 'flag');

-- name: cases_of_decision_changed
UPDATE cases SET changes = changes + :times
WHERE id IN (SELECT case_id FROM effects WHERE decision = :decision AND case_id IS NOT NULL);

-- name: cards_due
SELECT id, community, number, channel, message, author, status, version, opened_at, policy, category, severity, action,
       card_id, people, rationale
FROM cases
WHERE (card_id = '' OR shown < changes) AND (:community IS NULL OR community = :community)
ORDER BY opened_at, community, number;

-- name: find
SELECT * FROM case_rows
WHERE (:community IS NULL OR community = :community)
  AND (:status IS NULL OR status = :status)
  AND (:policy IS NULL OR policy = :policy)
  AND (:category IS NULL OR category = :category)
  AND (:author IS NULL OR author = :author)
  AND (:about IS NULL OR author = :about OR id IN (
    SELECT e.case_id FROM effects AS e WHERE e.community = :community AND e.person = :about))
  AND (:since IS NULL OR opened_at >= :since)
  AND (:until IS NULL OR opened_at < :until)
  AND (:before IS NULL OR number < :before)
  AND (:phrases IS NULL OR id IN (SELECT rowid FROM case_words WHERE case_words MATCH :phrases))
  AND (:words IS NULL OR NOT EXISTS (
    SELECT 1 FROM json_each(:words) AS word
    WHERE coalesce(instr((SELECT w.words FROM case_words AS w WHERE w.rowid = case_rows.id), word.value), 0) = 0))
ORDER BY opened_at DESC, community DESC, number DESC
LIMIT :limit;

-- name: person
SELECT messages, first_seen, joined_at FROM people WHERE community = :community AND person = :person;

-- name: case_counts
SELECT status, count(*) FROM cases WHERE community = :community AND author = :person GROUP BY status;

-- name: sanctions
SELECT
  (SELECT count(*) FROM members
   WHERE community = :community AND person = :person AND change = 'sanctioned' AND detail <> 'deletion'
     AND (by_person IS NULL OR by_person <> 'hallmoot'))
  + (SELECT count(DISTINCT coalesce(e.case_id, -e.id) || e.action) FROM effects AS e LEFT JOIN cases AS c ON c.id = e.case_id
     WHERE e.community = :community AND e.person = :person AND e.outcome = 'applied'
       AND e.action IN ('warn', 'timeout', 'quarantine', 'kick', 'ban')
       AND (c.status IS NULL OR c.status <> 'OVERTURNED'));

-- name: removals
SELECT count(*) FROM (
  SELECT event_id FROM members
  WHERE community = :community AND person = :person AND change = 'sanctioned' AND detail = 'deletion'
    AND (by_person IS NULL OR by_person <> 'hallmoot')
  UNION
  SELECT 'deletion:' || substr(e.target, instr(e.target, '/') + 1)
  FROM effects AS e LEFT JOIN cases AS c ON c.id = e.case_id
  WHERE e.community = :community AND e.person = :person AND e.outcome = 'applied' AND e.action = 'delete'
    AND (c.status IS NULL OR c.status <> 'OVERTURNED'));

-- name: rule_counts
SELECT status, count(*) FROM cases
WHERE community = :community AND policy = :policy AND category = :category
GROUP BY status;

-- name: exact_copy
SELECT v.body, v.words, d.body
FROM verdicts AS v JOIN decisions AS d ON d.id = v.decision
WHERE v.copy_hash = :copy_hash AND v.community = :community AND v.policy = :policy
  AND v.prompt_hash = :prompt_hash AND v.digest = :digest
ORDER BY v.id DESC
LIMIT 1;
