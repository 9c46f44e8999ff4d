-- name: people
SELECT community, author FROM messages WHERE author IS NOT NULL
UNION SELECT community, author FROM cases
UNION SELECT community, person FROM people
UNION SELECT community, person FROM members
UNION SELECT community, by_person FROM members WHERE by_person IS NOT NULL
UNION SELECT community, person FROM effects WHERE person IS NOT NULL
UNION SELECT community, by_person FROM effects
UNION SELECT m.community, i.discriminator FROM inbox AS i JOIN messages AS m ON m.id = i.message_id
      WHERE i.kind = 'report'
UNION SELECT c.community, r.by_person FROM reviews AS r JOIN cases AS c ON c.id = r.case_id
UNION SELECT community, author FROM incident_members;

-- name: texts_that_answer
SELECT i.id, i.body, i.report, i.report_words
FROM inbox AS i JOIN messages AS m ON m.id = i.message_id
WHERE m.community = :community AND i.state NOT IN ('WAITING', 'JUDGING')
  AND (instr(i.body, '"reply_to":"') > 0 OR instr(i.report_words, '"reply_to":"') > 0);

-- name: rewrite_texts
UPDATE inbox SET body = :body, report_words = :report_words WHERE id = :id;

-- name: cases_that_answer
SELECT id, body FROM cases WHERE community = :community AND instr(body, '"reply_to":"') > 0;

-- name: rewrite_case_text
UPDATE cases SET body = :body WHERE id = :id;

-- name: people_lists
SELECT community, people FROM cases
UNION ALL SELECT community, body FROM settings
UNION ALL SELECT community, details FROM audit_details;

-- name: was_carried_out
SELECT 1 FROM erasures WHERE mark = :mark AND erased_at = :erased_at;

-- name: carried_out
INSERT INTO erasures (mark, erased_at) VALUES (:mark, :erased_at) ON CONFLICT DO NOTHING;

-- name: messages_of
SELECT id, channel, message FROM messages WHERE community = :community AND author = :person;

-- name: rows_of_message
SELECT id FROM inbox WHERE message_id = :id;

-- name: drop_decisions_of_row
DELETE FROM decisions WHERE inbox_id = :id AND case_id IS NULL;

-- name: unhook_decisions_of_row
UPDATE decisions SET inbox_id = NULL WHERE inbox_id = :id;

-- name: drop_rows
DELETE FROM inbox WHERE message_id = :id;

-- name: drop_message
DELETE FROM messages WHERE id = :id;

-- name: cases_of
SELECT * FROM case_rows WHERE community = :community AND author = :person ORDER BY number;

-- name: rename_case
UPDATE cases SET author = :author, message = :message, people = :people, rationale = NULL, body = NULL
WHERE id = :id;

-- name: forget_case_words
DELETE FROM case_words WHERE rowid = :id;

-- name: squeeze_case_words
INSERT INTO case_words (case_words) VALUES ('optimize');

-- name: empty_verdicts_of_case
UPDATE verdicts SET words = NULL, copy_hash = NULL
WHERE decision IN (SELECT d.id FROM decisions AS d WHERE d.case_id = :id);

-- name: decisions_of_case
SELECT id, body FROM decisions WHERE case_id = :id;

-- name: decisions_of_message
SELECT d.id FROM inbox AS i JOIN decisions AS d ON d.inbox_id = i.id WHERE i.message_id = :id;

-- name: decisions_naming
SELECT id, body FROM decisions WHERE community = :community AND instr(body, :quoted) > 0;

-- name: rewrite_decision
UPDATE decisions SET body = :body WHERE id = :id;

-- name: effects_of_case
SELECT e.id, e.body, e.words, e.begun, e.result, e.put_off
FROM decisions AS d JOIN effects AS e ON e.decision = d.id
WHERE d.case_id = :id;

-- name: effects_naming
SELECT id, body, words, begun, result, put_off FROM effects
WHERE community = :community AND (person = :person OR by_person = :person);

-- name: rewrite_effect
UPDATE effects SET person = :person, by_person = :by, target = :target, body = :body, words = :words
WHERE id = :id;

-- name: conclude_effect
UPDATE effects SET outcome = :outcome, result = :result, put_off = NULL, next_at = NULL WHERE id = :id AND outcome IS NULL;

-- name: verdicts_copied
SELECT v.id, v.body, d.id, d.body
FROM verdicts AS v JOIN decisions AS d ON d.id = v.decision
WHERE v.community = :community AND v.source IN ('exact_copy', 'near_copy');

-- name: rewrite_verdict
UPDATE verdicts SET body = :body WHERE id = :id;

-- name: drop_members
DELETE FROM members WHERE community = :community AND person = :person;

-- name: unname_members
UPDATE members SET by_person = :token WHERE community = :community AND by_person = :person;

-- name: drop_person
DELETE FROM people WHERE community = :community AND person = :person;

-- name: reports_by
SELECT i.id, i.report FROM inbox AS i JOIN messages AS m ON m.id = i.message_id
WHERE m.community = :community AND i.kind = 'report' AND i.discriminator = :person;

-- name: unname_report
UPDATE inbox SET discriminator = :token, report = :report, report_words = NULL WHERE id = :id;

-- name: cases_naming
SELECT * FROM case_rows WHERE community = :community AND instr(people, :quoted) > 0;

-- name: unname_reporter
UPDATE cases SET people = :people WHERE id = :id;

-- name: reviews_by
SELECT r.id, r.body FROM reviews AS r JOIN cases AS c ON c.id = r.case_id
WHERE c.community = :community AND r.by_person = :person;

-- name: unname_review
UPDATE reviews SET by_person = :token, body = :body WHERE id = :id;

-- name: audit_details
SELECT d.sequence, e.case_number, e.decision, d.details
FROM audit_details AS d JOIN audit_entries AS e USING (community, sequence)
WHERE d.community = :community;

-- name: drop_audit_details
DELETE FROM audit_details WHERE community = :community AND sequence = :sequence;

-- name: settings
SELECT body FROM settings WHERE community = :community;

-- name: rewrite_settings
UPDATE settings SET body = :body WHERE community = :community;

-- name: uncover
DELETE FROM case_messages WHERE community = :community AND channel = :channel AND message = :message;

-- name: leave_incidents
DELETE FROM incident_members WHERE community = :community AND author = :person;
