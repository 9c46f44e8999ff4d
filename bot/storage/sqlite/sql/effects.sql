-- name: insert_effect
INSERT INTO effects
  (decision, action, target, community, case_id, person, mode, by_person, made_at, body, words, policy, category,
   incident, outcome, result)
VALUES
  (:decision, :action, :target, :community, :case_id, :person, :mode, :by, :made_at, :body, :words, :policy, :category,
   :incident, :outcome, :result);

-- name: effect_at
SELECT body, words, begun, result, put_off FROM effects
WHERE decision = :decision AND action = :action AND target = :target;

-- name: begin
UPDATE effects SET begun = 1
WHERE decision = :decision AND action = :action AND target = :target AND outcome IS NULL;

-- name: deletes
SELECT 1 FROM effects
WHERE decision = :decision AND action = 'delete' AND mode = 'live'
  AND (outcome = 'applied' OR (begun = 1 AND outcome IS NULL));

-- name: conclude
UPDATE effects SET outcome = :outcome, result = :result, put_off = NULL, next_at = NULL
WHERE decision = :decision AND action = :action AND target = :target;

-- name: suppress
UPDATE effects SET outcome = :outcome, result = :result, put_off = NULL, next_at = NULL
WHERE decision = :decision AND outcome IS NULL AND begun = 0 AND action NOT IN ('flag', 'escalate');

-- name: withdraw
UPDATE effects SET outcome = :outcome, result = :result, put_off = NULL, next_at = NULL
WHERE outcome IS NULL AND begun = 0 AND community = :community AND by_person = 'hallmoot' AND mode = 'live'
  AND action NOT IN ('flag', 'escalate', 'lift', 'restore')
  AND (:policy IS NULL OR policy = :policy)
  AND (:category IS NULL OR category = :category)
RETURNING decision;

-- name: overturn
UPDATE effects SET outcome = :outcome, result = :result, put_off = NULL, next_at = NULL
WHERE outcome IS NULL AND begun = 0 AND action NOT IN ('flag', 'escalate', 'lift', 'restore', 'notice')
  AND decision IN (SELECT id FROM decisions WHERE case_id = :case_id)
RETURNING decision;

-- name: acted
SELECT body, words, begun, result, put_off FROM effects
WHERE community = :community AND made_at >= :since AND by_person = 'hallmoot' AND mode = 'live'
  AND action NOT IN ('flag', 'escalate', 'lift', 'restore')
  AND (:policy IS NULL OR policy = :policy)
  AND (:category IS NULL OR category = :category)
  AND outcome IN ('applied', 'failed')
ORDER BY id;

-- name: count_of_incident
SELECT count(*) FROM effects
WHERE incident = :incident AND incident <> '' AND community = :community AND by_person = 'hallmoot' AND mode = 'live'
  AND action NOT IN ('flag', 'escalate', 'lift', 'restore')
  AND (outcome IS NULL OR outcome IN ('applied', 'failed'));

-- name: postpone
UPDATE effects SET put_off = :put_off, next_at = :next_at, begun = :unclear
WHERE decision = :decision AND action = :action AND target = :target AND outcome IS NULL;

-- name: postponed
SELECT body, words, begun, result, put_off FROM effects
WHERE outcome IS NULL AND next_at IS NOT NULL AND next_at <= :due_by AND (:community IS NULL OR community = :community)
ORDER BY next_at, id LIMIT :most;

-- name: due_in
SELECT DISTINCT community FROM effects
WHERE outcome IS NULL AND next_at IS NOT NULL AND (next_at <= :now OR next_at > :farthest)
ORDER BY community;

-- name: pending
SELECT body, words, begun, result, put_off FROM effects
WHERE outcome IS NULL AND (:community IS NULL OR community = :community)
ORDER BY id;

-- name: standing
SELECT e.body, e.words, e.made_at FROM effects AS e
WHERE e.action IN ('slowmode', 'lockdown', 'lift') AND e.action <> 'lift' AND e.outcome = 'applied'
  AND NOT EXISTS (
    SELECT 1 FROM effects AS l
    WHERE l.action IN ('slowmode', 'lockdown', 'lift') AND l.action = 'lift'
      AND l.community = e.community AND l.target = e.target AND l.id > e.id
      AND (l.outcome IS NULL OR l.outcome IN ('applied', 'refused'))
      AND coalesce(json_extract(l.body, '$.told_of'), e.action) = e.action)
ORDER BY e.id;

-- name: of_case
SELECT e.body, e.words, e.begun, e.result, e.put_off
FROM decisions AS d JOIN effects AS e ON e.decision = d.id
WHERE d.case_id = :case_id
ORDER BY d.seq, e.id;

-- name: count_automatic
SELECT count(DISTINCT CASE WHEN incident = '' THEN 'effect ' || id ELSE incident END) FROM effects
WHERE community = :community AND made_at >= :since AND by_person = 'hallmoot' AND mode = 'live'
  AND (:person IS NULL OR person = :person)
  AND action NOT IN ('flag', 'escalate', 'lift', 'restore')
  AND (outcome IS NULL OR outcome IN ('applied', 'failed'));
